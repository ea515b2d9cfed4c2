// The frame of the operator's Jitsi in the page of the talk.

import { type JitsiEvent, type JitsiFrame, jitsiConfig, type OpenJitsi } from "../call/jitsi";
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

/** Opens the room in the page; null when the operator's Jitsi could not be loaded. */
export function openJitsi(facts: Facts): OpenJitsi {
  return (start) => {
    const Api = window.JitsiMeetExternalAPI;
    if (Api === undefined) return null;
    const place = find("jitsi");
    show(place, true);
    document.body.classList.add("by-jitsi");
    return frameOf(new Api(start.host, optionsOf(start, facts, place)), place);
  };
}

function optionsOf(start: StartJitsi, facts: Facts, parentNode: HTMLElement): object {
  return {
    roomName: start.room,
    jwt: start.token,
    parentNode,
    width: "100%",
    height: "100%",
    lang: document.documentElement.lang,
    userInfo: { displayName: facts.own_name },
    configOverwrite: { ...jitsiConfig(start.direct), subject: facts.title },
  };
}

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
