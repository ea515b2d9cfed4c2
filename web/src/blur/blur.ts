// The own camera with what is behind the person made vague. Loaded only when somebody asks for it.

import address from "./blur-worker?worker&url";
import { blurred, isTooSlow, type Pace, started } from "./pace";

/** Where the build put library and model; nothing comes from another host. */
declare const __BLUR_FOLDER__: string;

const PICTURES_PER_SECOND = 20;
const WIDEST = 640;

export type Stopped = "slow" | "failed";

export class Blur {
  readonly track: MediaStreamTrack;
  readonly #worker: Worker;
  readonly #source: MediaStreamTrack;
  readonly #camera: HTMLVideoElement;
  readonly #onStop: (why: Stopped) => void;
  readonly #looking: number;
  #pace: Pace = started(performance.now());
  #askedAt: number | null = null;
  #over = false;

  /** Blurs `camera` from now on; `onFirst` when there is something to show. */
  constructor(camera: MediaStreamTrack, onFirst: () => void, onStop: (why: Stopped) => void) {
    this.#onStop = onStop;
    this.#source = camera;
    this.#camera = document.createElement("video");
    this.#camera.muted = true;
    this.#camera.playsInline = true;
    this.#camera.srcObject = new MediaStream([camera]);
    void this.#camera.play().catch(() => undefined);
    const canvas = document.createElement("canvas");
    canvas.width = WIDEST;
    canvas.height = (WIDEST * 3) / 4;
    const pen = canvas.getContext("2d");
    const [track] = canvas.captureStream(PICTURES_PER_SECOND).getVideoTracks();
    if (pen === null || track === undefined) throw new Error("no canvas");
    this.track = track;
    this.track.contentHint = "motion";
    this.#worker = worker();
    this.#worker.onerror = () => this.#end("failed");
    this.#worker.onmessage = ({ data }: MessageEvent<{ picture?: ImageBitmap }>) => {
      if (data.picture === undefined) return this.#end("failed");
      if (this.#pace.kind === "starting") onFirst();
      show(pen, data.picture);
      this.#pace = blurred(this.#pace, performance.now() - (this.#askedAt ?? 0));
      this.#askedAt = null;
    };
    this.#worker.postMessage({ folder: new URL(__BLUR_FOLDER__, location.href).href });
    this.#looking = window.setInterval(() => void this.#look(), 1000 / PICTURES_PER_SECOND);
  }

  stop(): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#looking);
    this.#worker.terminate();
    this.#camera.srcObject = null;
    this.track.stop();
  }

  // One picture at a time: a slow device blurs fewer of them, and never an old one.
  async #look(): Promise<void> {
    // A camera that is switched off sends nothing, at once: not even what is being blurred.
    this.track.enabled = this.#source.enabled;
    if (isTooSlow(this.#pace, performance.now())) return this.#end("slow");
    if (this.#askedAt !== null || this.#camera.videoWidth === 0) return;
    this.#askedAt = performance.now();
    const resizeWidth = Math.min(WIDEST, this.#camera.videoWidth);
    const { videoWidth, videoHeight } = this.#camera;
    const resizeHeight = Math.round((resizeWidth * videoHeight) / videoWidth);
    try {
      const picture = await createImageBitmap(this.#camera, { resizeWidth, resizeHeight });
      this.#worker.postMessage({ picture }, [picture]);
    } catch {
      this.#askedAt = null;
    }
  }

  #end(why: Stopped): void {
    if (this.#over) return;
    this.stop();
    this.#onStop(why);
  }
}

function show(pen: CanvasRenderingContext2D, picture: ImageBitmap): void {
  const { canvas } = pen;
  if (canvas.width !== picture.width || canvas.height !== picture.height) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  pen.drawImage(picture, 0, 0);
  picture.close();
}

interface Trusted {
  createPolicy(
    name: string,
    rules: { createScriptURL: (url: string) => string },
  ): {
    createScriptURL(url: string): string;
  };
}

// Pages of ours start a script only from an address that a named policy vouches for.
function worker(): Worker {
  const { trustedTypes } = window as unknown as { trustedTypes?: Trusted };
  const policy = trustedTypes?.createPolicy("blur", { createScriptURL: (url) => url });
  return new Worker(policy?.createScriptURL(address) ?? address);
}
