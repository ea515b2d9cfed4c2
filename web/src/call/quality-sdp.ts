// What a description asks of the other side: sound that repairs itself, and less picture on a
// small budget. It is changed on its way to the other only, never in the own browser.

/** Enough for 320 by 240 at 20 frames. */
const LOW_VIDEO_KBPS = 200;

/**
 * The description as it goes to the other. Opus repairs a lost packet from the next one (RFC 7587
 * 6.1, `useinbandfec`); silence is sent too (no `usedtx`), or a quiet person looks like a broken
 * line. With `lowData` the other is asked to send a small picture (RFC 8866 5.8, `b=AS`).
 */
export function shape(sdp: string, lowData: boolean): string {
  const [head = "", ...sections] = sdp.split(/(?=^m=)/m);
  let pictures = 0;
  const shaped = sections.map((section) => {
    if (section.startsWith("m=audio")) return changeLines(section, withRepair);
    if (!section.startsWith("m=video")) return section;
    pictures += 1;
    return lowData && pictures === 1 ? changeLines(section, withLimit) : section;
  });
  return head + shaped.join("");
}

function changeLines(section: string, change: (lines: string[]) => string[]): string {
  return change(section.split("\r\n")).join("\r\n");
}

function withRepair(lines: string[]): string[] {
  const at = lines.findIndex((line) => /^a=rtpmap:\d+ opus\//i.test(line));
  const [, opus] = /^a=rtpmap:(\d+)/.exec(lines[at] ?? "") ?? [];
  if (opus === undefined) return lines;
  const start = `a=fmtp:${opus} `;
  const found = lines.find((line) => line.startsWith(start));
  if (found === undefined)
    return [...lines.slice(0, at + 1), `${start}useinbandfec=1`, ...lines.slice(at + 1)];
  const asked = found
    .slice(start.length)
    .split(";")
    .filter((one) => !one.startsWith("useinbandfec="));
  const repaired = start + [...asked, "useinbandfec=1"].join(";");
  return lines.map((line) => (line === found ? repaired : line));
}

// The order is fixed: media, title, connection, bandwidth, attributes (RFC 8866 5).
function withLimit(lines: string[]): string[] {
  const bare = lines.filter((line) => !line.startsWith("b="));
  const at = bare.findIndex((line) => !/^[mic]=/.test(line));
  return [...bare.slice(0, at), `b=AS:${LOW_VIDEO_KBPS}`, ...bare.slice(at)];
}
