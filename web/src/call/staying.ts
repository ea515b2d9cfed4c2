// Stays in the talk: walks the reconnect ladder by the clock, and says what a person may know.

import type { FromBrowser } from "../wire/messages";
import {
  type Connection,
  HEALTHY,
  type Recovery,
  type RecoveryEvent,
  recover,
  secondsLeft,
  slept,
  told,
} from "./recovery";
import { CAREFREE, type Care } from "./talk-state";

/** A new network shows in the connection only later: until then a line that returns is suspect. */
const SUSPECT_MS = 30_000;
/** Sound comes fifty times a second: nothing at all for so long is noticed before ICE says it. */
const SILENT_MS = 900;

export interface StayingParts {
  readonly lineUp: () => boolean;
  readonly send: (message: FromBrowser) => boolean;
  /** Asks the line to the server for a sign of life. */
  readonly probe: () => void;
  readonly onCare: (found: Partial<Care>) => void;
  readonly now: () => number;
  /** The clock on the wall, which goes on while the device sleeps. */
  readonly wall: () => number;
  readonly random: () => number;
}

export class Staying {
  readonly #parts: StayingParts;
  #recovery: Recovery = HEALTHY;
  #epoch = 0;
  #lookedWall: number;
  #changedMs = Number.NEGATIVE_INFINITY;
  #arrived = 0;
  #arrivedMs = 0;
  #silent = false;
  #said: Pick<Care, "told" | "retryIn"> = CAREFREE;

  constructor(parts: StayingParts) {
    this.#parts = parts;
    this.#lookedWall = parts.wall();
  }

  /** A look at the connection of `epoch`; a device that slept in between looks for new routes. */
  look(connection: Connection, epoch: number): void {
    const wall = this.#parts.wall();
    const asleep = slept(this.#lookedWall, wall);
    this.#lookedWall = wall;
    this.#epoch = epoch;
    if (asleep) this.networkChanged();
    this.#step({ type: "look", connection });
  }

  /** The device has another network, or is awake again. */
  networkChanged(): void {
    this.#changedMs = this.#parts.now();
    this.#parts.probe();
    if (this.#epoch > 0) this.#step({ type: "changed" });
  }

  /**
   * How many packets came from the other until now. Silence may be a mute or a phone call, so it
   * brings no new routes by itself: the line to the server is asked, and if that is gone as well,
   * its return brings them.
   */
  heard(arrived: number): void {
    const nowMs = this.#parts.now();
    if (arrived !== this.#arrived) {
      this.#arrived = arrived;
      this.#arrivedMs = nowMs;
      this.#silent = false;
    } else if (!this.#silent && arrived > 0 && nowMs - this.#arrivedMs >= SILENT_MS) {
      this.#silent = true;
      this.#parts.probe();
    }
  }

  /** The line to the server is back; `connected` as the connection says of itself. */
  lineBack(connected: boolean): void {
    const suspect = this.#silent || this.#parts.now() - this.#changedMs < SUSPECT_MS;
    if (this.#epoch > 0 && (suspect || !connected)) this.#step({ type: "changed" });
  }

  /** "Try now" was pressed. */
  pressed(): void {
    this.#parts.probe();
    this.#step({ type: "pressed" });
  }

  /** The connection of a new epoch is being built. */
  built(epoch: number): void {
    this.#epoch = epoch;
    this.#arrived = 0;
    this.#silent = false;
    this.#step({ type: "built" });
  }

  /** There is no connection any more, and none is wanted. */
  over(): void {
    this.#epoch = 0;
    this.#recovery = HEALTHY;
    this.#say();
  }

  #step(event: RecoveryEvent): void {
    const { lineUp, now, random } = this.#parts;
    const moment = { lineUp: lineUp(), nowMs: now(), random: random() };
    const { recovery, remedy } = recover(this.#recovery, event, moment);
    this.#recovery = recovery;
    if (remedy === "probe") this.#parts.probe();
    if (remedy === "renew") this.#parts.send({ type: "renew_ice" });
    if (remedy === "restart") this.#parts.send({ type: "restart", epoch: this.#epoch });
    this.#say();
  }

  #say(): void {
    const nowMs = this.#parts.now();
    const said = { told: told(this.#recovery, nowMs), retryIn: secondsLeft(this.#recovery, nowMs) };
    if (said.told === this.#said.told && said.retryIn === this.#said.retryIn) return;
    this.#said = said;
    this.#parts.onCare(said);
  }
}
