// What is wrong with camera or microphone, from the evidence at hand; says "blocked" only when proven.

export const VERDICTS = [
  "BROWSER_BLOCKED",
  "OS_BLOCKED",
  "DISMISSED",
  "NO_CAMERA",
  "NO_MIC",
  "BUSY",
  "LOST",
  "BLACK",
  "SILENT",
  "INSECURE_CONTEXT",
  "UNSUPPORTED",
  "TIMEOUT",
] as const;

export type Verdict = (typeof VERDICTS)[number];
export type Wanted = "camera" | "microphone";
export type Os = "windows" | "macos" | "ios" | "android" | "linux" | "other";
export type Browser = "chrome" | "edge" | "firefox" | "safari" | "in_app" | "other";

export interface Evidence {
  /** `name` of the DOMException; "Insecure", "Unsupported" and "Timeout" are our own. */
  readonly error: string;
  readonly message: string;
  /** State of the Permissions API, null where it does not say. */
  readonly permission: "granted" | "denied" | "prompt" | null;
  /** Which of the two was asked for when it failed. */
  readonly wanted: Wanted;
  readonly hasCamera: boolean;
  readonly hasMicrophone: boolean;
  readonly os: Os;
  readonly browser: Browser;
}

/** The verdict on a failed request for camera or microphone. */
export function classify(evidence: Evidence): Verdict {
  switch (evidence.error) {
    case "Insecure":
      return "INSECURE_CONTEXT";
    case "Unsupported":
    case "NotSupportedError":
    case "TypeError":
      return "UNSUPPORTED";
    case "Timeout":
      return "TIMEOUT";
    case "NotAllowedError":
    case "PermissionDeniedError":
    case "SecurityError":
      return refusedBy(evidence);
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      // Chromium's words for a camera that was opened but never sent a picture.
      return evidence.message.startsWith("Timeout") ? "TIMEOUT" : "BUSY";
    default:
      return missing(evidence);
  }
}

function refusedBy({ message, permission }: Evidence): Verdict {
  if (message.includes("denied by system")) return "OS_BLOCKED";
  if (permission === "granted") return "OS_BLOCKED";
  if (permission === "denied") return "BROWSER_BLOCKED";
  return "DISMISSED";
}

// Firefox says "not found" where macOS or Android refuses, although the device is listed.
function missing({ wanted, hasCamera, hasMicrophone, os, browser }: Evidence): Verdict {
  const listed = wanted === "camera" ? hasCamera : hasMicrophone;
  if (listed && browser === "firefox" && (os === "macos" || os === "android")) return "OS_BLOCKED";
  if (listed) return "BUSY";
  return wanted === "camera" ? "NO_CAMERA" : "NO_MIC";
}

const OS_SIGNS: ReadonlyArray<readonly [RegExp, Os]> = [
  [/iPhone|iPad|iPod/, "ios"],
  [/Android/, "android"],
  [/Windows/, "windows"],
  [/Mac OS X/, "macos"],
  [/Linux|CrOS/, "linux"],
];

// The order decides: Edge calls itself Chrome too, and Chrome calls itself Safari.
const BROWSER_SIGNS: ReadonlyArray<readonly [RegExp, Browser]> = [
  [/FBAN|FBAV|Instagram|GSA\/|\bLine\/|; wv\)/, "in_app"],
  [/EdgA?\/|EdgiOS\//, "edge"],
  [/Firefox\/|FxiOS\//, "firefox"],
  [/Chrome\/|Chromium\/|CriOS\//, "chrome"],
  [/Safari\//, "safari"],
];

/** Operating system and browser behind a user agent string, for the right explanation. */
export function surroundings(userAgent: string): { os: Os; browser: Browser } {
  const os = OS_SIGNS.find(([sign]) => sign.test(userAgent))?.[1] ?? "other";
  const found = BROWSER_SIGNS.find(([sign]) => sign.test(userAgent))?.[1];
  return { os, browser: found ?? (os === "ios" ? "in_app" : "other") };
}
