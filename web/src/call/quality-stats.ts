// The few numbers of a connection's statistics that decide over quality (W3C webrtc-stats).

export interface Counts {
  readonly atMs: number;
  /** Packets of all that comes from the other, since the connection began. */
  readonly arrived: number;
  /** Packets of the other's sound, since the connection began. */
  readonly received: number;
  readonly lost: number;
  readonly rttMs: number | null;
  readonly kbps: number | null;
  readonly limited: boolean;
  /** Part of the own picture that did not arrive, 0 to 1. */
  readonly ownLost: number | null;
}

type Report = Readonly<Record<string, unknown>>;

/** The counts in the statistics of a connection; what a browser leaves out is null, or nothing. */
export function count(reports: Iterable<Report>, atMs: number): Counts {
  let counts: Counts = {
    atMs,
    arrived: 0,
    received: 0,
    lost: 0,
    rttMs: null,
    kbps: null,
    limited: false,
    ownLost: null,
  };
  for (const report of reports) counts = { ...counts, ...parts(report, counts) };
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

function inbound(report: Report, { arrived, received, lost }: Counts): Partial<Counts> {
  const packets = number(report.packetsReceived) ?? 0;
  const all = { arrived: arrived + packets };
  if (report.kind !== "audio") return all;
  return { ...all, received: received + packets, lost: lost + (number(report.packetsLost) ?? 0) };
}

function optional(key: "kbps" | "rttMs", value: number | null, times: number): Partial<Counts> {
  return value === null ? {} : { [key]: value * times };
}

const number = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;
