"""Nothing that a person typed is alive in Slack: generated strings, rendered, and read back by another parser.

`run` is what the proofs call with 200,000 strings; here a few hundred, and 20,000 where slow tests run.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pytest

from adapters.slack.render import message, modal
from commands.core.reply import (
    Button,
    Choice,
    Code,
    Field,
    Fields,
    Form,
    Input,
    Item,
    Link,
    Listing,
    Note,
    Reply,
    Strong,
    Struck,
    Table,
    Text,
    Who,
)
from tests.adapters.hostile import LINKS, try_all
from tests.adapters.slack.parse_back import Seen, cleaned, faults, is_unseen, read, read_mrkdwn, read_object

pytestmark = pytest.mark.slow

QUICK, SLOW = 400, 20_000
MEANT = "U0MEANT01"
Spoil = Callable[[dict[str, Any]], dict[str, Any]]

ACCOUNTS = ("U1> <!channel", "!channel", "u0evil001", "", "U0EVIL001|x", "S012345", "*", "U0EVIL\n")


def reply_of(text: str, at: int) -> tuple[Reply, list[str], str | None]:
    """Put a string everywhere; with the lines that shall be seen, and the address that shall be led to."""
    url, host = LINKS[at % len(LINKS)]
    carried = {"args": {"title": text}, "typed": text, "mac": "m"}
    pressed = Button(text, "task add", style="primary", **carried)  # type: ignore[arg-type]
    impostor = Who(1, text, pings=True, account=ACCOUNTS[at % len(ACCOUNTS)])
    reply = Reply(
        title=(text,),
        parts=(
            Text((text, Who(2, "李四", pings=True, account=MEANT), Strong(text))),
            Fields((Field(text, (text,)), Field("Owner", (impostor, Who(2, text, account=MEANT))))),
            Listing((Item((Strong("T-1"), " ", text), (text,), pressed), Item((Code(text), text, Struck(text))))),
            Table(("A", text), ((("b",), (text,)),)),
            Text((Link(url, text),)),
            Note(("by ", text)),
        ),
        buttons=(pressed,),
        health="red",
    )
    one, name = cleaned(text), cleaned(cleaned(text, is_name=True), is_name=True)
    name = name if name.strip() else "—"
    many = cleaned(text, keeps_breaks=True)
    link = one.strip() and f"{one}({host})" if host else one
    link = host if host and (not one.strip() or one == host) else link
    lines = [one, *f"{many}@{MEANT}{many}".split("\n"), one, one, "Owner", f"{name}{name}"]
    lines += [f"T-1{one}", one, one, f"{one}{one}{one}", "A", one, "b", one, link or "", one, f"by{one}"]
    return reply, lines, url if host else None


def look_at(text: str, at: int, spoil: Spoil) -> list[str]:
    """Render one string everywhere and say what is not as it was meant."""
    reply, lines, url = reply_of(text, at)
    payload = spoil(asdict(message(reply, language="zh")))
    seen = list(read(payload))
    shown, fallback = seen[:-1], seen[-1]
    wrong = faults(payload)
    wrong += _alive(shown, url, meant=1) + _alive([fallback], None, meant=1)
    said = [squeezed(line) for one in shown for line in one.lines if squeezed(line)]
    meant = [squeezed(line) for line in lines if squeezed(line)]
    if not agree(said, meant) and not agree(reordered(said), meant):
        wrong.append(f"seen {said}, meant {meant}")
    styled = {squeezed(s) for one in shown for _, s in one.styles}
    may = {"T-1", "A", "Owner", *map(squeezed, (cleaned(text), cleaned(text, keeps_breaks=True), lines[0]))}
    may |= {squeezed(cleaned(text, is_name=True)), "—"}
    wrong += [f"styled {style!r}" for style in styled - may]
    wrong += [f"marks are seen around {one!r}" for each in shown for one in each.misfits]
    wrong += [f"unseen signs in {one.text!r}" for one in seen if any(is_deceptive(letter) for letter in one.text)]
    if len(fallback.lines) > (most := 10 + 2 * cleaned(text, keeps_breaks=True).count("\n")):
        wrong.append(f"{len(fallback.lines)} lines of fallback, {most} at most")
    return wrong + _look_at_form(text, spoil)


def _look_at_form(text: str, spoil: Spoil) -> list[str]:
    choices = (Choice("1", text), Choice("2", "two"))
    inputs = (Input("a", text, hint=text, value=text), Input("b", text, "choice", value="1", choices=choices))
    form = Form(text, "task add", {"title": text}, inputs, text, typed=text, mac="m")
    view = spoil(modal(form, Reply(parts=(Text((text,)),)), callback_id="form"))
    seen = list(read(view))
    wrong = faults(view, "modal") + _alive(seen, None, meant=0)
    for one in seen:
        if one.where in ("label", "hint", "option", "title", "submit") and len(one.lines) > 1:
            wrong.append(f"{one.where} has {len(one.lines)} lines")
        if one.where in ("label", "hint") and squeezed(one.text) != (squeezed(cleaned(text)) or _bare(one)):
            wrong.append(f"{one.where}: {one.text!r}")
    return wrong


def _bare(one: Seen) -> str:
    return squeezed(one.text) if squeezed(one.text) in ("a", "b", "—") else ""


def _alive(seen: list[Seen], url: str | None, *, meant: int) -> list[str]:
    """Say what pings, leads or changes without having been meant."""
    mentions = [account for one in seen for account in one.mentions]
    links = [link for one in seen for link in one.links]
    wrong = [] if mentions == [MEANT] * meant else [f"mentions {mentions}"]
    wrong += [
        f"{kind} {found}"
        for one in seen
        for kind in ("broadcasts", "channels", "dates")
        for found in getattr(one, kind)
    ]
    wrong += [f"quote in {one.text!r}" for one in seen if one.quotes]
    wrong += [f"emoji {one.emoji}" for one in seen if one.emoji]
    if len(links) != (url is not None) or any(not link.startswith(("http://", "https://")) for link, _ in links):
        wrong.append(f"links {links}, meant {url}")
    return wrong


def squeezed(text: str) -> str:
    """Leave out spaces, of which mrkdwn needs some beside stressed words."""
    return re.sub(r"\s+", "", text)


def agree(said: list[str], meant: list[str]) -> bool:
    """Compare line by line; a button's label may be cut."""
    return len(said) == len(meant) and all(
        one == other or (one.endswith("…") and len(one) > 40 and other.startswith(one[:-1]))
        for one, other in zip(said, meant, strict=True)
    )


def reordered(said: list[str]) -> list[str]:
    """Put the label of a row's button behind its details: it stands beside both."""
    at = next((at for at, line in enumerate(said) if line.startswith("T-1")), 0)
    return [*said[: at + 1], *said[at + 1 : at + 3][::-1], *said[at + 3 :]]


def is_deceptive(letter: str) -> bool:
    """Tell a sign that may be in no text at all."""
    return letter != "\n" and is_unseen(letter)


def unspoilt(payload: dict[str, Any]) -> dict[str, Any]:
    """Leave a payload as it is."""
    return payload


def run(count: int, *, seed: int = 1, spoil: Spoil = unspoilt) -> dict[str, Any]:
    """Render strings everywhere and read them back; `spoil` takes a guard away, to see this turn red."""
    return try_all(lambda text, at: look_at(text, at, spoil), count, seed=seed)


def test_generated_strings_are_words_and_nothing_else() -> None:
    assert run(QUICK)["faults"] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 2 + SLOW // 4000))
def test_twenty_thousand_strings_are_words_and_nothing_else(seed: int) -> None:
    assert run(4000, seed=seed)["faults"] == []


# Each guard taken away turns it red.


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Find all text objects."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value
        for each in value.values():
            yield from objects(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from objects(each)


def without_escaping(payload: dict[str, Any]) -> dict[str, Any]:
    """Undo the escaping of mrkdwn."""
    payload = copy.deepcopy(payload)
    for one in objects(payload):
        if one["type"] == "mrkdwn":
            one["text"] = one["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return payload


def without_escaped_fallback(payload: dict[str, Any]) -> dict[str, Any]:
    """Undo the escaping of the fallback."""
    return {
        **payload,
        **({"text": payload["text"].replace("&lt;", "<").replace("&gt;", ">")} if "text" in payload else {}),
    }


def without_plain_text(payload: dict[str, Any]) -> dict[str, Any]:
    """Take every text for mrkdwn, escaped as it should be."""
    payload = copy.deepcopy(payload)
    for one in objects(payload):
        if one["type"] == "plain_text":
            one["type"] = "mrkdwn"
            one["text"] = one["text"].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return payload


def with_emoji(payload: dict[str, Any]) -> dict[str, Any]:
    """Let plain text turn words into emoji."""
    payload = copy.deepcopy(payload)
    for one in objects(payload):
        one.pop("emoji", None)
    return payload


@pytest.mark.parametrize("spoil", [without_escaping, without_escaped_fallback, without_plain_text, with_emoji])
def test_each_guard_is_needed(spoil: Spoil) -> None:
    assert run(QUICK, spoil=spoil)["bad"] > QUICK / 100


# The parser itself, on what Slack documents.


@pytest.mark.parametrize(
    ("text", "alive"),
    [
        ("<@U012ABC>", {"mentions": ["U012ABC"]}),
        ("<!channel> <!subteam^S1>", {"broadcasts": ["!channel", "!subteam^S1"]}),
        ("<#C01|general>", {"channels": ["C01"]}),
        ("<https://a.example|b>", {"links": [("https://a.example", "b")]}),
        ("<!date^1^{date}|x>", {"dates": ["!date^1^{date}|x"]}),
        ("&lt;!channel&gt;", {}),
        ("go :smile:", {"emoji": [":smile:"]}),
        ("a *b* c", {"styles": [("bold", "b")]}),
        ("文*b*文", {"styles": [("bold", "b")], "misfits": ["b"]}),
        ("a\n&gt; b", {"quotes": 1}),
    ],
)
def test_parser_sees_what_is_alive(text: str, alive: Mapping[str, object]) -> None:
    seen = asdict(read_mrkdwn(text, "section"))
    found = {key: value for key, value in seen.items() if value and key not in ("where", "text")}
    assert found == alive


def test_parser_takes_plain_text_as_it_is() -> None:
    assert read_object({"type": "plain_text", "text": "<!channel> *x*", "emoji": False}, "header").is_inert
    assert read_object({"type": "plain_text", "text": ":smile:"}, "header").emoji == [":smile:"]


def test_parser_links_bare_addresses_unless_told_not_to() -> None:
    assert read_mrkdwn("see https://a.example", "section", is_verbatim=False).links
    assert not read_mrkdwn("see https://a.example", "section").links
