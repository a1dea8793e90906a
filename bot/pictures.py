"""Pictures: SVG drawn to PNG, with the font that comes with the program.

resvg draws no text and reports no error where it has no font, so the font is looked for first.
"""

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import resvg_py

from commands.core.ports import Finding

FAMILY: Final = "Noto Sans CJK SC"
_PACKAGE: Final = "manimgx_fonts_cjk"
ZOOM: Final = 2.0
"""Drawn at twice its size, for the screens of phones."""


class NoFont(Exception):
    """Say that there is no font to draw with, and how to name one."""


def font(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the font file: `DRUMBEAT_FONT`, else the one of the package.

    Raises:
        NoFont: neither is there.
    """
    named = environ.get("DRUMBEAT_FONT")
    spec = find_spec(_PACKAGE)
    folder = Path(spec.origin).parent if spec is not None and spec.origin else None
    found = Path(named) if named else next(iter(sorted(folder.glob("*.ttc"))), None) if folder else None
    if found is None or not found.is_file():
        raise NoFont(f"no font at {found or _PACKAGE}: set DRUMBEAT_FONT to a font file with Chinese letters")
    return found


def png_of(svg: str) -> bytes:
    """Draw a picture; takes some 100 ms, so not on the loop.

    Raises:
        NoFont: there is no font to draw with.
        ValueError: this is no SVG.
    """
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=ZOOM,
            background="#ffffff",
            skip_system_fonts=True,
            font_files=[str(font())],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
        )
    )


def find_font() -> Finding:
    """Look for the font, for the doctor."""
    try:
        return Finding("font", is_fine=True, detail=str(font()))
    except NoFont as error:
        return Finding("font", is_fine=False, detail=str(error), remedy="set DRUMBEAT_FONT")
