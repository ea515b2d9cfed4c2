// How loud the own microphone is, for the moving bar.

/** Loudness of one block of samples (-1 to 1) on a bar from 0 to 1; speech fills about half. */
export function loudness(samples: Float32Array): number {
  let squares = 0;
  for (const sample of samples) squares += sample * sample;
  const decibels = 20 * Math.log10(Math.sqrt(squares / samples.length) || 1e-6);
  return Math.min(1, Math.max(0, (decibels + 60) / 60));
}

/** Reads the level of `stream` until stopped. */
export class Level {
  readonly #analyser: AnalyserNode;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(audio: AudioContext, stream: MediaStream) {
    this.#analyser = audio.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source = audio.createMediaStreamSource(stream);
    this.#source.connect(this.#analyser);
  }

  read(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return loudness(this.#samples);
  }

  stop(): void {
    this.#source.disconnect();
  }
}
