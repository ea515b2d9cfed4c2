"""Makes the sentence that people listen to before the practice talk, as `web` serves it.

Run by hand when `practise.voice` changed; needs espeak-ng (sudo apt-get install espeak-ng).
"""

import io
import subprocess
from pathlib import Path

import av

from coaching.words import Language
from server.texts import catalogue

_FOLDER = Path(__file__).parent.parent / "web" / "src" / "practice"
_VOICES = {Language.NL: "nl", Language.EN: "en-gb"}
_BITS_PER_SECOND = 32_000


def main() -> None:
    """Write one file a language."""
    for language, voice in _VOICES.items():
        sentence = catalogue(language).say("practise.voice")
        command = ["espeak-ng", "-v", voice, "-s", "135", "-p", "45", "--stdout", sentence]
        spoken = subprocess.run(command, check=True, capture_output=True).stdout
        (_FOLDER / f"voice-{language}.mp3").write_bytes(_as_mp3(spoken))


def _as_mp3(wave: bytes) -> bytes:
    out = io.BytesIO()
    with av.open(io.BytesIO(wave)) as source, av.open(out, "w", format="mp3") as target:
        stream = target.add_stream("libmp3lame", rate=22_050, layout="mono")
        stream.bit_rate = _BITS_PER_SECOND
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return out.getvalue()


if __name__ == "__main__":
    main()
