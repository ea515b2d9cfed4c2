import { expect, test } from "vitest";
import { isReminded, typedBeside } from "./tasks";

test("what was typed beside the form that was sent stays, and only that", () => {
  const [sent, other] = [{}, {}] as HTMLFormElement[] as [HTMLFormElement, HTMLFormElement];
  const field = (id: string, value: string, defaultValue: string, form: HTMLFormElement) => ({
    id,
    value,
    defaultValue,
    form,
  });

  const typed = typedBeside(
    [
      field("text", "Bel de school", "", sent),
      field("next_step", "Schrijf een brief", "Bel", other),
      field("same", "niets nieuws", "niets nieuws", other),
      field("", "zonder naam", "", other),
    ],
    sent,
  );

  expect(typed).toEqual([{ id: "next_step", value: "Schrijf een brief" }]);
});

test("a coach is reminded once of next step and date, and not of a talk that hardly began", () => {
  const talk = { wantsNext: true, wasReminded: false, talkedMs: 30 * 60_000 };

  expect(isReminded(talk)).toBe(true);
  expect(isReminded({ ...talk, wasReminded: true })).toBe(false);
  expect(isReminded({ ...talk, wantsNext: false })).toBe(false);
  expect(isReminded({ ...talk, talkedMs: 60_000 })).toBe(false);
});
