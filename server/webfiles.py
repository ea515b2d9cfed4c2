"""The web part: where it lies, and the built files with a hash in their name."""

import gzip
import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

_INSTALLED = Path(__file__).parent / "_web"
_CHECKOUT = Path(__file__).parent.parent / "web"
_MANIFEST = "manifest.json"
_READY = ".gz"  # beside a large file: what the build packed already
_PACKED = frozenset({".js", ".css", ".svg", ".json", ".html"})


class WebPartMissing(Exception):
    """The web part was never built; the text names the command that builds it."""


def web_root() -> Path:
    """The folder with `templates`, `locale` and the built `dist`."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFile:
    """One built file, ready to be sent."""

    plain: bytes
    packed: bytes | None  # gzip, where that is smaller
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFiles:
    """All built files by path under /static/, and the entry points by name."""

    files: Mapping[str, WebFile]
    entries: Mapping[str, str]

    def address(self, entry: str) -> str:
        """The address of an entry point: `call`, `staff`, `main.css` or `call.css`.

        Raises:
            KeyError: the web part has no such entry.
        """
        return f"/static/{self.entries[entry]}"


def load_web_files(dist: Path | None = None) -> WebFiles:
    """Read the built web part into memory: it is small, and no path of a visitor reaches a disk.

    Raises:
        WebPartMissing: there is no manifest.
    """
    folder = dist or web_root() / "dist"
    manifest = folder / _MANIFEST
    if not manifest.is_file():
        raise WebPartMissing("the web part is not built; run: cd web && npm ci && npm run build")
    return _load(folder, manifest.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _load(folder: Path, _built: int) -> WebFiles:
    """What stands in `folder`; packed once for every application of a process."""
    files = {
        path.relative_to(folder).as_posix(): _read(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != _MANIFEST and path.suffix != _READY
    }
    entries = _entries(json.loads((folder / _MANIFEST).read_text("utf-8")))
    return WebFiles(files=MappingProxyType(files), entries=MappingProxyType(entries))


def _read(path: Path) -> WebFile:
    plain = path.read_bytes()
    ready = path.with_name(path.name + _READY)
    if ready.is_file():
        packed = ready.read_bytes()
    else:
        packed = gzip.compress(plain, 9, mtime=0) if path.suffix in _PACKED else plain
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return WebFile(
        plain=plain, packed=packed if len(packed) < len(plain) else None, content_type=kind
    )


def _entries(manifest: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Entry points by short name: `src/call-page.ts` is `call`, `styles/main.css` is `main.css`."""
    found = {}
    for source, built in manifest.items():
        name = Path(source).name
        if source.startswith("styles/"):
            found[name] = built["file"]
        elif built.get("isEntry"):
            found[name.removesuffix("-page.ts")] = built["file"]
    return found
