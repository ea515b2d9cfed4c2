// Whether messages and picture come through: a socket to the server, and a connection of the browser
// with itself that carries the own picture, or the sound where there is no camera.

const SOCKET_MS = 8_000;
const ROUTE_MS = 12_000;
const LOOK_MS = 250;

export type LineVerdict = "NO_SOCKET" | "NO_ROUTE" | "NO_RELAY";

/** What came through; `relayed` is null where there is no relay to try. */
export interface Line {
  readonly socket: boolean;
  readonly direct: boolean;
  readonly relayed: boolean | null;
}

/**
 * What is in the way of a talk on this line, or null. The browser reaches itself on almost every
 * line; the relay is what tells of the way out, and alone it is enough.
 */
export function lineVerdict({ socket, direct, relayed }: Line): LineVerdict | null {
  if (!socket) return "NO_SOCKET";
  if (relayed === true) return null;
  if (!direct) return "NO_ROUTE";
  return relayed === null ? null : "NO_RELAY";
}

/** Tries the line. `askRelays` gives relays with a login for this minute. */
export async function checkLine(
  stream: MediaStream,
  stunUrls: readonly string[],
  askRelays: () => Promise<readonly RTCIceServer[]>,
): Promise<LineVerdict | null> {
  if (!(await socketOpens())) return "NO_SOCKET";
  const relays = [...(await askRelays())];
  const open = stunUrls.length > 0 ? [{ urls: [...stunUrls] }] : [];
  const [direct, relayed] = await Promise.all([
    streamComesThrough(stream, { iceServers: open }),
    relays.length > 0
      ? streamComesThrough(stream, { iceServers: relays, iceTransportPolicy: "relay" })
      : null,
  ]);
  return lineVerdict({ socket: true, direct, relayed });
}

function socketOpens(): Promise<boolean> {
  const address = new URL("/ws", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  return new Promise((resolve) => {
    const done = (opened: boolean) => {
      clearTimeout(patience);
      resolve(opened);
      socket.close();
    };
    const patience = setTimeout(() => done(false), SOCKET_MS);
    socket.onopen = () => done(true);
    socket.onerror = () => done(false);
  });
}

async function streamComesThrough(
  stream: MediaStream,
  configuration: RTCConfiguration,
): Promise<boolean> {
  const here = new RTCPeerConnection(configuration);
  const there = new RTCPeerConnection(configuration);
  let hasWay = false;
  const tell = (other: RTCPeerConnection, { candidate }: RTCPeerConnectionIceEvent) => {
    // Firefox ends with an empty one.
    if (candidate !== null && candidate.candidate !== "") hasWay = true;
    void other.addIceCandidate(candidate ?? undefined);
  };
  // A relay that refuses gives no way at all, and nobody waits for what cannot come.
  const mayCome = () =>
    hasWay || [here, there].some(({ iceGatheringState }) => iceGatheringState !== "complete");
  try {
    here.onicecandidate = (event) => tell(there, event);
    there.onicecandidate = (event) => tell(here, event);
    for (const track of stream.getTracks()) here.addTrack(track, stream);
    await here.setLocalDescription();
    if (here.localDescription) await there.setRemoteDescription(here.localDescription);
    await there.setLocalDescription();
    if (there.localDescription) await here.setRemoteDescription(there.localDescription);
    return await somethingArrives(there, stream.getVideoTracks().length > 0, mayCome);
  } catch {
    return false;
  } finally {
    here.close();
    there.close();
  }
}

async function somethingArrives(
  connection: RTCPeerConnection,
  seen: boolean,
  mayCome: () => boolean,
): Promise<boolean> {
  const until = performance.now() + ROUTE_MS;
  while (performance.now() < until && mayCome()) {
    for (const report of (await connection.getStats()).values()) {
      if (report.type !== "inbound-rtp") continue;
      if (seen && report.kind === "video" && report.framesDecoded > 0) return true;
      if (!seen && report.kind === "audio" && report.packetsReceived > 0) return true;
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}
