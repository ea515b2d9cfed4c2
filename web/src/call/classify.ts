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
export type Browser =
  | "chrome"
  | "edge"
  | "firefox"
  | "safari"
  | "samsung"
  /** A page inside another app: mail, Facebook, WhatsApp. Often without camera. */
  | "in_app"
  | "other";

export interface Evidence {
  /**
   * `name` of the DOMException. Our own are "Insecure", "Unsupported" and "Timeout", and of what was
   * seen of a stream that lives: "Lost", "Black" and "Silent".
   */
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
  /** The refusal came faster than a hand can press: no box was shown. */
  readonly atOnce: boolean;
}

/** The verdict on a failed request for camera or microphone, or on a stream that shows nothing. */
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
    case "Lost":
      return "LOST";
    case "Black":
      return "BLACK";
    case "Silent":
      return "SILENT";
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

// Where the Permissions API is silent, or says "prompt" whatever was chosen (Firefox), an answer that
// no hand gave proves that the browser remembers a refusal.
function refusedBy({ message, permission, browser, atOnce }: Evidence): Verdict {
  if (message.includes("denied by system")) return "OS_BLOCKED";
  if (permission === "granted") return "OS_BLOCKED";
  if (permission === "denied") return "BROWSER_BLOCKED";
  const unreliable = permission === null || browser === "firefox";
  if (unreliable && atOnce) return "BROWSER_BLOCKED";
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

// The order decides: Edge calls itself Chrome too, and Chrome calls itself Safari. The first line is
// that of server/in_app.py.
const BROWSER_SIGNS: ReadonlyArray<readonly [RegExp, Browser]> = [
  [
    /FBAN|FBAV|FB_IAB|Instagram|LinkedInApp|WhatsApp|GSA\/|\bLine\/|Snapchat|Bytedance|MicroMessenger|Outlook-|; wv\)/,
    "in_app",
  ],
  [/EdgA?\/|EdgiOS\//, "edge"],
  [/Firefox\/|FxiOS\//, "firefox"],
  [/SamsungBrowser\//, "samsung"],
  [/Chrome\/|Chromium\/|CriOS\//, "chrome"],
  [/Safari\//, "safari"],
];

/**
 * Operating system and browser behind a user agent string, for the right explanation. An iPad calls
 * itself a Mac, and is told by its fingers.
 */
export function surroundings(userAgent: string, touchPoints = 0): { os: Os; browser: Browser } {
  const named = OS_SIGNS.find(([sign]) => sign.test(userAgent))?.[1] ?? "other";
  const os = named === "macos" && touchPoints > 1 ? "ios" : named;
  const found = BROWSER_SIGNS.find(([sign]) => sign.test(userAgent))?.[1];
  return { os, browser: found ?? (os === "ios" ? "in_app" : "other") };
}
