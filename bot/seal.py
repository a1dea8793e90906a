"""The seal on what buttons and forms carry, so that nobody can press what we did not draw.

HMAC-SHA256 over workspace, command, arguments and version, with the workspace's own key.
A good seal is no permission: who presses is authorised anew.
"""

import functools
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace

from commands.core.event import Args, Carried, Json
from commands.core.reply import Button, Item, Listing, Part, Reply
from storage.workspaces import Workspace

_written = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def seal(workspace: Workspace, reply: Reply) -> Reply:
    """Seal every button and the form of a reply."""

    def button(one: Button) -> Button:
        return replace(one, mac=_mac(workspace, one.command, one.args, one.version))

    def part(one: Part) -> Part:
        if not isinstance(one, Listing):
            return one
        return replace(one, items=tuple(_item(each) for each in one.items))

    def _item(one: Item) -> Item:
        return one if one.button is None else replace(one, button=button(one.button))

    form = reply.form
    if form is not None:
        form = replace(form, mac=_mac(workspace, form.command, form.args, form.version))
    return replace(
        reply,
        parts=tuple(part(each) for each in reply.parts),
        buttons=tuple(button(each) for each in reply.buttons),
        form=form,
    )


def is_sealed(workspace: Workspace, carried: Carried) -> bool:
    """Tell whether this workspace drew what came back."""
    mine = _mac(workspace, carried.command, carried.args, carried.version)
    return hmac.compare_digest(mine.encode(), carried.mac.encode("utf-8", "replace"))


def _mac(workspace: Workspace, command: str, args: Args, version: int | None) -> str:
    said = _written([workspace.name, command, _plain(args), version])
    mac = _keyed(workspace.seal_key).copy()
    mac.update(said.encode("utf-8", "surrogatepass"))
    return mac.hexdigest()[:32]


@functools.lru_cache(maxsize=16)
def _keyed(seal_key: str) -> hmac.HMAC:
    """Begin a seal with a workspace's key, to be copied: OpenSSL takes longer to take in a key than a button."""
    return hmac.new(bytes.fromhex(seal_key), digestmod="sha256")


def _plain(value: Json) -> Json:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value]
