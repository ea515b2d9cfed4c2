"""Where the web part lies: in the checkout beside this package, or inside the installed wheel."""

from pathlib import Path

_INSTALLED = Path(__file__).parent / "_web"
_CHECKOUT = Path(__file__).parent.parent / "web"


def web_root() -> Path:
    """The folder with `templates`, `locale` and the built `dist`."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT
