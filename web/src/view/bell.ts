// The tab that calls for attention while the candidate is at the door.

const BLINK_MS = 1_000;

/** A function that starts or stops the blinking of the title. */
export function titleBlinker(text: string): (ringing: boolean) => void {
  const quiet = document.title;
  let timer = 0;
  return (ringing) => {
    if (ringing === timer > 0) return;
    if (!ringing) {
      clearInterval(timer);
      timer = 0;
      document.title = quiet;
      return;
    }
    timer = window.setInterval(() => {
      document.title = document.title === quiet ? text : quiet;
    }, BLINK_MS);
    document.title = text;
  };
}
