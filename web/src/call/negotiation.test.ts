import { expect, test } from "vitest";
import type { Candidate, Description } from "../wire/messages";
import { type Negotiable, Negotiation } from "./negotiation";

// The signalling states of RFC 9429 section 3.5.2, with the rollback of an own offer.
class Peer implements Negotiable {
  signalingState: RTCSignalingState = "stable";
  remoteDescription: RTCSessionDescription | null = null;
  localDescription: RTCSessionDescription | null = null;
  readonly log: string[] = [];
  #count = 0;

  constructor(readonly name: string) {}

  async setLocalDescription() {
    await Promise.resolve();
    const type = this.signalingState === "have-remote-offer" ? "answer" : "offer";
    this.signalingState = type === "offer" ? "have-local-offer" : "stable";
    this.#count += 1;
    const sdp = `${this.name}-${type}-${this.#count}`;
    this.localDescription = { type, sdp, toJSON: () => ({ type, sdp }) };
    this.log.push(`local ${sdp}`);
  }

  async setRemoteDescription(description: RTCSessionDescriptionInit) {
    await Promise.resolve();
    const { type, sdp = "" } = description;
    if (sdp === "broken") throw new Error("InvalidAccessError");
    this.signalingState = type === "offer" ? "have-remote-offer" : "stable";
    this.remoteDescription = { type, sdp, toJSON: () => ({ type, sdp }) };
    this.log.push(`remote ${sdp}`);
  }

  async addIceCandidate(candidate?: RTCIceCandidateInit | null) {
    this.log.push(`candidate ${candidate?.candidate ?? "end"}`);
    if (candidate?.candidate === "bad") throw new Error("OperationError");
  }
}

function side(name: string, polite: boolean, offers: boolean) {
  const peer = new Peer(name);
  const sent: Description[] = [];
  const stuck: number[] = [];
  const negotiation = new Negotiation({
    peer,
    polite,
    offers,
    sendDescription: (description) => sent.push(description),
    onStuck: () => stuck.push(1),
  });
  return { peer, sent, stuck, negotiation };
}

const line = (candidate: string): Candidate => ({
  candidate,
  sdpMid: "0",
  sdpMLineIndex: 0,
  usernameFragment: null,
});

test("the side that does not offer waits for the first offer", async () => {
  const { negotiation, sent } = side("candidate", true, false);

  await negotiation.offer();
  expect(sent).toEqual([]);
  await negotiation.describe({ type: "offer", sdp: "coach-offer" });

  expect(sent).toEqual([{ type: "answer", sdp: "candidate-answer-1" }]);
});

test("candidates wait for the remote description, in their order", async () => {
  const { negotiation, peer } = side("candidate", true, false);

  const first = negotiation.candidate(line("a"));
  const second = negotiation.candidate(line("b"));
  const third = negotiation.describe({ type: "offer", sdp: "offer" });
  const fourth = negotiation.candidate(null);
  await Promise.all([first, second, third, fourth]);

  expect(peer.log).toEqual([
    "remote offer",
    "local candidate-answer-1",
    "candidate a",
    "candidate b",
    "candidate end",
  ]);
});

test("in a collision the impolite side goes on and the polite side yields", async () => {
  const coach = side("coach", false, true);
  const candidate = side("candidate", true, true);
  await Promise.all([coach.negotiation.offer(), candidate.negotiation.offer()]);

  await coach.negotiation.describe({ type: "offer", sdp: "candidate-offer-1" });
  await coach.negotiation.candidate(line("of the ignored offer"));
  await candidate.negotiation.describe({ type: "offer", sdp: "coach-offer-1" });

  expect(coach.peer.log).toEqual(["local coach-offer-1"]);
  expect(candidate.peer.log.slice(1)).toEqual(["remote coach-offer-1", "local candidate-answer-2"]);
  expect([coach.stuck, candidate.stuck]).toEqual([[], []]);
});

test("an answer that nobody waits for is passed over", async () => {
  const { negotiation, peer, stuck } = side("coach", false, true);

  await negotiation.describe({ type: "answer", sdp: "late" });

  expect(peer.log).toEqual([]);
  expect(stuck).toEqual([]);
});

test("a candidate that cannot be used stops nothing", async () => {
  const { negotiation, peer, stuck } = side("candidate", true, false);
  await negotiation.describe({ type: "offer", sdp: "offer" });

  await negotiation.candidate(line("bad"));
  await negotiation.candidate(line("good"));

  expect(peer.log.slice(-2)).toEqual(["candidate bad", "candidate good"]);
  expect(stuck).toEqual([]);
});

test("a description that cannot be used asks for a new epoch", async () => {
  const { negotiation, stuck } = side("candidate", true, false);

  await negotiation.describe({ type: "offer", sdp: "broken" });

  expect(stuck).toEqual([1]);
});
