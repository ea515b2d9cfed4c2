// What WebKit does otherwise than other engines, as decisions: iPhone, iPad and Safari on a Mac.

import type { Browser, Os } from "./classify";

/** A track that is muted for longer was taken by something else, a phone call for instance. */
export const INTERRUPTED_MS = 5_000;

export interface Engine {
  readonly os: Os;
  readonly browser: Browser;
}

/** Whether WebKit shows the page: on iOS it does under every name, so there the system decides. */
export const isWebKit = ({ os, browser }: Engine): boolean => os === "ios" || browser === "safari";

/**
 * Whether camera and microphone are let go before they are asked for anew: a phone opens one
 * capture at a time, and a second request may mute the track of the first (WebKit 179363).
 */
export const letsGoFirst = ({ os }: Pick<Engine, "os">): boolean => os === "ios";

export interface TrackFacts {
  readonly ended: boolean;
  readonly muted: boolean;
  /** Milliseconds since the track was muted; 0 where it is not. */
  readonly mutedMs: number;
}

/** Whether a track carries on by itself, or something else took it for good. */
export function isTaken({ ended, muted, mutedMs }: TrackFacts): boolean {
  return ended || (muted && mutedMs >= INTERRUPTED_MS);
}

/**
 * What follows when a track ends: asked for at once, or at the return to the page. In the
 * background WebKit gives no camera, and the refusal would read as the person's own.
 */
export function afterEnd(engine: Engine, hidden: boolean): "ask" | "wait" {
  return hidden && isWebKit(engine) ? "wait" : "ask";
}

/**
 * Whether the other's stream is put into its video again at the return to the page: after a lock
 * screen WebKit leaves it standing still, though it says that it plays.
 */
export function isShownAgain(engine: Engine, paused: boolean): boolean {
  return paused || isWebKit(engine);
}

/** What a video does when `play` with sound was refused with this error. */
export function afterRefusedPlay(error: string): "play_muted_and_offer_sound" | "nothing" {
  return error === "NotAllowedError" ? "play_muted_and_offer_sound" : "nothing";
}

/** Whether to offer a choice of loudspeaker: an iPhone chooses by itself and has no `setSinkId`. */
export const choosesLoudspeaker = (hasSetSinkId: boolean, found: number): boolean =>
  hasSetSinkId && found > 1;

const FIRST = ["video/vp8", "video/h264"];

/**
 * The codecs in the order to offer, or null to leave them as the browser has them. WebKit puts
 * first what its hardware likes; VP8 and then H.264 are what every other browser answers well.
 */
export function preferredCodecs<Codec extends { readonly mimeType: string }>(
  engine: Engine,
  codecs: readonly Codec[],
): Codec[] | null {
  if (!isWebKit(engine)) return null;
  const rank = ({ mimeType }: Codec): number => {
    const at = FIRST.indexOf(mimeType.toLowerCase());
    return at < 0 ? FIRST.length : at;
  };
  const ordered = [...codecs].sort((one, other) => rank(one) - rank(other));
  return ordered.some((codec) => rank(codec) < FIRST.length) ? ordered : null;
}
