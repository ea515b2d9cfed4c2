"""Names and sentences made harmless before they go into a calendar or a mail."""

import unicodedata

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_SPACES = frozenset({"Zs", "Zl", "Zp"})


def harmless(text: str, *, limit: int = 120) -> str:
    """One line of at most `limit` letters, without controls, direction marks or lone surrogates.

    White space of any kind becomes one blank; what is cut off ends in an ellipsis.
    """
    kept = "".join(_letter(letter) for letter in text)
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _letter(letter: str) -> str:
    if letter in "\t\n\v\f\r":
        return " "
    category = unicodedata.category(letter)
    if category in _SPACES:
        return " "
    return "" if category in _DROPPED else letter
