// The few numbers of a connection's statistics that decide over quality (W3C webrtc-stats).

export interface Counts {
  readonly atMs: number;
  /** Packets of all that comes from the other, since the connection began. */
  readonly arrived: number;
  /** Bytes of all that comes from the other, since the connection began. */
  readonly bytes: number;
  /** Packets of the other's sound, since the connection began. */
  readonly received: number;
  readonly lost: number;
  readonly rttMs: number | null;
  readonly kbps: number | null;
  readonly limited: boolean;
  /** Part of the own picture that did not arrive, 0 to 1. */
  readonly ownLost: number | null;
  /** The largest picture that comes, in pixels; null without one. */
  readonly width: number | null;
  readonly height: number | null;
  /** Whether the line goes through a relay; null where the browser does not say. */
  readonly relay: boolean | null;
}

type Report = Readonly<Record<string, unknown>>;

/** The counts in the statistics of a connection; what a browser leaves out is null, or nothing. */
export function count(reports: Iterable<Report>, atMs: number): Counts {
  const all = [...reports];
  let counts: Counts = {
    atMs,
    arrived: 0,
    bytes: 0,
    received: 0,
    lost: 0,
    rttMs: null,
    kbps: null,
    limited: false,
    ownLost: null,
    width: null,
    height: null,
    relay: relayed(all),
  };
  for (const report of all) counts = { ...counts, ...parts(report, counts) };
  return counts;
}

function parts(report: Report, counts: Counts): Partial<Counts> {
  const { type, kind } = report;
  if (type === "inbound-rtp") return inbound(report, counts);
  if (type === "outbound-rtp" && kind === "video") {
    return { limited: report.qualityLimitationReason === "bandwidth" };
  }
  if (type === "remote-inbound-rtp" && kind === "video") {
    return { ownLost: number(report.fractionLost) };
  }
  if (type !== "candidate-pair" || report.nominated !== true) return {};
  return {
    ...optional("kbps", number(report.availableOutgoingBitrate), 1 / 1000),
    ...optional("rttMs", number(report.currentRoundTripTime), 1000),
  };
}

// The transport names its pair; of a browser that names none the one that was nominated counts.
function relayed(all: readonly Report[]): boolean | null {
  const chosen = all.find(({ type }) => type === "transport")?.selectedCandidatePairId;
  const pair = all.find(
    ({ type, id, nominated }) =>
      type === "candidate-pair" && (chosen === undefined ? nominated === true : id === chosen),
  );
  if (pair === undefined) return null;
  const ends = all.filter(
    ({ id }) => id === pair.localCandidateId || id === pair.remoteCandidateId,
  );
  const known = ends.filter(({ candidateType }) => candidateType !== undefined);
  return known.length === 0 ? null : known.some(({ candidateType }) => candidateType === "relay");
}

function inbound(report: Report, counts: Counts): Partial<Counts> {
  const { arrived, bytes, received, lost } = counts;
  const packets = number(report.packetsReceived) ?? 0;
  const all = {
    arrived: arrived + packets,
    bytes: bytes + (number(report.bytesReceived) ?? 0),
  };
  if (report.kind !== "audio") return { ...all, ...larger(report, counts) };
  return { ...all, received: received + packets, lost: lost + (number(report.packetsLost) ?? 0) };
}

function larger(report: Report, { height }: Counts): Partial<Counts> {
  const found = number(report.frameHeight);
  if (found === null || found <= (height ?? 0)) return {};
  return { width: number(report.frameWidth), height: found };
}

function optional(key: "kbps" | "rttMs", value: number | null, times: number): Partial<Counts> {
  return value === null ? {} : { [key]: value * times };
}

const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
