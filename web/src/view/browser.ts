// The browser's own parts in the form the session asks for.

import { type Browser, type Evidence, type Os, surroundings, type Wanted } from "../call/classify";
import type { MediaParts } from "../call/media";
import type { Ticket, Wire } from "../wire/socket";
import type { Facts } from "./facts";

export function mediaParts(): MediaParts {
  return {
    // A camera that no connection could carry is of no use: some builds of WebKit have just that.
    get devices() {
      const carries = "RTCPeerConnection" in window;
      return carries ? (navigator.mediaDevices as MediaDevices | undefined) : undefined;
    },
    secure: window.isSecureContext,
    permission: permissionOf,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    nowMs: () => performance.now(),
    chosen: () => ({ camera: recall("camera"), microphone: recall("microphone") }),
    ...around(),
  };
}

/** Operating system and browser of this page. */
export function around(): { os: Os; browser: Browser } {
  return surroundings(navigator.userAgent, navigator.maxTouchPoints);
}

export type Chosen = "camera" | "microphone" | "loudspeaker";

/** The device that was chosen on this computer; empty where none was, or nothing may be kept. */
export function recall(what: Chosen): string {
  try {
    return localStorage.getItem(`chosen:${what}`) ?? "";
  } catch {
    return "";
  }
}

/** Keeps a choice for the next time. */
export function remember(what: Chosen, device: string): void {
  try {
    localStorage.setItem(`chosen:${what}`, device);
  } catch {
    // A browser that keeps nothing asks again next time.
  }
}

/** State of the Permissions API; null where the browser does not say. */
export async function permissionOf(wanted: Wanted): Promise<Evidence["permission"]> {
  return (await permissionStatus(wanted))?.state ?? null;
}

async function permissionStatus(wanted: Wanted): Promise<PermissionStatus | null> {
  try {
    return await navigator.permissions.query({ name: wanted as PermissionName });
  } catch {
    return null;
  }
}

/** Calls `run` whenever camera, microphone, permission, network or attention changed. */
export async function onSurroundings(run: () => void): Promise<void> {
  navigator.mediaDevices?.addEventListener("devicechange", run);
  window.addEventListener("focus", run);
  window.addEventListener("online", run);
  document.addEventListener("visibilitychange", () => document.hidden || run());
  for (const wanted of ["camera", "microphone"] as const) {
    (await permissionStatus(wanted))?.addEventListener("change", run);
  }
}

/** Calls `run` when somebody looks at the page again. */
export function onReturn(run: () => void): void {
  document.addEventListener("visibilitychange", () => document.hidden || run());
}

/** Loads a page anew that the browser kept whole (bfcache): its lines and tracks are dead. */
export function reloadWhenKept(page: EventTarget = window, reload = () => location.reload()): void {
  page.addEventListener("pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) reload();
  });
}

/** What this browser can receive of pictures, in its own order. */
export function videoCodecs(): readonly RTCRtpCodec[] {
  return RTCRtpReceiver.getCapabilities?.("video")?.codecs ?? [];
}

const TICKET_MS = 12_000;

/** Asks for a ticket to the seat of this page. */
export async function askTicket(facts: Facts): Promise<Ticket> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), TICKET_MS);
  try {
    const answer = await fetch("/api/ticket", {
      method: "POST",
      signal: patience.signal,
      headers: { "Content-Type": "application/json", "X-CSRF": facts.csrf },
      body: JSON.stringify({ meeting: facts.meeting }),
    });
    if (answer.status >= 500 || answer.status === 429) return { kind: "unreachable" };
    return readTicket(await answer.json());
  } catch {
    return { kind: "unreachable" };
  } finally {
    clearTimeout(timer);
  }
}

function readTicket(body: { ticket?: unknown; text?: unknown }): Ticket {
  if (typeof body.ticket === "string") return { kind: "ticket", ticket: body.ticket };
  return { kind: "refused", text: typeof body.text === "string" ? body.text : "" };
}

/** A socket to the signalling, by default that of talks. */
export function openSocket(path = "/ws"): Wire {
  const address = new URL(path, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  const wire: Wire = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame);
    },
    close: (code) => socket.close(code),
  };
  socket.onopen = () => wire.onopen?.();
  socket.onmessage = ({ data }) => wire.onmessage?.({ data });
  socket.onclose = ({ code }) => wire.onclose?.({ code });
  return wire;
}

/** Whether this page was in the talk before it was loaded again. */
export function memory(meeting: string): { recall(): boolean; remember(inTalk: boolean): void } {
  const key = `talk:${meeting}`;
  return {
    recall: () => sessionStorage.getItem(key) !== null,
    remember: (inTalk) =>
      inTalk ? sessionStorage.setItem(key, "in") : sessionStorage.removeItem(key),
  };
}
