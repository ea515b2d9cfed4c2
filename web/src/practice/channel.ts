// The channel to the guide: what is asked of it, and what it says. `docs/practice.md` chapter 4.

import type { Step } from "./steps";

export interface Heard {
  readonly onCaption: (text: string) => void;
  readonly onMirroring: (on: boolean) => void;
  readonly onEchoing: (phase: "hearing" | "playing" | null) => void;
  readonly onEnding: () => void;
}

const CLIPS: Partial<Record<Step, string>> = {
  meet: "welcome",
  sound: "sound_off",
  picture: "picture_off",
  mirror: "wave",
  echo: "talk",
  task: "task",
  share: "share",
  stutter: "stutter",
  leave: "leave",
};
const LONGEST = 2048;

/** What the guide says at a step; null for a step at which it is still. */
export function clipOf(step: Step): string | null {
  return CLIPS[step] ?? null;
}

/** Reads one message of the guide; what is not known is passed over. */
export function hearGuide(data: unknown, heard: Heard): void {
  const message = parse(data);
  if (message === null) return;
  if (typeof message.caption === "string") heard.onCaption(message.caption);
  if (typeof message.mirroring === "boolean") heard.onMirroring(message.mirroring);
  if ("echoing" in message) heard.onEchoing(phaseOf(message.echoing));
  if (typeof message.ending === "number") heard.onEnding();
}

function phaseOf(value: unknown): "hearing" | "playing" | null {
  return value === "hearing" || value === "playing" ? value : null;
}

function parse(data: unknown): Record<string, unknown> | null {
  if (typeof data !== "string" || data.length > LONGEST) return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** The guide's ear: what is said before it listens is said when it does. */
export class GuideChannel {
  #channel: RTCDataChannel | null = null;
  readonly #waiting: string[] = [];
  readonly #heard: Heard;

  constructor(heard: Heard) {
    this.#heard = heard;
  }

  /** Takes the channel that came with a new connection. */
  take(channel: RTCDataChannel): void {
    if (channel.label !== "practice") return;
    this.#channel = channel;
    channel.onmessage = ({ data }) => hearGuide(data, this.#heard);
    channel.onopen = () => this.#flush();
    this.#flush();
  }

  /** The connection is gone; what was not said belongs to it. */
  drop(): void {
    this.#channel = null;
    this.#waiting.length = 0;
  }

  say(clip: string | null): void {
    this.#tell({ say: clip });
  }

  sound(on: boolean): void {
    this.#tell({ sound: on });
  }

  mirror(seconds: number): void {
    this.#tell({ mirror: seconds });
  }

  echo(seconds: number): void {
    this.#tell({ echo: seconds });
  }

  done(): void {
    this.#tell({ done: true });
  }

  #tell(message: Record<string, unknown>): void {
    this.#waiting.push(JSON.stringify(message));
    this.#flush();
  }

  #flush(): void {
    if (this.#channel?.readyState !== "open") return;
    for (const text of this.#waiting.splice(0)) this.#channel.send(text);
  }
}
