// Whether the other side chose one of the times of a talk that failed.

const LOOK_MS = 3000;

/** What the fallback page said: the whole of it, and the part that both pages show. */
export interface Chosen {
  readonly page: Document;
  readonly part: Element;
}

/** Looks at the fallback page at `url` until a time was chosen; stops where it shows no times any more. */
export function awaitChoice(url: string, onChosen: (chosen: Chosen) => void): void {
  setTimeout(() => look(url, onChosen), LOOK_MS);
}

function look(url: string, onChosen: (chosen: Chosen) => void): void {
  // Not fetch: its text would have to become elements, which our Trusted Types policy forbids.
  const call = new XMLHttpRequest();
  call.responseType = "document";
  call.open("GET", url);
  call.onloadend = () => {
    const page: Document | null = call.response;
    const part = page?.querySelector("#fallback[data-failed]") ?? null;
    if (page !== null && part?.hasAttribute("data-chosen")) onChosen({ page, part });
    // A line or a server that is away for a moment; a page without times is a talk that goes on.
    else if (part !== null || call.status === 0 || call.status >= 500) awaitChoice(url, onChosen);
  };
  call.send();
}
