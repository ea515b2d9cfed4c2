// A page that tells of work which still goes on: it asks until that has ended, and comes anew.

export const GOING = 202;
const PAUSE_MS = 1_000;
const MOST = 600; // turns; then the button on the page is left

export interface Surroundings {
  /** The status of the page, as HEAD tells it; rejects when nobody answers. */
  ask(): Promise<number>;
  renew(): void;
  pause(milliseconds: number): Promise<void>;
}

/** Renews the page once its work has ended; a line that is gone for a moment is no end. */
export async function renewWhenDone({ ask, renew, pause }: Surroundings): Promise<void> {
  for (let turn = 0; turn < MOST; turn += 1) {
    await pause(PAUSE_MS);
    if ((await ask().catch(() => GOING)) !== GOING) return renew();
  }
}

/** Does so for this page, if it tells of such work. */
export function followWork(): void {
  if (!document.querySelector("[data-still-going]")) return;
  void renewWhenDone({
    ask: async () => (await fetch(`${location.pathname}?wait=yes`, { method: "HEAD" })).status,
    renew: () => location.replace(location.pathname),
    pause: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  });
}
