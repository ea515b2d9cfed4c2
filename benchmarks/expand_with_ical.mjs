// Reads a JSON list of {name, ics, until} on standard input and expands each with ical.js.
//
// Answers a list of {name, times} in the same order; `until` is in seconds. A time is a number of
// seconds where the moment is known, "2027-03-01" for a day and "2027-03-01T09:00:00" without zone.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../web/package.json", import.meta.url));
const loaded = require("ical.js");
const ICAL = loaded.default ?? loaded;
const MOST = 60_000;

function told(time) {
  const floats = time.isDate || time.zone === ICAL.Timezone.localTimezone;
  return floats ? time.toString() : time.toUnixTime();
}

function seconds(time) {
  return time.isDate || typeof told(time) === "string" ? Date.parse(`${time}Z`.replace(/^(.{10})Z$/, "$1")) / 1000 : time.toUnixTime();
}

function single(event) {
  return event.component.getFirstPropertyValue("status") === "CANCELLED"
    ? []
    : [[told(event.startDate), told(event.endDate)]];
}

function repeated(event, until) {
  const times = [];
  const seen = new Set();
  const steps = event.iterator();
  for (let number = 0; number < MOST; number += 1) {
    const next = steps.next();
    if (!next || seconds(next) > until) break;
    seen.add(next.toString());
    const found = event.getOccurrenceDetails(next);
    if (found.item.component.getFirstPropertyValue("status") === "CANCELLED") continue;
    times.push([told(found.startDate), told(found.endDate)]);
  }
  return times;
}

function expand({ ics, until }) {
  const calendar = new ICAL.Component(ICAL.parse(ics));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const events = calendar.getAllSubcomponents("vevent").map((part) => new ICAL.Event(part));
  const masters = events.filter((event) => !event.isRecurrenceException());
  const changed = events.filter((event) => event.isRecurrenceException());
  for (const master of masters) for (const one of changed) master.relateException(one);
  if (!masters.length) return changed.flatMap(single);
  return masters.flatMap((event) =>
    event.isRecurring() ? repeated(event, until) : single(event),
  );
}

const asked = JSON.parse(readFileSync(0, "utf8"));
const answers = asked.map((one) => {
  try {
    return { name: one.name, times: expand(one) };
  } catch (error) {
    return { name: one.name, error: String(error) };
  }
});
process.stdout.write(JSON.stringify(answers));
