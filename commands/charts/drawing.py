"""What all pictures share: their templates, and how a title is cut."""

import functools
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template


@functools.cache
def template(name: str) -> Template:
    """Give the SVG template `name.svg.j2` of this directory; what it is given is escaped."""
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True).get_template(f"{name}.svg.j2")


def cut(title: str, characters: int) -> str:
    """Shorten a title to so many characters."""
    return title if len(title) <= characters else f"{title[: characters - 1]}…"
