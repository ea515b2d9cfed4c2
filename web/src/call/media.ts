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
  /** Undefined in an insecure context and in some in-app browsers. */
  readonly devices: Pick<MediaDevices, "getUserMedia" | "enumerateDevices"> | undefined;
  readonly secure: boolean;
  readonly permission: (wanted: Wanted) => Promise<Evidence["permission"]>;
  readonly pause: (ms: number) => Promise<void>;
  readonly os: Os;
  readonly browser: Browser;
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

/** A stream with a live camera and a live microphone, or the verdict on what is in the way. */
export async function askBoth(parts: MediaParts): Promise<MediaAnswer> {
  const { devices } = parts;
  if (devices === undefined) {
    return { kind: "failed", verdict: parts.secure ? "UNSUPPORTED" : "INSECURE_CONTEXT" };
  }
  const first = await attempt(() => devices.getUserMedia({ audio: MICROPHONE, video: CAMERA }));
  if (first.stream !== null) return { kind: "live", stream: first.stream };
  const verdict = await verdictOnBoth(parts, devices, first.error);
  if (verdict !== "BUSY") return { kind: "failed", verdict };
  return afterBusy(parts, devices);
}

/** A stream with a live microphone alone, for somebody who takes part without a camera. */
export async function askSound(parts: MediaParts): Promise<MediaAnswer> {
  const { devices } = parts;
  if (devices === undefined) {
    return { kind: "failed", verdict: parts.secure ? "UNSUPPORTED" : "INSECURE_CONTEXT" };
  }
  const { stream, error } = await attempt(() => devices.getUserMedia({ audio: MICROPHONE }));
  if (stream !== null) return { kind: "live", stream };
  const verdict = await verdictOn(parts, devices, async () => "microphone", error);
  return { kind: "failed", verdict };
}

/** A new camera track, when the old one ended in the middle of a talk; null when there is none. */
export async function askCamera(parts: MediaParts): Promise<MediaStreamTrack | null> {
  const { devices } = parts;
  if (devices === undefined) return null;
  const { stream } = await attempt(() => devices.getUserMedia({ video: CAMERA }));
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
}

async function attempt(ask: () => Promise<MediaStream>): Promise<Attempt> {
  try {
    return { stream: await ask(), error: { name: "", message: "" } };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { stream: null, error: { name: error.name, message: error.message } };
  }
}

// Each one alone tells which of the two is in the way. A refusal is not asked about again: the
// person would get a second box.
async function verdictOnBoth(
  parts: MediaParts,
  devices: Devices,
  error: Attempt["error"],
): Promise<Verdict> {
  if (error.name === "NotAllowedError") return verdictOn(parts, devices, refusedOne, error);
  const camera = await attempt(() => devices.getUserMedia({ video: CAMERA }));
  release(camera.stream);
  if (camera.stream === null) return verdictOn(parts, devices, async () => "camera", camera.error);
  const microphone = await attempt(() => devices.getUserMedia({ audio: MICROPHONE }));
  release(microphone.stream);
  if (microphone.stream !== null) return "BUSY";
  return verdictOn(parts, devices, async () => "microphone", microphone.error);
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
  error: Attempt["error"],
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
  });
}

// Another program may just be letting go of the camera: wait once, then try every other camera.
async function afterBusy(parts: MediaParts, devices: Devices): Promise<MediaAnswer> {
  await parts.pause(BUSY_PAUSE_MS);
  const again = await attempt(() => devices.getUserMedia({ audio: MICROPHONE, video: CAMERA }));
  if (again.stream !== null) return { kind: "live", stream: again.stream };
  for (const device of await devices.enumerateDevices().catch(() => [])) {
    if (device.kind !== "videoinput" || device.deviceId === "") continue;
    const video = { ...CAMERA, deviceId: { exact: device.deviceId } };
    const other = await attempt(() => devices.getUserMedia({ audio: MICROPHONE, video }));
    if (other.stream !== null) return { kind: "live", stream: other.stream };
  }
  return { kind: "failed", verdict: "BUSY" };
}
