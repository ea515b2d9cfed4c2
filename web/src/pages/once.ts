// A form that can be sent once: the second press of a double click would undo the first.

/** Sends `form` once; again when somebody comes back to the page. */
export function sendOnce(form: HTMLFormElement): void {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => {
    sent = false;
  });
}
