// The other's face in a small window over other programs, where the browser can.

import { show } from "./elements";

/** Lets `button` put the picture of `video` in a small window and back. */
export function smallWindow(video: HTMLVideoElement, button: HTMLElement): void {
  show(button, document.pictureInPictureEnabled === true);
  button.addEventListener("click", () => {
    if (document.pictureInPictureElement !== null) void document.exitPictureInPicture();
    // Before the first picture there is nothing to show; the next press may find one.
    else void video.requestPictureInPicture().catch(() => undefined);
  });
}
