// Perfect negotiation between exactly two: roles fixed by the server, one object an epoch.

import type { Candidate, Description } from "../wire/messages";

/** The part of RTCPeerConnection that negotiating needs. */
export type Negotiable = Pick<
  RTCPeerConnection,
  | "signalingState"
  | "remoteDescription"
  | "localDescription"
  | "setLocalDescription"
  | "setRemoteDescription"
  | "addIceCandidate"
>;

export interface NegotiationParts {
  readonly peer: Negotiable;
  readonly polite: boolean;
  /** Whether this side makes the first offer of the epoch. */
  readonly offers: boolean;
  readonly sendDescription: (description: Description) => void;
  /** The two sides cannot agree in this epoch; only a new one helps. */
  readonly onStuck: () => void;
}

export class Negotiation {
  readonly #parts: NegotiationParts;
  #mayOffer: boolean;
  #offering = false;
  #ignoring = false;
  #waiting: Array<Candidate | null> = [];
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: NegotiationParts) {
    this.#parts = parts;
    this.#mayOffer = parts.offers;
  }

  /** Makes an offer, unless the other side makes the first one and it has not come yet. */
  async offer(): Promise<void> {
    if (!this.#mayOffer) return;
    this.#offering = true;
    try {
      await this.#parts.peer.setLocalDescription();
      this.#sendLocal();
    } catch {
      this.#parts.onStuck();
    } finally {
      this.#offering = false;
    }
  }

  /** Takes in a description of the other side, after what came before it. */
  describe(description: Description): Promise<void> {
    return this.#inTurn(() => this.#describe(description));
  }

  /** Takes in a candidate of the other side; null is the end of them. */
  candidate(candidate: Candidate | null): Promise<void> {
    return this.#inTurn(() => this.#candidate(candidate));
  }

  // Messages are handled one at a time and in the order they came, or a candidate overtakes its
  // description.
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch(() => this.#parts.onStuck());
    return this.#turn;
  }

  async #describe(description: Description): Promise<void> {
    const { peer, polite } = this.#parts;
    const busy = this.#offering || peer.signalingState !== "stable";
    this.#ignoring = !polite && description.type === "offer" && busy;
    if (this.#ignoring) return;
    if (description.type === "answer" && peer.signalingState !== "have-local-offer") return;
    await peer.setRemoteDescription(description);
    this.#mayOffer = true;
    if (description.type === "offer") {
      await peer.setLocalDescription();
      this.#sendLocal();
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const candidate of waiting) await this.#add(candidate);
  }

  async #candidate(candidate: Candidate | null): Promise<void> {
    if (this.#parts.peer.remoteDescription === null) this.#waiting.push(candidate);
    else await this.#add(candidate);
  }

  // A candidate that cannot be used is not the end: the next one may be. The candidates of an
  // offer that was passed over never fit.
  async #add(candidate: Candidate | null): Promise<void> {
    if (this.#ignoring) return;
    await this.#parts.peer.addIceCandidate(candidate ?? undefined).catch(() => undefined);
  }

  #sendLocal(): void {
    const local = this.#parts.peer.localDescription;
    if (local === null || (local.type !== "offer" && local.type !== "answer")) return;
    this.#parts.sendDescription({ type: local.type, sdp: local.sdp });
  }
}
