import { expect, test } from "vitest";
import type { Start } from "../wire/messages";
import { Peer } from "./peer";

const START: Start = {
  type: "start",
  epoch: 1,
  offer: true,
  relay_only: false,
  ice_servers: [],
};

const track = (kind: string, name: string) => ({ kind, name }) as unknown as MediaStreamTrack;
const streamOf = (...tracks: MediaStreamTrack[]) =>
  ({ getTracks: () => tracks }) as unknown as MediaStream;

const VP8: RTCRtpCodec = { mimeType: "video/VP8", clockRate: 90_000 };

/** A connection of a browser as far as what it sends goes. */
function connection() {
  const senders: Array<{ track: MediaStreamTrack | null }> = [];
  const preferred: string[] = [];
  const addTrack = (added: MediaStreamTrack) => {
    const sender = {
      track: added as MediaStreamTrack | null,
      replaceTrack: async (next: MediaStreamTrack | null) => {
        sender.track = next;
      },
      getParameters: () => ({}),
    };
    senders.push(sender);
  };
  const transceiverOf = (sender: (typeof senders)[number]) => ({
    sender,
    setCodecPreferences: (codecs: RTCRtpCodec[]) => {
      preferred.push(`${sender.track?.kind} ${codecs.map(({ mimeType }) => mimeType)}`);
    },
  });
  const built = {
    addTrack,
    getSenders: () => senders,
    getTransceivers: () => senders.map(transceiverOf),
    createDataChannel: () => ({}),
  };
  return { built: built as unknown as RTCPeerConnection, senders, preferred };
}

function talking(codecs: RTCRtpCodec[] | null = null) {
  const { built, senders, preferred } = connection();
  const peer = new Peer({
    build: () => built,
    start: START,
    polite: false,
    stream: streamOf(track("audio", "voice"), track("video", "sharp")),
    lowData: false,
    codecs,
    sendDescription: () => undefined,
    sendCandidate: () => undefined,
    onStream: () => undefined,
    onScreen: () => undefined,
    onConnection: () => undefined,
    onStuck: () => undefined,
  });
  const sends = () => senders.map((sender) => (sender.track as { name?: string } | null)?.name);
  return { peer, sends, preferred };
}

test("a face that is held back comes again with the picture that is given for it", async () => {
  const { peer, sends } = talking();
  peer.withhold();
  expect(sends()).toEqual(["voice", undefined]);

  await peer.replace(streamOf(track("audio", "new voice")));
  expect(sends()).toEqual(["new voice", undefined]);

  await peer.replace(streamOf(track("video", "vague")));
  expect(sends()).toEqual(["new voice", "vague"]);
});

test("an order of codecs is asked for pictures alone, and for none where there is no order", () => {
  expect(talking([VP8]).preferred).toEqual(["video video/VP8"]);
  expect(talking().preferred).toEqual([]);
});

test("a kind of which there is nothing new goes on as it was", async () => {
  const { peer, sends } = talking();
  await peer.replace(streamOf(track("audio", "new voice")));
  expect(sends()).toEqual(["new voice", "sharp"]);
});
