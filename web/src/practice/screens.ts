// Sharing the own screen with the guide, to try it out once.

export interface ScreensParts {
  readonly pick: () => Promise<MediaStream>;
  readonly share: (stream: MediaStream | null) => void;
  readonly onShared: () => void;
}

export class Screens {
  readonly #parts: ScreensParts;
  #stream: MediaStream | null = null;

  constructor(parts: ScreensParts) {
    this.#parts = parts;
  }

  /** Asks what to show. Whoever sends the box away may press again. */
  async start(): Promise<void> {
    try {
      this.#stream = await this.#parts.pick();
    } catch {
      return;
    }
    const [track] = this.#stream.getVideoTracks();
    if (track !== undefined) track.onended = () => this.stop();
    this.#parts.share(this.#stream);
    this.#parts.onShared();
  }

  /** Stops, when there is something to stop. */
  stop(): void {
    if (this.#stream === null) return;
    for (const track of this.#stream.getTracks()) track.stop();
    this.#stream = null;
    this.#parts.share(null);
  }
}
