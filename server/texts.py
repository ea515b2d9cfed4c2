"""What people read, in their language: one gettext catalogue a language, keyed by stable names.

The catalogues stand in `web/locale/<language>.po`; the same file serves Python, templates and, by
the keys that start with `call.`, TypeScript.
"""

from functools import cache
from types import MappingProxyType

from babel.messages.pofile import read_po

from coaching.words import Language
from server.webfiles import web_root


class Catalogue:
    """The texts of one language."""

    def __init__(self, language: Language, texts: dict[str, str]) -> None:
        """Hold `texts`, by key, with `{name}` places to fill."""
        self.language = language
        self._texts = MappingProxyType(texts)

    def say(self, key: str, /, **params: object) -> str:
        """The text of `key` with its places filled.

        Raises:
            KeyError: there is no such text; `tests/house` finds that before a person does.
        """
        return self._texts[key].format(**params)

    def has(self, key: str) -> bool:
        """Whether there is a text for `key`."""
        return key in self._texts

    def starting_with(self, prefix: str) -> dict[str, str]:
        """All texts whose key starts with `prefix`, unfilled."""
        return {key: text for key, text in self._texts.items() if key.startswith(prefix)}


@cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue of `language`, read once."""
    with (web_root() / "locale" / f"{language}.po").open("rb") as file:
        entries = read_po(file, locale=str(language))
    texts = {str(entry.id): str(entry.string) for entry in entries if entry.id and entry.string}
    return Catalogue(language, texts)
