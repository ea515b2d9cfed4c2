// The booking form: choosing another kind proposes how and how long it is usually held.
// Without script the person chooses all of it; nothing here decides anything.

export function followKind(form: HTMLFormElement): void {
  const kind = form.querySelector<HTMLSelectElement>("#kind");
  kind?.addEventListener("change", () => propose(form, kind));
  for (const mode of modesOf(form)) mode.addEventListener("change", () => showRoom(form));
  showRoom(form);
}

function propose(form: HTMLFormElement, kind: HTMLSelectElement): void {
  const chosen = kind.selectedOptions[0];
  const minutes = form.querySelector<HTMLInputElement>("#minutes");
  if (minutes && chosen?.dataset.minutes) minutes.value = chosen.dataset.minutes;
  for (const mode of modesOf(form)) mode.checked = mode.value === chosen?.dataset.mode;
  showRoom(form);
}

function showRoom(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLElement>("#room-field");
  const offline = modesOf(form).some((mode) => mode.checked && mode.value === "offline");
  field?.toggleAttribute("hidden", !offline);
}

function modesOf(form: HTMLFormElement): HTMLInputElement[] {
  return [...form.querySelectorAll<HTMLInputElement>('input[name="mode"]')];
}
