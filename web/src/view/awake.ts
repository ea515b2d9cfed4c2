// Keeps the screen on while somebody waits or talks: a phone that goes dark lets go of the camera.

/** A function that says whether the screen has to stay on. */
export function screenKeeper(): (wanted: boolean) => void {
  let lock: Promise<WakeLockSentinel | null> | null = null;
  let wanted = false;
  const look = () => {
    if (wanted && !document.hidden) lock ??= ask();
    else {
      void lock?.then((held) => held?.release());
      lock = null;
    }
  };
  // The browser lets go by itself when the page is hidden.
  document.addEventListener("visibilitychange", look);
  return (now) => {
    if (now === wanted) return;
    wanted = now;
    look();
  };
}

// Not every browser can, and none does on a nearly empty battery: the talk does not depend on it.
async function ask(): Promise<WakeLockSentinel | null> {
  try {
    return await navigator.wakeLock.request("screen");
  } catch {
    return null;
  }
}
