// The faces in the waiting room: sent without loading the page, or the seat would be lost.

import { word } from "./elements";

/** Lets the faces of this page be pressed while the talk goes on. */
export function facesStay(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-mood]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { submitter } = event;
      if (submitter instanceof HTMLButtonElement) void press(form, submitter);
    });
  }
}

async function press(form: HTMLFormElement, face: HTMLButtonElement): Promise<void> {
  const fields = new URLSearchParams({ [face.name]: face.value });
  for (const [name, value] of new FormData(form)) fields.set(name, String(value));
  // A face that could not be sent is not missed: nobody waits for it.
  const heard = await fetch(form.action, { method: "POST", body: fields, redirect: "manual" }).then(
    ({ type }) => type === "opaqueredirect",
    () => false,
  );
  if (!heard) return;
  for (const one of form.querySelectorAll("button")) {
    one.setAttribute("aria-pressed", String(one === face));
  }
  const said = form.querySelector<HTMLElement>("[data-said]");
  word(said, said?.dataset.said ?? "");
}
