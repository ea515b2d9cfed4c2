// A soft sound of two tones, made on the spot: the candidate is at the door.

const TONES_HZ = [523.25, 659.25] as const;
const LOUDNESS = 0.15;
const TONE_SECONDS = 0.35;

/** Sounds once, at `way`; silent when the browser does not allow sound yet. */
export function chime(audio: AudioContext, way: AudioNode = audio.destination): void {
  TONES_HZ.forEach((hertz, i) => {
    const begin = audio.currentTime + i * TONE_SECONDS * 0.6;
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + TONE_SECONDS);
    tone.connect(volume).connect(way);
    tone.start(begin);
    tone.stop(begin + TONE_SECONDS);
  });
}
