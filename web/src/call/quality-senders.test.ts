import { expect, test } from "vitest";
import { STILL } from "./quality-ladder";
import { setSenders } from "./quality-senders";

interface Asked {
  encodings: Array<Record<string, unknown>>;
  degradationPreference?: string;
}

/** A sender of one kind; keeps what it is asked for. */
function sender(kind: string, known = true) {
  const asked: Asked[] = [];
  const one = {
    track: { kind, getSettings: () => ({ height: 720 }) },
    getParameters: () => ({ encodings: [{}] }),
    setParameters: async (parameters: Asked) => {
      asked.push(parameters);
      if (!known) throw new DOMException("not here", "InvalidModificationError");
    },
  };
  return { one: one as unknown as RTCRtpSender, asked };
}

const set = (screen: RTCRtpSender | undefined, step: number, ...senders: RTCRtpSender[]) =>
  setSenders({ getSenders: () => senders }, screen, step);

test("sound goes before the face, and the face is one encoding of the ladder", async () => {
  const [sound, face] = [sender("audio"), sender("video")];
  await set(undefined, 2, sound.one, face.one);

  expect(sound.asked).toEqual([{ encodings: [{ priority: "high", networkPriority: "high" }] }]);
  expect(face.asked).toEqual([
    {
      encodings: [
        {
          active: true,
          maxBitrate: 500_000,
          maxFramerate: 30,
          scaleResolutionDownBy: 2,
          priority: "low",
          networkPriority: "low",
        },
      ],
      degradationPreference: "maintain-framerate",
    },
  ]);
});

test("a shared screen keeps its letters, and a still sends no face but goes on sounding", async () => {
  const [sound, face, screen] = [sender("audio"), sender("video"), sender("video")];
  await set(screen.one, STILL, sound.one, face.one, screen.one);

  expect(screen.asked).toEqual([
    { encodings: [{ maxBitrate: 1_800_000 }], degradationPreference: "maintain-resolution" },
  ]);
  expect(face.asked[0]?.encodings[0]).toMatchObject({ active: false });
  expect(sound.asked).toHaveLength(1);
});

test("a browser that knows none of it sends as it sees fit, and the others are still asked", async () => {
  const [sound, face] = [sender("audio", false), sender("video")];
  await set(undefined, 0, sound.one, face.one);

  expect([sound.asked.length, face.asked.length]).toEqual([1, 1]);
});
