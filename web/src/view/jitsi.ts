// The frame of the operator's Jitsi in the page of the talk.

import {
  type JitsiDevices,
  type JitsiEvent,
  type JitsiFrame,
  jitsiConfig,
  type OpenJitsi,
} from "../call/jitsi";
import type { StartJitsi } from "../wire/messages";
import { find, show } from "./elements";
import type { Facts } from "./facts";

interface JitsiApi {
  addListener(name: JitsiEvent, hear: (what: unknown) => void): void;
  dispose(): void;
}

declare global {
  interface Window {
    /** Of `external_api.js`, which the page loads from the operator's host. */
    JitsiMeetExternalAPI?: new (
      host: string,
      options: object,
    ) => JitsiApi;
  }
}

const LOAD_MS = 5_000;
const LOOK_MS = 100;

type Api = NonNullable<Window["JitsiMeetExternalAPI"]>;

/** Opens the room in the page; null when the operator's Jitsi does not load within 5 s. */
export function openJitsi(facts: Facts): OpenJitsi {
  return async (start, devices) => {
    const Api = await loaded(performance.now() + LOAD_MS);
    if (Api === null) return null;
    const place = find("jitsi");
    show(place, true);
    document.body.classList.add("by-jitsi");
    return frameOf(new Api(start.host, optionsOf(start, devices, facts, place)), place);
  };
}

// Its script comes beside our own, from a host that may be slow: the page does not wait for it.
async function loaded(untilMs: number): Promise<Api | null> {
  while (window.JitsiMeetExternalAPI === undefined) {
    if (performance.now() >= untilMs) return null;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return window.JitsiMeetExternalAPI;
}

function optionsOf(
  start: StartJitsi,
  devices: JitsiDevices,
  facts: Facts,
  parentNode: HTMLElement,
): object {
  return {
    roomName: start.room,
    jwt: start.token,
    devices,
    parentNode,
    width: "100%",
    height: "100%",
    lang: document.documentElement.lang,
    userInfo: { displayName: facts.own_name },
    configOverwrite: { ...jitsiConfig(start.direct, withoutCamera(facts)), subject: facts.title },
  };
}

const withoutCamera = ({ role, camera_waiver }: Facts): boolean =>
  role === "candidate" && camera_waiver;

function frameOf(api: JitsiApi, place: HTMLElement): JitsiFrame {
  return {
    on: (name, hear) => api.addListener(name, hear),
    dispose: () => {
      api.dispose();
      show(place, false);
      document.body.classList.remove("by-jitsi");
    },
  };
}
