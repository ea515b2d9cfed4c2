// Which camera, microphone and loudspeaker: a choice where there is one, kept for the next time.

import { chime } from "../call/chime";
import { choosesLoudspeaker } from "../call/webkit";
import { type Chosen, recall, remember } from "./browser";
import { find, maybe, show, word } from "./elements";

const KINDS: Readonly<Record<Chosen, MediaDeviceKind>> = {
  camera: "videoinput",
  microphone: "audioinput",
  loudspeaker: "audiooutput",
};
const CHOICES = Object.keys(KINDS) as Chosen[];

export interface DeviceTexts {
  readonly name: (what: Chosen, number: number) => string;
  readonly sounded: string;
}

/**
 * Fills the choices with what there is beside `own`, and again at each change of devices. `onChoice`
 * hears that another camera or microphone was chosen; the loudspeaker is set right away.
 */
export function deviceChoice(
  texts: DeviceTexts,
  audio: () => AudioContext,
  onChoice: () => void,
): (own: MediaStream | null) => void {
  let own: MediaStream | null = null;
  const draw = () => void fillIn(own, texts);
  for (const what of CHOICES) {
    find<HTMLSelectElement>(`choose-${what}`).addEventListener("change", (event) => {
      remember(what, (event.target as HTMLSelectElement).value);
      if (what === "loudspeaker") void sendSoundTo(find<HTMLVideoElement>("remote"));
      else onChoice();
    });
  }
  maybe("test-sound")?.addEventListener("click", () => void testSound(audio(), texts));
  navigator.mediaDevices?.addEventListener("devicechange", draw);
  return (stream) => {
    if (stream === own) return;
    own = stream;
    draw();
  };
}

async function fillIn(own: MediaStream | null, texts: DeviceTexts): Promise<void> {
  if (own === null) return;
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  let choices = 0;
  for (const what of CHOICES) {
    const found = all.filter(({ kind, deviceId }) => kind === KINDS[what] && deviceId !== "");
    const useful =
      what === "loudspeaker"
        ? choosesLoudspeaker(canChooseSound(), found.length)
        : found.length > 1;
    if (useful) choices += 1;
    fillOne(what, found, used(own, what), texts);
    show(find(`choice-${what}`), useful);
  }
  show(find("devices"), choices > 0);
}

// The list is only made anew when it changed: a select that is open in a hand must not close.
function fillOne(what: Chosen, found: MediaDeviceInfo[], now: string, texts: DeviceTexts): void {
  const select = find<HTMLSelectElement>(`choose-${what}`);
  const ids = found.map(({ deviceId }) => deviceId).join(" ");
  if (select.dataset.ids !== ids) {
    select.dataset.ids = ids;
    select.replaceChildren(
      ...found.map(({ deviceId, label }, i) => {
        return new Option(label || texts.name(what, i + 1), deviceId);
      }),
    );
  }
  if (found.some(({ deviceId }) => deviceId === now)) select.value = now;
}

function used(own: MediaStream, what: Chosen): string {
  if (what === "loudspeaker") return recall(what);
  const tracks = what === "camera" ? own.getVideoTracks() : own.getAudioTracks();
  return tracks[0]?.getSettings().deviceId ?? "";
}

const canChooseSound = (): boolean => "setSinkId" in HTMLMediaElement.prototype;

/** Lets `element` sound where the person chose; where that is gone, the usual place sounds. */
export async function sendSoundTo(element: HTMLMediaElement): Promise<void> {
  if (!canChooseSound()) return;
  await element.setSinkId(recall("loudspeaker")).catch(() => undefined);
}

async function testSound(audio: AudioContext, texts: DeviceTexts): Promise<void> {
  await audio.resume();
  const way = audio.createMediaStreamDestination();
  const player = new Audio();
  player.srcObject = way.stream;
  await sendSoundTo(player);
  await player.play().catch(() => undefined);
  chime(audio, way);
  word(find("sound-said"), texts.sounded);
}
