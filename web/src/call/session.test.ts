import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "./session";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type State = "prompt" | "granted";

/** A page that asks for camera and microphone in this way. */
const page = (getUserMedia: () => Promise<MediaStream>, permission: () => State): Session =>
  new Session({
    waived: false,
    role: "candidate",
    media: {
      devices: { getUserMedia, enumerateDevices: async () => [] },
      secure: true,
      permission: async () => permission(),
      pause: async () => undefined,
      nowMs: () => 0,
      chosen: () => ({ camera: "", microphone: "" }),
      os: "android",
      browser: "chrome",
    },
    connect: () => ({ onopen: null, onmessage: null, onclose: null, send() {}, close() {} }),
    ticket: async () => ({ kind: "unreachable" }),
    buildPeer: () => new RTCPeerConnection(),
    picture: () => null,
    onState: () => undefined,
    onOwnStream: () => undefined,
    onOtherStream: () => undefined,
    onOtherScreen: () => undefined,
    onPeer: () => undefined,
    onChime: () => undefined,
    onRemember: () => undefined,
    onGoOn: () => undefined,
    onFallBack: () => undefined,
    startsAtMs: Date.now(),
    lowData: false,
  });

/** A page whose box for camera and microphone is sent away each time; counts the boxes. */
function dismissing() {
  let asked = 0;
  let permission: State = "prompt";
  const refuse = async () => {
    asked += 1;
    throw new DOMException("Permission dismissed", "NotAllowedError");
  };
  const session = page(refuse, () => permission);
  const allow = () => {
    permission = "granted";
  };
  return { session, allow, asked: () => asked };
}

interface Track extends EventTarget {
  readonly kind: string;
  readyState: string;
  enabled: boolean;
  muted: boolean;
  onmute: (() => void) | null;
  onunmute: (() => void) | null;
  stop(): void;
}

const newTrack = (kind: string): Track =>
  Object.assign(new EventTarget(), {
    kind,
    readyState: "live",
    enabled: true,
    muted: false,
    onmute: null,
    onunmute: null,
    stop: () => undefined,
  });

/** A page with a live camera and microphone, on a phone that can ring. */
async function onThePhone() {
  const given: Track[][] = [];
  const give = async () => {
    const tracks = [newTrack("audio"), newTrack("video")];
    given.push(tracks);
    const of = (kind: string) => tracks.filter((track) => track.kind === kind);
    const stream = {
      getTracks: () => tracks,
      getAudioTracks: () => of("audio"),
      getVideoTracks: () => of("video"),
    };
    return stream as unknown as MediaStream;
  };
  const session = page(give, () => "granted");
  session.happened({ type: "turn_on", hurried: false });
  await vi.waitFor(() => expect(session.state.live).toBe(true));
  const microphone = (time: number): Track => given[time]?.[0] as Track;
  const ring = (track: Track, rings: boolean) => {
    track.muted = rings;
    (rings ? track.onmute : track.onunmute)?.();
  };
  return { session, microphone, ring, given };
}

test("a box that was sent away does not come back at each look at the page", async () => {
  const { session, asked, allow } = dismissing();
  session.happened({ type: "turn_on", hurried: false });
  await vi.waitFor(() => expect(session.state.help).toBe("DISMISSED"));

  session.tryAgain();
  session.tryAgain();
  await vi.advanceTimersByTimeAsync(10);
  expect(asked()).toBe(1);

  allow();
  session.tryAgain();
  await vi.waitFor(() => expect(asked()).toBe(2));
});

test("a phone call in between is noticed after five seconds, and over when the sound is back", async () => {
  const { session, microphone, ring } = await onThePhone();

  ring(microphone(0), true);
  await vi.advanceTimersByTimeAsync(4_900);
  expect(session.state.care.interrupted).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(session.state.care.interrupted).toBe(true);

  ring(microphone(0), false);
  expect(session.state.care.interrupted).toBe(false);
});

test("a track that is silent for a blink is nobody's business", async () => {
  const { session, microphone, ring } = await onThePhone();

  ring(microphone(0), true);
  await vi.advanceTimersByTimeAsync(3_000);
  ring(microphone(0), false);
  await vi.advanceTimersByTimeAsync(10_000);

  expect(session.state.care.interrupted).toBe(false);
});

test("whoever is back from a phone call that kept the microphone gets another one", async () => {
  const { session, microphone, ring, given } = await onThePhone();
  ring(microphone(0), true);
  await vi.advanceTimersByTimeAsync(5_100);

  session.tryAgain();
  await vi.waitFor(() => expect(given).toHaveLength(2));
  await vi.waitFor(() => expect(session.state.care.interrupted).toBe(false));

  expect(microphone(0).onmute).toBeNull();
  expect(session.state.live).toBe(true);
});

test("a page that slept through a phone call asks anew on its return, before any timer", async () => {
  const { session, microphone, ring, given } = await onThePhone();
  ring(microphone(0), true);
  vi.setSystemTime(Date.now() + 60_000);
  const slept = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);

  session.tryAgain();

  await vi.waitFor(() => expect(given).toHaveLength(2));
  slept.mockRestore();
});

test("a look at the page during a blink of silence asks for nothing", async () => {
  const { session, microphone, ring, given } = await onThePhone();
  ring(microphone(0), true);
  await vi.advanceTimersByTimeAsync(1_000);

  session.tryAgain();
  await vi.advanceTimersByTimeAsync(10);

  expect(given).toHaveLength(1);
});
