"""An address as a code that the camera of a phone reads."""

import io

import segno
from markupsafe import Markup


def code_picture(address: str) -> Markup:
    """The address as a code for a phone's camera, drawn in the page (ISO/IEC 18004)."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, nl=False, omitsize=True, border=4
    )
    return Markup(out.getvalue().decode())  # noqa: S704 -- drawn by us, holds no text of anybody
