"""Longer texts from templates: one for all languages, whose words come from the catalogs by t() and tn().

An operator may put a template of the same name into a directory of their own. It runs in a sandbox, and where it is
broken ours is taken instead; the doctor names it.
"""

import functools
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import BaseLoader, FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

SHIPPED: Final = Path(__file__).parent / "templates"
ENDING: Final = ".j2"
BROKEN: Final = (TemplateError, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError)
"""What a template may raise that somebody else wrote; a sandbox keeps it from more than that."""
log = logging.getLogger("drumbeat.templates")


class Pages:
    """The templates of all pages, compiled once."""

    def __init__(self, own: Path | None = None) -> None:
        """Take ours, and where there is one the operator's of the same name; a broken one is logged."""
        self._shipped = _compiled(SHIPPED)
        self.broken: dict[str, str] = {}
        """Files of the operator's that are not used, with the reason."""
        self._own: dict[str, Template] = {} if own is None else self._checked(own)

    def render(self, name: str, t: Callable[..., str], tn: Callable[..., str], values: Mapping[str, Any]) -> str:
        """Write a page: the operator's template if it can be used, else ours."""
        if name in self._own:
            try:
                return self._own[name].render(t=t, tn=tn, **values)
            except BROKEN as error:
                self.broken[name] = str(error)
                log.warning("template.broken", extra={"template": name, "reason": str(error)})
        return self._shipped[name].render(t=t, tn=tn, **values)

    def _checked(self, folder: Path) -> dict[str, Template]:
        if not folder.is_dir():
            self._refuse(str(folder), "there is no such directory")
            return {}
        found: dict[str, Template] = {}
        for path in sorted(folder.glob(f"*{ENDING}")):
            if path.stem not in self._shipped:
                self._refuse(path.name, f"there is no page of this name; there are: {', '.join(self._shipped)}")
                continue
            try:
                found[path.stem] = _environment(FileSystemLoader(folder)).get_template(path.name)
            except BROKEN as error:
                self._refuse(path.name, str(error))
        return found

    def _refuse(self, name: str, reason: str) -> None:
        self.broken[name] = reason
        log.warning("template.broken", extra={"template": name, "reason": reason})


@functools.cache
def shipped() -> Pages:
    """Give the pages as they are shipped."""
    return Pages()


def _compiled(folder: Path) -> dict[str, Template]:
    environment = _environment(FileSystemLoader(folder))
    return {path.stem: environment.get_template(path.name) for path in sorted(folder.glob(f"*{ENDING}"))}


def _environment(loader: BaseLoader) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
