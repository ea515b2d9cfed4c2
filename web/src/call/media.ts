// Asking for camera and microphone: both in one request, and when that fails, which one and why.

import {
  type Browser,
  classify,
  type Evidence,
  type Os,
  type Verdict,
  type Wanted,
} from "./classify";

export type MediaAnswer =
  | { readonly kind: "live"; readonly stream: MediaStream }
  | { readonly kind: "failed"; readonly verdict: Verdict };

export interface MediaParts {
  /** Undefined in an insecure context, in some in-app browsers, and where nothing carries a talk. */
  readonly devices: Pick<MediaDevices, "getUserMedia" | "enumerateDevices"> | undefined;
  readonly secure: boolean;
  readonly permission: (wanted: Wanted) => Promise<Evidence["permission"]>;
  readonly pause: (ms: number) => Promise<void>;
  /** A clock that only goes forward. */
  readonly nowMs: () => number;
  /** Which camera and microphone the person chose; empty where they chose none. */
  readonly chosen: () => Chosen;
  readonly os: Os;
  readonly browser: Browser;
}

export interface Chosen {
  readonly camera: string;
  readonly microphone: string;
}

const CAMERA: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30 },
  facingMode: { ideal: "user" },
};
const MICROPHONE: MediaTrackConstraints = {
  echoCancellation: { ideal: true },
  noiseSuppression: { ideal: true },
  autoGainControl: { ideal: true },
};
const BUSY_PAUSE_MS = 1000;
/** No hand closes a box sooner. */
const HAND_MS = 250;

// Only what a person chose is `exact`; all else a browser may bend.
function wishes({ camera, microphone }: Chosen): { audio: Track; video: Track } {
  return {
    audio: microphone === "" ? MICROPHONE : { ...MICROPHONE, deviceId: { exact: microphone } },
    video: camera === "" ? CAMERA : { ...CAMERA, deviceId: { exact: camera } },
  };
}
type Track = MediaTrackConstraints;

/** A stream with a live camera and a live microphone, or the verdict on what is in the way. */
export async function askBoth(parts: MediaParts): Promise<MediaAnswer> {
  const { devices } = parts;
  if (devices === undefined) {
    return { kind: "failed", verdict: parts.secure ? "UNSUPPORTED" : "INSECURE_CONTEXT" };
  }
  const chosen = await attempt(parts, () => devices.getUserMedia(wishes(parts.chosen())));
  if (chosen.stream !== null) return { kind: "live", stream: chosen.stream };
  const first = isGone(chosen)
    ? await attempt(parts, () => devices.getUserMedia({ audio: MICROPHONE, video: CAMERA }))
    : chosen;
  if (first.stream !== null) return { kind: "live", stream: first.stream };
  const verdict = await verdictOnBoth(parts, devices, first);
  if (verdict !== "BUSY") return { kind: "failed", verdict };
  return afterBusy(parts, devices);
}

/** A stream with a live microphone alone, for somebody who takes part without a camera. */
export async function askSound(parts: MediaParts): Promise<MediaAnswer> {
  const { devices } = parts;
  if (devices === undefined) {
    return { kind: "failed", verdict: parts.secure ? "UNSUPPORTED" : "INSECURE_CONTEXT" };
  }
  const { audio } = wishes(parts.chosen());
  const asked = await attempt(parts, () => devices.getUserMedia({ audio }));
  if (asked.stream !== null) return { kind: "live", stream: asked.stream };
  const verdict = await verdictOn(parts, devices, async () => "microphone", asked);
  return { kind: "failed", verdict };
}

/** A new camera track, when the old one ended in the middle of a talk; null when there is none. */
export async function askCamera(parts: MediaParts): Promise<MediaStreamTrack | null> {
  const { devices } = parts;
  if (devices === undefined) return null;
  const { video } = wishes(parts.chosen());
  const { stream } = await attempt(parts, () => devices.getUserMedia({ video }));
  return stream?.getVideoTracks()[0] ?? null;
}

/** Stops every track, so that the light of the camera goes out. */
export function release(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

type Devices = NonNullable<MediaParts["devices"]>;

interface Attempt {
  readonly stream: MediaStream | null;
  readonly error: { readonly name: string; readonly message: string };
  readonly atOnce: boolean;
}

async function attempt(parts: MediaParts, ask: () => Promise<MediaStream>): Promise<Attempt> {
  const begin = parts.nowMs();
  const atOnce = () => parts.nowMs() - begin < HAND_MS;
  try {
    return { stream: await ask(), error: { name: "", message: "" }, atOnce: atOnce() };
  } catch (thrown) {
    const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { stream: null, error: { name, message }, atOnce: atOnce() };
  }
}

// What was chosen last time may not be there any more.
const isGone = ({ error }: Attempt): boolean =>
  error.name === "OverconstrainedError" || error.name === "NotFoundError";

// Each one alone tells which of the two is in the way. A refusal is not asked about again: the
// person would get a second box.
async function verdictOnBoth(
  parts: MediaParts,
  devices: Devices,
  asked: Attempt,
): Promise<Verdict> {
  if (asked.error.name === "NotAllowedError") return verdictOn(parts, devices, refusedOne, asked);
  const camera = await attempt(parts, () => devices.getUserMedia({ video: CAMERA }));
  release(camera.stream);
  if (camera.stream === null) return verdictOn(parts, devices, async () => "camera", camera);
  const microphone = await attempt(parts, () => devices.getUserMedia({ audio: MICROPHONE }));
  release(microphone.stream);
  if (microphone.stream !== null) return "BUSY";
  return verdictOn(parts, devices, async () => "microphone", microphone);
}

async function refusedOne(parts: MediaParts): Promise<Wanted> {
  const camera = await parts.permission("camera");
  const microphone = await parts.permission("microphone");
  return camera !== "denied" && microphone === "denied" ? "microphone" : "camera";
}

async function verdictOn(
  parts: MediaParts,
  devices: Devices,
  which: (parts: MediaParts) => Promise<Wanted>,
  { error, atOnce }: Attempt,
): Promise<Verdict> {
  const wanted = await which(parts);
  const listed = await devices.enumerateDevices().catch(() => []);
  return classify({
    error: error.name,
    message: error.message,
    permission: await parts.permission(wanted),
    wanted,
    hasCamera: listed.some((device) => device.kind === "videoinput"),
    hasMicrophone: listed.some((device) => device.kind === "audioinput"),
    os: parts.os,
    browser: parts.browser,
    atOnce,
  });
}

// Another program may just be letting go of the camera: wait once, then try every other camera.
async function afterBusy(parts: MediaParts, devices: Devices): Promise<MediaAnswer> {
  await parts.pause(BUSY_PAUSE_MS);
  const again = await attempt(parts, () =>
    devices.getUserMedia({ audio: MICROPHONE, video: CAMERA }),
  );
  if (again.stream !== null) return { kind: "live", stream: again.stream };
  for (const device of await devices.enumerateDevices().catch(() => [])) {
    if (device.kind !== "videoinput" || device.deviceId === "") continue;
    const video = { ...CAMERA, deviceId: { exact: device.deviceId } };
    const other = await attempt(parts, () => devices.getUserMedia({ audio: MICROPHONE, video }));
    if (other.stream !== null) return { kind: "live", stream: other.stream };
  }
  return { kind: "failed", verdict: "BUSY" };
}
