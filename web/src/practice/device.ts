// What kind of device this is: a practice counts for its own kind (domain 5.2).

export type Device = "phone" | "tablet" | "computer";

/** From what the browser says of itself; an iPad says it is a Mac with a touch screen. */
export function deviceOf(agent: string, touchPoints: number): Device {
  if (/iPad/.test(agent) || (/Macintosh/.test(agent) && touchPoints > 1)) return "tablet";
  if (/Android/.test(agent)) return /Mobile/.test(agent) ? "phone" : "tablet";
  if (/Tablet|PlayBook|Silk(?!.*Mobile)/.test(agent)) return "tablet";
  return /iPhone|iPod|Mobile/.test(agent) ? "phone" : "computer";
}
