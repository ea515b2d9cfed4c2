# ruff: noqa: E501 -- drawings are long lines
"""Makes the default film of the practice partner: a drawn guide, a Dutch voice, subtitles.

Run by hand when a sentence below changed. Needs espeak-ng (sudo apt-get install espeak-ng) and
Chromium, which draws. What it makes stands in `signaling/practice/default`, under 2 MB.
"""

import array
import io
import math
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import av
from playwright.sync_api import Page, sync_playwright

from signaling.practice.film import IDLE
from signaling.practice.film_conversion import Part, write_film

FOLDER = Path(__file__).parent.parent / "signaling" / "practice" / "default"
_RATE, _FRAMES = 48_000, 10  # samples and pictures a second
_WIDTH, _HEIGHT = 640, 480  # as it is drawn
_SENT = (448, 336)  # larger, and the film is over 2 MB
_VOICE = ("espeak-ng", "-v", "nl", "-s", "140", "-p", "55", "-g", "2", "--stdout")
_PAUSE = 0.35  # seconds between two sentences
_IDLE_SECONDS = 4
_BLINK = 33  # pictures from one to the next
_LOUD = (300, 1500, 4000)  # from which mean amplitude the mouth opens further

SAID = {
    "welcome": (
        "Dag! Fijn dat u er bent.",
        "Ik ben uw oefengids, een opname.",
        "Er kan niets misgaan. We oefenen samen een videogesprek.",
        "U ziet mij nu, en u hoort mij. Zo gaat het straks ook echt.",
    ),
    "wave": (
        "Nu ziet u zichzelf, zoals een ander u straks ziet.",
        "Zwaai maar eens. Wij bewaren dit beeld niet.",
    ),
    "talk": (
        "Zeg nu rustig uw naam.",
        "Daarna hoort u uw eigen stem terug. Ook die bewaren wij niet.",
    ),
    "sound_off": (
        "Zet nu uw geluid uit, met de knop onder in beeld.",
        "Dan hoort de ander u even niet. Zet het daarna weer aan.",
    ),
    "picture_off": (
        "Zet nu uw beeld uit, met de knop onder in beeld.",
        "Dan ziet de ander u even niet. Zet het daarna weer aan.",
    ),
    "task": (
        "In een gesprek doet u soms samen een kleine taak.",
        "Vink nu de taak op uw scherm aan. Goed zo.",
    ),
    "share": (
        "Op een computer kunt u ook uw scherm laten zien.",
        "Probeer het, als u wilt. Op een telefoon slaat u dit over.",
    ),
    "stutter": (
        "Soms hapert het beeld of het geluid.",
        "Wacht dan even. Lukt het niet, dan belt uw coach u gewoon op.",
    ),
    "leave": (
        "Dit was de oefening. U deed het goed.",
        "Druk op de knop om het gesprek te verlaten. Tot ziens!",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence and its sound."""

    text: str
    sound: array.array  # type: ignore[type-arg]  # of 16-bit samples


def main() -> None:
    """Write film, subtitles and transcript."""
    parts = [_idle()]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium")
        page = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT})
        for name, sentences in SAID.items():
            parts.append(_part(name, [_speak(text) for text in sentences]))
        faces = {look: _face(page, *look) for look in sorted({*_looks(parts)})}
        browser.close()
    FOLDER.mkdir(exist_ok=True)
    write_film(
        FOLDER / "film.webm",
        [
            Part(
                name=one.name,
                pictures=[faces[look] for look in one.looks],
                sound=one.sound,
                cues=one.cues,
            )
            for one in parts
        ],
        frames=_FRAMES,
        bit_rate=50_000,
        key_seconds=2,
    )
    transcript = "\n\n".join(" ".join(sentences) for sentences in SAID.values())
    (FOLDER / "nl.txt").write_text(transcript + "\n", "utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A clip before it is drawn: for each picture how the face looks."""

    name: str
    looks: list[tuple[int, int, int]]  # mouth, eyes, hand
    sound: array.array  # type: ignore[type-arg]  # of 16-bit samples
    cues: list[tuple[float, float, str]]


def _idle() -> Drawn:
    looks = [(0, _eyes(number), 0) for number in range(_IDLE_SECONDS * _FRAMES)]
    return Drawn(name=IDLE, looks=looks, sound=array.array("h"), cues=[])


def _looks(parts: list[Drawn]) -> list[tuple[int, int, int]]:
    return [look for part in parts for look in part.looks]


def _part(name: str, sentences: list[Sentence]) -> Drawn:
    sound, cues = array.array("h"), []
    pause = array.array("h", bytes(2 * round(_PAUSE * _RATE)))
    for sentence in sentences:
        start = len(sound) / _RATE
        sound += sentence.sound
        cues.append((start, len(sound) / _RATE + _PAUSE, sentence.text))
        sound += pause
    step = _RATE // _FRAMES
    waves = name in {"welcome", "wave", "leave"}
    looks = [
        (_mouth(sound[place : place + step]), _eyes(number), _hand(number) if waves else 0)
        for number, place in enumerate(range(0, len(sound), step))
    ]
    return Drawn(name=name, looks=looks, sound=sound, cues=cues)


def _speak(text: str) -> Sentence:
    spoken = subprocess.run([*_VOICE, text], check=True, capture_output=True).stdout
    sound = array.array("h")
    resampler = av.AudioResampler("s16", "mono", _RATE)
    with av.open(io.BytesIO(spoken)) as source:
        for frame in (*source.decode(audio=0), None):
            for part in resampler.resample(frame):
                sound.frombytes(bytes(part.planes[0])[: part.samples * 2])
    return Sentence(text=text, sound=sound)


def _mouth(samples: array.array) -> int:  # type: ignore[type-arg]  # of 16-bit samples
    mean = sum(abs(one) for one in samples[::8]) / max(1, len(samples[::8]))
    return sum(mean > limit for limit in _LOUD)


def _eyes(number: int) -> int:
    return 1 if number % _BLINK == 0 else 0  # a blink each three seconds


def _hand(number: int) -> int:
    return 1 + round(2 + 2 * math.sin(number / 1.5)) if number < 2 * _FRAMES else 0


def _face(page: Page, mouth: int, eyes: int, hand: int) -> av.VideoFrame:
    page.set_content(f"<style>body{{margin:0}}</style>{_drawing(mouth, eyes, hand)}")
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        page.screenshot(path=file.name)
        with av.open(file.name) as image:
            return next(image.decode(video=0)).reformat(
                width=_SENT[0], height=_SENT[1], format="yuv420p", interpolation="AREA"
            )


def _drawing(mouth: int, eyes: int, hand: int) -> str:
    lips = (
        '<path d="M290 292 Q320 314 350 292" stroke="#7a2e2e" stroke-width="6" fill="none" stroke-linecap="round"/>',
        '<ellipse cx="320" cy="297" rx="24" ry="8" fill="#7a2e2e"/>',
        '<ellipse cx="320" cy="299" rx="25" ry="14" fill="#7a2e2e"/><rect x="302" y="287" width="36" height="6" rx="3" fill="#fff"/>',
        '<ellipse cx="320" cy="301" rx="27" ry="20" fill="#7a2e2e"/><rect x="301" y="284" width="38" height="7" rx="3" fill="#fff"/>',
    )[mouth]
    open_eyes = "".join(
        f'<ellipse cx="{x}" cy="222" rx="9" ry="11" fill="#2b2b2b"/><circle cx="{x + 3}" cy="218" r="3" fill="#fff"/>'
        for x in (282, 358)
    )
    shut = "".join(
        f'<path d="M{x - 11} 224 Q{x} 231 {x + 11} 224" stroke="#2b2b2b" stroke-width="4" fill="none"/>'
        for x in (282, 358)
    )
    turn = (hand - 3) * 12
    waving = (
        f'<g transform="rotate({turn} 520 420)"><path d="M505 470 L512 350" stroke="#1f6f78" stroke-width="56" stroke-linecap="round"/>'
        '<circle cx="514" cy="292" r="34" fill="#f0c3a0"/>'
        '<path d="M492 274 L484 236 M506 264 L503 222 M522 264 L526 222 M537 274 L547 240 M484 300 L462 288" stroke="#f0c3a0" stroke-width="15" stroke-linecap="round"/></g>'
        if hand
        else ""
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480" viewBox="0 0 640 480">
<rect width="640" height="480" fill="#e9f1f2"/>
<rect x="40" y="50" width="130" height="170" rx="6" fill="#fff" stroke="#c5d6d9" stroke-width="4"/>
<path d="M60 200 L95 140 L120 175 L135 155 L152 200 Z" fill="#a9cfc4"/><circle cx="128" cy="90" r="16" fill="#f5cf6b"/>
<rect x="520" y="150" width="70" height="60" rx="8" fill="#c77b58"/>
<path d="M555 150 Q530 100 520 70 M555 150 Q556 95 560 60 M555 150 Q580 105 594 80" stroke="#4d8a5f" stroke-width="10" fill="none" stroke-linecap="round"/>
<path d="M150 480 Q170 380 262 366 L378 366 Q470 380 490 480 Z" fill="#1f6f78"/>
<path d="M280 366 L320 420 L360 366 Z" fill="#f7f7f2"/>
<rect x="288" y="320" width="64" height="62" rx="28" fill="#e6b38e"/>
<ellipse cx="320" cy="170" rx="118" ry="110" fill="#5b3a29"/>
<ellipse cx="320" cy="236" rx="94" ry="112" fill="#f0c3a0"/>
<path d="M226 222 Q236 128 330 138 Q404 142 414 222 Q396 170 340 172 Q262 176 226 222 Z" fill="#5b3a29"/>
<path d="M266 196 Q282 186 298 196 M342 196 Q358 186 374 196" stroke="#5b3a29" stroke-width="6" fill="none" stroke-linecap="round"/>
<path d="M320 228 Q312 256 322 262" stroke="#d79a74" stroke-width="5" fill="none" stroke-linecap="round"/>
<circle cx="262" cy="268" r="14" fill="#eeb091"/><circle cx="378" cy="268" r="14" fill="#eeb091"/>
{shut if eyes else open_eyes}{lips}{waving}
</svg>"""


if __name__ == "__main__":
    main()
