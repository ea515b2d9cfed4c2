import { expect, test } from "vitest";
import { askBoth, askSound, type MediaParts } from "./media";

type Answer = "ok" | "NotAllowedError" | "NotFoundError" | "NotReadableError";

// The devices of a computer: what each answers when asked, in turn.
function computer(
  answers: { both: Answer[]; camera?: Answer; microphone?: Answer },
  listed: string[],
) {
  const asked: string[] = [];
  const stopped: string[] = [];
  const stream = (what: string) =>
    ({ what, getTracks: () => [{ stop: () => stopped.push(what) }] }) as unknown as MediaStream;
  const devices: NonNullable<MediaParts["devices"]> = {
    async getUserMedia({ audio, video } = {}) {
      const what = audio && video ? "both" : video ? "camera" : "microphone";
      asked.push(what);
      const answer =
        what === "both" ? (answers.both.shift() ?? "NotReadableError") : (answers[what] ?? "ok");
      if (answer !== "ok") throw Object.assign(new Error("no"), { name: answer });
      return stream(what);
    },
    async enumerateDevices() {
      return listed.map((kind, i) => ({ kind, deviceId: `d${i}` }) as MediaDeviceInfo);
    },
  };
  return { devices, asked, stopped };
}

function parts(devices: MediaParts["devices"], change: Partial<MediaParts> = {}): MediaParts {
  return {
    devices,
    secure: true,
    permission: async () => "prompt",
    pause: async () => undefined,
    nowMs: () => 0,
    chosen: () => ({ camera: "", microphone: "" }),
    os: "windows",
    browser: "chrome",
    ...change,
  };
}

test("both are asked for in one request", async () => {
  const { devices, asked } = computer({ both: ["ok"] }, []);

  expect((await askBoth(parts(devices))).kind).toBe("live");
  expect(asked).toEqual(["both"]);
});

test("a refusal is not asked about a second time", async () => {
  const { devices, asked } = computer({ both: ["NotAllowedError"] }, ["videoinput", "audioinput"]);

  const answer = await askBoth(parts(devices, { permission: async () => "denied" }));

  expect(answer).toEqual({ kind: "failed", verdict: "BROWSER_BLOCKED" });
  expect(asked).toEqual(["both"]);
});

test("a missing microphone is told apart from a missing camera, and the light goes out", async () => {
  const { devices, stopped } = computer({ both: ["NotFoundError"], microphone: "NotFoundError" }, [
    "videoinput",
  ]);

  expect(await askBoth(parts(devices))).toEqual({ kind: "failed", verdict: "NO_MIC" });
  expect(stopped).toEqual(["camera"]);
});

test("a missing camera", async () => {
  const { devices } = computer({ both: ["NotFoundError"], camera: "NotFoundError" }, [
    "audioinput",
  ]);
  expect(await askBoth(parts(devices))).toEqual({ kind: "failed", verdict: "NO_CAMERA" });
});

test("a busy camera is tried once more, then every other camera", async () => {
  const busy: Answer = "NotReadableError";
  const once = computer({ both: [busy, "ok"], camera: busy }, ["videoinput"]);
  const other = computer({ both: [busy, busy, busy, "ok"], camera: busy }, [
    "videoinput",
    "videoinput",
  ]);
  const never = computer({ both: [], camera: busy }, ["videoinput"]);

  expect((await askBoth(parts(once.devices))).kind).toBe("live");
  expect((await askBoth(parts(other.devices))).kind).toBe("live");
  expect(other.asked).toEqual(["both", "camera", "both", "both", "both"]);
  expect(await askBoth(parts(never.devices))).toEqual({ kind: "failed", verdict: "BUSY" });
});

test("without media devices the context or the program is in the way", async () => {
  const verdict = async (secure: boolean) => askBoth(parts(undefined, { secure }));

  expect(await verdict(true)).toEqual({ kind: "failed", verdict: "UNSUPPORTED" });
  expect(await verdict(false)).toEqual({ kind: "failed", verdict: "INSECURE_CONTEXT" });
});

test("somebody who goes without a camera is asked for the microphone alone", async () => {
  const { devices, asked } = computer({ both: [] }, ["audioinput"]);

  expect((await askSound(parts(devices))).kind).toBe("live");
  expect(asked).toEqual(["microphone"]);
});

test("a microphone that is refused is told as one", async () => {
  const { devices } = computer({ both: [], microphone: "NotFoundError" }, []);

  const answer = await askSound(parts(devices));

  expect(answer).toEqual({ kind: "failed", verdict: "NO_MIC" });
});

test("a chosen camera is asked for by name, and without it when it is not there any more", async () => {
  const wishes: unknown[] = [];
  const { devices } = computer({ both: ["NotFoundError", "ok"] }, ["videoinput"]);
  const listening = {
    ...devices,
    getUserMedia: (wish?: MediaStreamConstraints) => {
      wishes.push((wish?.video as MediaTrackConstraints | undefined)?.deviceId);
      return devices.getUserMedia(wish);
    },
  };
  const chosen = () => ({ camera: "outside", microphone: "" });

  expect((await askBoth(parts(listening, { chosen }))).kind).toBe("live");
  expect(wishes).toEqual([{ exact: "outside" }, undefined]);
});

test("a refusal that no hand gave is a block, one that took a while is not", async () => {
  const verdict = async (tookMs: number) => {
    let now = 0;
    const { devices } = computer({ both: ["NotAllowedError"] }, ["videoinput", "audioinput"]);
    const nowMs = () => {
      now += tookMs;
      return now;
    };
    return askBoth(parts(devices, { permission: async () => null, nowMs }));
  };

  expect(await verdict(20)).toEqual({ kind: "failed", verdict: "BROWSER_BLOCKED" });
  expect(await verdict(2_000)).toEqual({ kind: "failed", verdict: "DISMISSED" });
});
