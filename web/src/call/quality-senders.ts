// Tells a browser what to give room first: sound, then the face, then a shared screen.

import { encodingOf, givesUp } from "./quality-ladder";

const SCREEN_BITS_PER_SECOND = 1_800_000;
const USUAL_LINES = 720;

/** Sets the senders of `connection` for this step of the ladder; `screen` is not a face. */
export async function setSenders(
  connection: Pick<RTCPeerConnection, "getSenders">,
  screen: RTCRtpSender | undefined,
  step: number,
): Promise<void> {
  for (const sender of connection.getSenders()) {
    const parameters = sender.getParameters();
    const [encoding] = parameters.encodings ?? [];
    if (encoding === undefined || sender.track === null) continue;
    if (sender.track.kind === "audio") {
      Object.assign(encoding, { priority: "high", networkPriority: "high" });
    } else if (sender === screen) {
      // Letters have to be read: fewer pictures a second rather than smaller ones.
      Object.assign(encoding, { maxBitrate: SCREEN_BITS_PER_SECOND });
      Object.assign(parameters, { degradationPreference: "maintain-resolution" });
    } else {
      const lines = sender.track.getSettings().height ?? USUAL_LINES;
      Object.assign(encoding, encodingOf(step, lines), { priority: "low", networkPriority: "low" });
      Object.assign(parameters, { degradationPreference: givesUp(step) });
    }
    // A browser that knows none of these sends as it sees fit: the talk does not depend on it.
    await sender.setParameters(parameters).catch(() => undefined);
  }
}
