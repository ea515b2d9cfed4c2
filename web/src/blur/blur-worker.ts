// Blurs what is behind a person, beside the page: a slow picture never holds up the talk.
//
// It runs in a worker with a Content-Security-Policy of its own, so that the page itself may run no
// WebAssembly. The library looks for a page around it; what it needs of one stands here.

interface Found {
  readonly segmentationMask: CanvasImageSource;
}

interface Segmenter {
  setOptions(options: { modelSelection: number; useCpuInference: boolean }): void;
  initialize(): Promise<void>;
  onResults(hear: (found: Found) => void): void;
  send(input: { image: OffscreenCanvas }): Promise<void>;
}

interface Around {
  window: unknown;
  document: unknown;
  alert: (text: string) => void;
  importScripts(...addresses: string[]): void;
  SelfieSegmentation: new (parts: { locateFile: (file: string) => string }) => Segmenter;
  postMessage(message: unknown, give?: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
}

const around = self as unknown as Around;
const LANDSCAPE = 1;
const SMALLER = 24;
/** What the model sees of a picture: it would make it this small itself, for much more work. */
const SEEN = { width: 256, height: 144 };
const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;

class ScriptElement {
  src = "";
  readonly #hear = new Map<string, () => void>();

  setAttribute(name: string, value: string): void {
    if (name === "src") this.src = value;
  }

  addEventListener(name: string, run: () => void): void {
    this.#hear.set(name, run);
  }

  load(): void {
    let happened = "load";
    try {
      around.importScripts(this.src);
    } catch {
      happened = "error";
    }
    this.#hear.get(happened)?.();
  }
}

around.window = self;
around.alert = (text) => around.postMessage({ failed: text });
around.document = {
  createElement: (kind: string) =>
    kind === "canvas" ? new OffscreenCanvas(1, 1) : new ScriptElement(),
  body: { appendChild: (element: ScriptElement) => element.load() },
  addEventListener: () => undefined,
  querySelector: () => null,
};

const seen = new OffscreenCanvas(SEEN.width, SEEN.height);
const frame = new OffscreenCanvas(1, 1);
const small = new OffscreenCanvas(1, 1);
const shown = new OffscreenCanvas(1, 1);
let ready: Promise<Segmenter> | null = null;

async function prepare(folder: string): Promise<Segmenter> {
  around.importScripts(`${folder}selfie_segmentation.js`);
  const segmenter = new around.SelfieSegmentation({ locateFile: (file) => folder + file });
  segmenter.setOptions({ modelSelection: LANDSCAPE, useCpuInference: drawsItself() });
  segmenter.onResults(({ segmentationMask }) => draw(segmentationMask));
  await segmenter.initialize();
  return segmenter;
}

// Whether the browser has no graphics chip to draw with, and plays one itself: then the model is
// many times quicker without it. The library's types know nothing of this choice; its code does.
function drawsItself(): boolean {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  if (gl === null) return true;
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  const renderer = String(gl.getParameter(named?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return SOFTWARE.test(renderer);
}

function pen(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const found = canvas.getContext("2d");
  if (found === null) throw new Error("no canvas");
  return found;
}

// The person as they are, over the whole picture made small and large again.
function draw(mask: CanvasImageSource): void {
  const { width, height } = frame;
  pen(small).drawImage(frame, 0, 0, small.width, small.height);
  const over = pen(shown);
  over.globalCompositeOperation = "copy";
  over.drawImage(mask, 0, 0, width, height);
  over.globalCompositeOperation = "source-in";
  over.drawImage(frame, 0, 0);
  over.globalCompositeOperation = "destination-over";
  over.imageSmoothingQuality = "high";
  over.drawImage(small, 0, 0, width, height);
  const picture = shown.transferToImageBitmap();
  around.postMessage({ picture }, [picture]);
}

function size(picture: ImageBitmap): void {
  if (frame.width === picture.width && frame.height === picture.height) return;
  for (const canvas of [frame, shown]) {
    canvas.width = picture.width;
    canvas.height = picture.height;
  }
  small.width = Math.max(1, Math.round(picture.width / SMALLER));
  small.height = Math.max(1, Math.round(picture.height / SMALLER));
}

around.onmessage = async ({ data }: MessageEvent<{ folder?: string; picture?: ImageBitmap }>) => {
  try {
    if (data.folder !== undefined) ready = prepare(data.folder);
    const segmenter = await ready;
    if (segmenter === null || data.picture === undefined) return;
    size(data.picture);
    pen(frame).drawImage(data.picture, 0, 0);
    pen(seen).drawImage(data.picture, 0, 0, SEEN.width, SEEN.height);
    data.picture.close();
    await segmenter.send({ image: seen });
  } catch (error) {
    around.postMessage({ failed: String(error) });
  }
};
