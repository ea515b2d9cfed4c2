// Coaches and rooms in rows, meetings that can be dragged; what is refused springs back.

import {
  type Calendar,
  createCalendar,
  Interaction,
  ResourceTimeline,
  TimeGrid,
} from "@event-calendar/core";
import {
  type BoardFacts,
  type BoardMeeting,
  type Busy,
  type Move,
  moveFor,
  say,
  wall,
} from "./facts";
import { markOf, marks } from "./marks";
import { type Answer, sendMove, settle } from "./send";
import { askOver, tell, tellRefusal } from "./told";

/** Fills `place`; `onMove` is told of each meeting that has another time or room now. */
export function startBoard(place: HTMLElement, facts: BoardFacts, onMove: () => void): void {
  const meetings = new Map(facts.meetings.map((meeting) => [meeting.id, meeting]));
  plainRoles(place);
  const drag = { going: false };
  const lookAt = marks(facts);
  place.addEventListener("focusin", ({ target }) => {
    if (target instanceof HTMLElement) lookAt(meetings.get(target.dataset.meeting ?? ""));
  });
  const calendar = createCalendar(place, [Interaction, ResourceTimeline, TimeGrid], {
    ...looks(facts),
    resources: rows(facts),
    events: [...facts.busy.map(busyTime), ...facts.meetings.map(event)],
    eventContent: ({ event: shown }) => ({
      domNodes:
        shown.display === "background"
          ? [document.createTextNode(say(facts, String(shown.title)))]
          : content(meetings.get(String(shown.id)), drag),
    }),
    eventMouseEnter: ({ event: shown }) => {
      if (!drag.going) lookAt(meetings.get(String(shown.id)));
    },
    eventDragStart: ({ event: shown }) => {
      drag.going = true;
      lookAt(meetings.get(String(shown.id)));
    },
    // The click that ends a drag comes after it.
    eventDragStop: () => setTimeout(() => (drag.going = false)),
    eventDrop: async (drop) => {
      const moved = await dropped(facts, meetings, drop);
      if (!moved) return;
      calendar.updateEvent(event(moved));
      onMove();
    },
  });
}

/** The calendar gives parts of a table roles without the rest of a table: plain boxes read better. */
function plainRoles(place: HTMLElement): void {
  const tabular = "table,rowgroup,row,rowheader,columnheader,cell".split(",");
  const mend = () => {
    for (const part of place.querySelectorAll(tabular.map((role) => `[role=${role}]`).join(","))) {
      for (const name of ["role", "aria-colindex", "aria-rowindex"]) part.removeAttribute(name);
    }
  };
  new MutationObserver(mend).observe(place, { childList: true, subtree: true });
}

function looks(facts: BoardFacts): Calendar.Options {
  return {
    view: "resourceTimelineWeek",
    date: facts.monday,
    locale: facts.language,
    firstDay: 1,
    hiddenDays: facts.weekend ? [] : [6, 0],
    slotMinTime: "08:00",
    slotMaxTime: "21:00",
    slotDuration: "01:00",
    snapDuration: "00:15",
    slotWidth: 120,
    slotHeight: 56, // a talk of 45 minutes shows its time and its name
    height: "auto",
    allDaySlot: false,
    eventDurationEditable: false,
    nowIndicator: true,
    headerToolbar: { start: "", center: "", end: "resourceTimelineWeek,timeGridWeek" },
    buttonText: {
      resourceTimelineWeek: say(facts, "rows"),
      timeGridWeek: say(facts, "week"),
    },
    dayHeaderFormat: { weekday: "short", day: "numeric", month: "short" },
    slotLabelFormat: { hour: "2-digit", minute: "2-digit" },
    customScrollbars: false,
  };
}

function rows(facts: BoardFacts): Calendar.ResourceInput[] {
  return [...facts.coaches, ...facts.rooms].map(({ id, title }) => ({ id, title }));
}

function event(meeting: BoardMeeting): Calendar.EventInput {
  return {
    id: meeting.id,
    start: meeting.start,
    end: meeting.end,
    title: meeting.title,
    resourceIds: meeting.room ? [meeting.coach, meeting.room] : [meeting.coach],
    startEditable: meeting.movable,
    classNames: ["board-event", `board-event--${meeting.mode}`],
  };
}

function busyTime(busy: Busy): Calendar.EventInput {
  return {
    start: busy.start,
    end: busy.end,
    title: busy.sure ? "busy" : "maybe_busy",
    resourceIds: [busy.owner],
    display: "background",
    classNames: ["board-busy", `board-busy--${busy.sure ? "sure" : "maybe"}`, markOf(busy.owner)],
  };
}

function content(meeting: BoardMeeting | undefined, drag: { going: boolean }): Node[] {
  if (!meeting) return [];
  const time = document.createElement("span");
  time.className = "board-event__time";
  time.textContent = meeting.start.slice(11);
  const name = document.createElement("a");
  name.className = "board-event__name";
  name.href = `/meetings/${meeting.id}`;
  name.dataset.meeting = meeting.id;
  name.textContent = meeting.title;
  name.title = `${meeting.start.slice(11)} ${meeting.title}, ${meeting.kind}, ${meeting.mode_text}`;
  name.draggable = false;
  name.addEventListener("click", (press) => {
    if (drag.going) press.preventDefault();
  });
  return [time, name];
}

async function dropped(
  facts: BoardFacts,
  meetings: Map<string, BoardMeeting>,
  drop: Calendar.EventDropInfo,
): Promise<BoardMeeting | null> {
  const meeting = meetings.get(String(drop.event.id));
  if (!meeting) {
    drop.revert();
    return null;
  }
  const move = moveFor(facts, meeting, drop.event.start, drop.newResource?.id ?? null);
  if (typeof move === "string") {
    drop.revert();
    tell(say(facts, move, { name: meeting.title }), false);
    return null;
  }
  const ends = wall(drop.event.end);
  const putBack = onceOnly(drop.revert);
  const answer = await settle(
    move,
    (asked) => sendMove(asked, facts.csrf),
    (refusal) => {
      putBack();
      return askOver(facts, meeting, move, refusal);
    },
  );
  if (!answer?.done) {
    putBack();
    if (answer) tellRefusal(facts, meeting, answer);
    return null;
  }
  const moved = after(meeting, move, ends, answer);
  meetings.set(meeting.id, moved);
  tell(answer.text, true);
  return moved;
}

// By the time a question is answered the meeting may have been dragged again.
function onceOnly(act: () => void): () => void {
  let acted = false;
  return () => {
    if (!acted) act();
    acted = true;
  };
}

function after(
  meeting: BoardMeeting,
  move: Move,
  ends: { readonly day: string; readonly time: string },
  answer: Answer & { done: true },
): BoardMeeting {
  return {
    ...meeting,
    start: `${move.day}T${move.time}`,
    end: `${ends.day}T${ends.time}`,
    room: move.room,
    revision: answer.revision,
    key: answer.key,
  };
}
