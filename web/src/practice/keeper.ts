// Brings answers to the server, in order and until they are there. On the public page it keeps none.

import type { Given, Step } from "./steps";

export interface Standing {
  readonly step: Step;
  readonly answered: readonly Step[];
  readonly pointed: Step | null;
  readonly helped: boolean;
  readonly ended: boolean;
  /** What the guide's ticket is asked with; only with the first one. */
  readonly pass?: string;
}

export type Reply =
  | { readonly kind: "ok"; readonly standing: Standing }
  | { readonly kind: "over" }
  | { readonly kind: "old" }
  | { readonly kind: "unreachable" };

export interface KeeperParts {
  /** False on the public page, of which nothing leaves this device. */
  readonly keeps: boolean;
  readonly post: (fields: Readonly<Record<string, string>>) => Promise<Reply>;
  readonly pause: (ms: number) => Promise<void>;
  readonly onStanding: (standing: Standing) => void;
  readonly onOver: () => void;
  readonly onOld: () => void;
  /** Whether something waits because there is no internet. */
  readonly onLate: (late: boolean) => void;
}

const RETRY_MS = 3_000;

export class Keeper {
  readonly #parts: KeeperParts;
  readonly #waiting: Readonly<Record<string, string>>[] = [];
  #sending: Promise<void> | null = null;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  begin(device: string): Promise<void> {
    return this.#bring({ do: "begin", device });
  }

  /** `cause` is what was found in the way, where that is known. */
  keep(step: Step, given: Given, final: boolean, device: string, cause = ""): Promise<void> {
    const why = cause === "" ? {} : { cause };
    return this.#bring({ do: final ? "answer" : "try", step, given, device, ...why });
  }

  /** Asks where it stands, unless something is on its way already. */
  async look(): Promise<void> {
    if (this.#sending === null) await this.#bring({ do: "look" });
  }

  #bring(fields: Readonly<Record<string, string>>): Promise<void> {
    if (!this.#parts.keeps) return Promise.resolve();
    this.#waiting.push(fields);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
    });
    return this.#sending;
  }

  async #send(): Promise<void> {
    for (let fields = this.#waiting[0]; fields !== undefined; fields = this.#waiting[0]) {
      const reply = await this.#parts.post(fields);
      if (reply.kind === "unreachable") {
        if (fields.do === "look") this.#waiting.shift();
        else this.#parts.onLate(true);
        await this.#parts.pause(RETRY_MS);
        continue;
      }
      this.#parts.onLate(false);
      this.#waiting.shift();
      this.#heard(reply, fields.do === "look");
    }
  }

  #heard(reply: Exclude<Reply, { kind: "unreachable" }>, isLook: boolean): void {
    switch (reply.kind) {
      case "ok":
        return this.#parts.onStanding(reply.standing);
      case "over":
        // Who looked too early is told so as well: the beginning that waits behind it still counts.
        if (!isLook) this.#waiting.length = 0;
        return this.#parts.onOver();
      case "old":
        this.#waiting.length = 0;
        return this.#parts.onOld();
      default:
        return reply satisfies never;
    }
  }
}
