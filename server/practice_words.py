"""What the guide says, to be read: of the organisation's own film, or of ours."""

from server.config import Settings
from signaling.practice.cues import DEFAULT_WORDS, read_cues

OWN_FILM = "film.webm"  # in the folder `practice` of the data


def words_of_guide(settings: Settings) -> tuple[str, ...]:
    """The words in paragraphs; none of an own film without subtitles."""
    own = settings.data_dir / "practice" / OWN_FILM
    if own.is_file():
        return tuple(cue.text for cue in read_cues(own.with_suffix(".vtt")))
    return tuple(DEFAULT_WORDS.read_text("utf-8").strip().split("\n\n"))
