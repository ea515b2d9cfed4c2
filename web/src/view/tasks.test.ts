import { expect, test } from "vitest";
import { typedBeside } from "./tasks";

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
