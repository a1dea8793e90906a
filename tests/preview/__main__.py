"""Draw every sample reply as the playground does and as the platforms would: `python -m tests.preview OUT.html`.

With `--pictures DIR` it also takes a picture of each, light and dark, wide and as on a phone.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import html
import json
import operator
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from adapters.dingtalk.render import Template, card, markdown
from adapters.feishu.render import message as feishu
from adapters.playground import draw as playground
from adapters.slack.adapter import Slack
from adapters.slack.render import message, modal
from bot.fit import fit
from bot.web.server import STATIC
from commands.core.reply import Reply
from commands.words.catalog import load
from tests.preview.automatic import automatic
from tests.preview.budgeted import budgeted
from tests.preview.decided import decided
from tests.preview.dingtalk_page import STYLE as DINGTALK_STYLE
from tests.preview.dingtalk_page import draw as draw_markdown
from tests.preview.dingtalk_page import draw_card
from tests.preview.feishu_page import STYLE as FEISHU_STYLE
from tests.preview.feishu_page import draw as draw_feishu
from tests.preview.samples import LANGUAGES, samples
from tests.preview.slack_page import NAMES, STYLE, draw
from tests.support.browser import QUIET, find_program

FRAME = """
html,body{height:auto!important;overflow:auto!important;background:#8883!important}
.one{display:grid;grid-template-columns:repeat(6,minmax(0,1fr));gap:14px;padding:10px 16px;align-items:start}
.one>h2{grid-column:1/-1;font:600 13px/1.4 monospace;color:#777;margin:8px 0 0}
.pg{background:var(--paper);padding:12px 16px;border-radius:6px}.sl{border-radius:6px}
@media(max-width:700px){.one{grid-template-columns:minmax(0,1fr)}}
"""


def replies(language: str) -> Mapping[str, Reply]:
    """Give the samples, and what comes by itself."""
    found = (asyncio.run(each(language)) for each in (decided, budgeted, automatic))
    return functools.reduce(operator.or_, found, dict(samples(language)))


def page(shown: Mapping[str, Mapping[str, Reply]]) -> str:
    """Write the whole page, from the replies by language and name."""
    parts, drawn = [], []
    for language in LANGUAGES:
        for name, reply in shown[language].items():
            key = f"{name}_{language}"
            files = {at: "F0PICTURE" for at, part in enumerate(reply.parts) if type(part).__name__ == "Image"}
            payloads = [asdict(message(reply, language=language, images=files))]
            if reply.form is not None:
                payloads.append(modal(reply.form, reply, callback_id="form"))
            light, dark = (_slack(payloads, is_dark=is_dark) for is_dark in (False, True))
            drawn.append((key, playground(reply)))
            title = f"<h2>{html.escape(key)}</h2>"
            others = _dingtalk(reply, language) + _feishu(reply, language)
            columns = f'<div class="pg" data-key="{key}"></div>{light}{dark}{others}'
            parts.append(f'<section class="one" id="{key}">{title}{columns}</section>')
    css = "".join((STATIC / name).read_text("utf-8") for name in ("page.css", "messages.css"))
    as_json = json.dumps(drawn, ensure_ascii=False).replace("<", "\\u003c")
    return (
        '<!doctype html><html data-theme="light"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Replies</title><style>{css}{STYLE}{DINGTALK_STYLE}{FEISHU_STYLE}{FRAME}</style><body>{''.join(parts)}"
        f"<script type=module>{_scripts()}\nconst drawn = {as_json};\n{_DRAW}</script></body></html>"
    )


def _slack(payloads: Sequence[Mapping[str, Any]], *, is_dark: bool) -> str:
    return f"<div>{''.join(draw(each, is_dark=is_dark) for each in payloads)}</div>"


def _dingtalk(reply: Reply, language: str) -> str:
    """Draw it as typed text, and as a card."""
    images = {at: "@lADPICTURE" for at, part in enumerate(reply.parts) if type(part).__name__ == "Image"}
    template, words = Template("preview.schema"), load()[language]
    plain = replace(Slack.limits, buttons=0, can_ask=False)
    said = markdown(fit(reply, plain, words), language=language, images=images, mentions=True)
    drawn = card(
        fit(reply, replace(plain, buttons=template.buttons), words), template, language=language, images=images
    )
    return f"<div>{draw_markdown(said, NAMES)}</div><div>{draw_card(drawn, template)}</div>"


def _feishu(reply: Reply, language: str) -> str:
    images = {at: "img_v3_picture" for at, part in enumerate(reply.parts) if type(part).__name__ == "Image"}
    return f"<div>{draw_feishu(feishu(reply, language=language, images=images), NAMES)}</div>"


_DRAW = """
const ink = { me: null, people: [], bots: [], press() {}, open() {}, fill() {} };
for (const [key, reply] of drawn) document.querySelector(`[data-key="${key}"]`).append(drawReply(reply, ink));
"""


def _scripts() -> str:
    """Join the playground's own scripts into one; its words come from the page, here from nowhere."""
    joined = "".join((STATIC / name).read_text("utf-8") for name in ("dom.js", "draw.js"))
    joined = re.sub(r"^import .*?;\n", "", joined, flags=re.MULTILINE)
    return re.sub(r"^export ", "", joined, flags=re.MULTILINE) + "\nfunction t(text) { return text; }\n"


async def take_pictures(address: str, directory: str, shown: Mapping[str, Mapping[str, Reply]]) -> None:
    """Take pictures of the samples, six at a time, wide and as on a phone."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=find_program(), args=list(QUIET))
        for width, suffix in ((2000, ""), (390, "-phone")):
            tab = await browser.new_page(viewport={"width": width, "height": 900})
            await tab.goto(address)
            for language in LANGUAGES:
                names = [f"{name}_{language}" for name in shown[language]]
                for start in range(0, len(names), 6):
                    await tab.evaluate(_ONLY, names[start : start + 6])
                    target = f"{directory}/{language}-{start // 6}{suffix}.png"
                    await tab.screenshot(path=target, full_page=True)
        await browser.close()


_ONLY = "some => document.querySelectorAll('.one').forEach(one => one.hidden = !some.includes(one.id))"


def main() -> None:
    """Write the page, and take pictures if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.preview", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    shown = {language: replies(language) for language in LANGUAGES}
    arguments.out.write_text(page(shown), encoding="utf-8")
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
        asyncio.run(take_pictures(arguments.out.resolve().as_uri(), str(arguments.pictures), shown))


if __name__ == "__main__":
    main()
