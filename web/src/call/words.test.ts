import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Browser, type Os, VERDICTS } from "./classify";
import { ALL_GOOD } from "./quality";
import { CAREFREE, opened, type TalkState } from "./talk-state";
import { banner, fill, help, mayExcuse, notice, quality, refusal, tryNow } from "./words";

const NAMES = { otherName: "Anna", phone: "06-12345678", phoneName: "Anna de Vries" };
const LANGUAGES = ["nl", "en"] as const;
const OSES: readonly Os[] = ["windows", "macos", "ios", "android", "linux", "other"];
const BROWSERS: readonly Browser[] = [
  "chrome",
  "edge",
  "firefox",
  "safari",
  "samsung",
  "in_app",
  "other",
];

function catalogue(language: string): Map<string, string> {
  const text = readFileSync(new URL(`../../locale/${language}.po`, import.meta.url), "utf8");
  return new Map(
    [...text.matchAll(/^msgid "(.+)"\nmsgstr "(.*)"$/gm)].map(([, key = "", say = ""]) => [
      key,
      say,
    ]),
  );
}

const talking: TalkState = {
  ...opened("candidate"),
  stage: "talk",
  live: true,
  epoch: 1,
  connected: true,
  lineUp: true,
  other: { name: "Anna", present: true, camera: true, microphone: true },
};

const TROUBLES: readonly Partial<TalkState>[] = [
  { live: false },
  { otherLeft: true },
  { mediaSlow: true, other: { name: "Anna", present: false, camera: false, microphone: false } },
  { mediaSlow: true },
  { lineSlow: true },
  { camera: false },
  { microphone: false },
  { other: { name: "Anna", present: true, camera: false, microphone: true } },
  { other: { name: "Anna", present: true, camera: true, microphone: false } },
  { stage: "waiting", lineSlow: true },
  { unseen: { who: "candidate", reason: "black", seconds: 30 } },
  { unseen: { who: "coach", reason: "black", seconds: 30 } },
  { unseen: { who: "coach", reason: "frozen", seconds: 120 } },
  { unseen: { who: "coach", reason: null, seconds: 180 } },
  { unseen: { who: "candidate", reason: "frozen", seconds: 30 } },
  { unseen: { who: "coach", reason: "no_frames", seconds: 30 } },
  { care: { ...CAREFREE, interrupted: true } },
  { care: { ...CAREFREE, unseen: "black" } },
  { care: { ...CAREFREE, unseen: "no_frames" } },
  { care: { ...CAREFREE, quality: { ...ALL_GOOD, still: true } } },
  { mediaSlow: true, care: { ...CAREFREE, told: "again" } },
  { mediaSlow: true, care: { ...CAREFREE, told: "phone" } },
  {
    mediaSlow: true,
    care: { ...CAREFREE, told: "phone" },
    other: { name: "Anna", present: false, camera: false, microphone: false },
  },
];

test("fill fills places and leaves unknown ones", () => {
  expect(fill("{name} belt {phone} {other}", { name: "Anna", phone: 3 })).toBe(
    "Anna belt 3 {other}",
  );
});

test("a text is not filled twice", () => {
  expect(fill("{a}", { a: "{b}", b: "x" })).toBe("{b}");
});

test("when all is well there is no banner", () => {
  expect(banner(talking, NAMES)).toBeNull();
  expect(banner({ ...talking, stage: "end", lineSlow: true }, NAMES)).toBeNull();
});

test("the other's lost line is not told while picture and sound flow", () => {
  const other = { name: "Anna", present: false, camera: false, microphone: false };
  expect(banner({ ...talking, other }, NAMES)).toBeNull();
  expect(banner({ ...talking, other, mediaSlow: true }, NAMES)?.key).toBe("call.banner.other_away");
});

test("a picture that stands still is nobody's camera that is off", () => {
  const unseen = (reason: "black" | "frozen") => ({
    ...talking,
    unseen: { who: "candidate" as const, reason, seconds: 30 },
  });
  expect(banner(unseen("frozen"), NAMES)?.key).toBe("call.banner.still_you");
  expect(banner(unseen("black"), NAMES)?.key).toBe("call.banner.unseen_you");
});

test("the quality is said while there is a line, and an attempt can be hurried while there is none", () => {
  const again = { ...talking, mediaSlow: true, care: { ...CAREFREE, told: "again" as const } };
  expect([quality(talking).length, tryNow(talking)]).toEqual([1, null]);
  expect([quality(again).length, tryNow(again)?.key]).toEqual([0, "call.again.now"]);
});

test("a camera is excused by the coach, when it does not work, and once", () => {
  const coach: TalkState = { ...talking, role: "coach" };
  const unseen = (seconds: number) => ({
    unseen: { who: "candidate" as const, reason: "black" as const, seconds },
  });
  expect(mayExcuse(coach)).toBe(false);
  expect(mayExcuse({ ...coach, ...unseen(30) })).toBe(false);
  expect(mayExcuse({ ...coach, ...unseen(120) })).toBe(true);
  expect(mayExcuse({ ...coach, ...unseen(120), waived: true })).toBe(false);
  expect(mayExcuse({ ...coach, stage: "waiting", knocking: { camera: false } })).toBe(true);
  expect(mayExcuse({ ...talking, ...unseen(120) })).toBe(false);
});

test("not being seen is more urgent than a slow line", () => {
  const state: TalkState = {
    ...talking,
    lineSlow: true,
    unseen: { who: "candidate", reason: "black", seconds: 30 },
  };
  expect(banner(state, NAMES)?.key).toBe("call.banner.unseen_you");
});

test.each(LANGUAGES)("every banner, notice, refusal and help has its text in %s", (language) => {
  const texts = catalogue(language);
  const said = [
    ...TROUBLES.map((trouble) => banner({ ...talking, ...trouble }, NAMES)),
    ...(["weak", "bad"] as const).flatMap((level) =>
      [1, 2, 3].flatMap((tip) =>
        quality({ ...talking, care: { ...CAREFREE, quality: { level, tip, still: false } } }),
      ),
    ),
    ...quality(talking),
    ...[null, 3].map((retryIn) =>
      tryNow({ ...talking, mediaSlow: true, care: { ...CAREFREE, told: "again", retryIn } }),
    ),
    notice({ ...talking, notice: { kind: "third", count: 1 } }, NAMES),
    notice({ ...talking, notice: { kind: "other_device" } }, NAMES),
    notice({ ...talking, notice: { kind: "other_device" }, knocking: { camera: true } }, NAMES),
    notice({ ...talking, notice: { kind: "camera_needed" } }, NAMES),
    notice({ ...talking, notice: { kind: "trouble", phone: null } }, NAMES),
    ...["refused", "third_person", "not_yours", "not_open", "ended", "expired", "broken"].map(
      (code) => refusal({ ...talking, refusal: { code, text: null } }, NAMES),
    ),
  ];
  const helps = VERDICTS.flatMap((verdict) =>
    OSES.flatMap((os) => BROWSERS.map((browser) => help(verdict, os, browser))),
  );
  const values = { phone: NAMES.phone };
  const helpLines = helps.flatMap(({ title, steps }) =>
    [title, ...steps].map((key) => ({ key, values })),
  );

  for (const line of [...said, ...helpLines]) {
    if (line === null) throw new Error("a trouble without a banner");
    const text = texts.get(line.key);
    expect(text, line.key).toBeTruthy();
    expect(fill(text ?? "", line.values), line.key).not.toMatch(/[{}]/);
  }
});

test("only a system that has an address for its settings gets a link to them", () => {
  expect(help("OS_BLOCKED", "windows", "chrome").settings).toBe("ms-settings:privacy-webcam");
  expect(help("OS_BLOCKED", "android", "chrome").settings).toBeNull();
  expect(help("BUSY", "windows", "chrome").settings).toBeNull();
});

test("help fits the program and the system", () => {
  const first = (...of: Parameters<typeof help>) => help(...of).steps[0];

  expect(first("BROWSER_BLOCKED", "android", "samsung")).toContain("browser_blocked_android.1");
  expect(first("BROWSER_BLOCKED", "ios", "safari")).toContain("browser_blocked_ios.1");
  // Chrome on an iPhone asks for all pages together, in the settings of the phone.
  expect(first("BROWSER_BLOCKED", "ios", "chrome")).toContain("os_blocked_ios.1");
  expect(first("OS_BLOCKED", "macos", "firefox")).toContain("os_blocked_macos.1");
  expect(help("UNSUPPORTED", "ios", "in_app").title).toBe("call.help.in_app.title");
  expect(help("BUSY", "ios", "in_app").title).toBe("call.help.busy.title");
});

test("another device is offered where this one cannot help", () => {
  expect(help("NO_CAMERA", "windows", "chrome").elsewhere).toBe(true);
  expect(help("BROWSER_BLOCKED", "android", "in_app").elsewhere).toBe(true);
  expect(help("BUSY", "windows", "chrome").elsewhere).toBe(false);
});
