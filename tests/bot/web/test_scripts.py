"""Nothing that people or the bot write runs as a script: 500 payloads in every field, in Chromium (threat T25)."""

import asyncio
import itertools
from collections.abc import Iterator

from playwright.async_api import Browser, Dialog, expect

from commands.core.reply import (
    Button,
    Choice,
    Code,
    Field,
    Fields,
    Form,
    Image,
    Input,
    Item,
    Link,
    Listing,
    Note,
    Ref,
    Reply,
    Strong,
    Struck,
    Table,
    Text,
    Who,
)
from tests.bot.web.conftest import Site

HURT = "window.isHurt=1"
SHAPES = (
    "<script>{js}</script>",
    "</script><script>{js}</script>",
    "<img src=x onerror={js}>",
    "<svg onload={js}>",
    "<svg><script>{js}</script></svg>",
    "<body onload={js}>",
    "<iframe src='javascript:parent.{js}'></iframe>",
    "<iframe srcdoc='&lt;script&gt;parent.{js}&lt;/script&gt;'></iframe>",
    "<a href='javascript:{js}'>x</a>",
    "<details open ontoggle={js}>",
    "<input autofocus onfocus={js}>",
    "<video><source onerror={js}></video>",
    "<math><mtext></mtext><mglyph><img src onerror={js}></mglyph></math>",
    "<style>@import 'javascript:{js}'</style>",
    "<object data='javascript:{js}'></object>",
    "<form action='javascript:{js}'><button>x</button></form>",
    "<meta http-equiv=refresh content='0;javascript:{js}'>",
    "<base href='javascript:{js}//'>",
    "javascript:{js}",
    "data:text/html,<script>parent.{js}</script>",
)
FRAMES = (
    "{}", '">{}', "'>{}", "`>{}", "-->{}", "]]>{}", "</textarea>{}", "</title>{}", "</style>{}", "{{{{{}}}}}",
    "${{{}}}", "\\u003c{}", "%3C{}", "&lt;{}", "\u202e{}", "\u2028{}", "\x1b[0m{}", "<<{}", "<!--{}", "<a\n{}",
    "@鼓点 {}", "@{}", "# {}", "**{}**", "[x]({})",
)  # fmt: skip


def payloads() -> Iterator[str]:
    """Give every shape in every frame."""
    for frame, shape in itertools.product(FRAMES, SHAPES):
        yield frame.format(shape.format(js=HURT))


def poisoned(x: str) -> Reply:
    """Make a reply that holds a text wherever a reply can hold one."""
    button = Button(x, "task done", {"x": x}, x, mac=x)
    line = (x, Strong(x), Code(x), Struck(x), Link(x, x), Who(1, x, account=x))
    field = Input("i", x, "choice", value=x, hint=x, choices=(Choice(x, x),))
    return Reply(
        title=line,
        parts=(
            Text(line),
            Fields((Field(x, line),)),
            Listing((Item(line, line, button),), more=x),
            Table((x, x), ((line, line),)),
            Image(f"<svg xmlns='http://www.w3.org/2000/svg'>{x}<script>parent.{HURT}</script></svg>", x),
            Note(line),
        ),
        buttons=(button,),
        form=Form(x, "task add", {}, (field, Input("l", x, "lines", value=x), Input("d", x, "date", value=x)), x, x),
        about=Ref("task", 1, x),
    )


async def test_no_payload_runs_in_any_field(site: Site, browser: Browser) -> None:
    all_payloads = list(payloads())
    assert len(all_payloads) == 500
    await asyncio.gather(*(site.bot_says(id=f"o{n}", reply=poisoned(one)) for n, one in enumerate(all_payloads)))
    for number, payload in enumerate(all_payloads[::10]):
        assert (await site.say(payload, key=f"k{number}")).status == 200
    page = await (await browser.new_context()).new_page()
    dialogs: list[str] = []

    async def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", dismiss)
    await page.goto(str(site.client.make_url("/")) + "?as=lisi&chat=double11")
    await expect(page.locator("#log .message").first).to_be_visible()
    while await page.locator("#log .older").count():
        before = await page.locator("#log .message").count()
        await page.locator("#log .older").click()
        await expect(page.locator("#log .message").nth(before)).to_be_attached()
    assert await page.locator("#log .message").count() == 550
    for number in range(0, 500, 125):
        await page.get_by_role("button", name="[zh] Open the form").nth(number).click()
        await expect(page.locator("dialog#form[open]")).to_be_visible()
        await page.keyboard.press("Escape")
    assert await page.evaluate("window.isHurt") is None
    assert dialogs == []
    assert (
        await page.locator("#log :is(script, iframe, object, svg:not(.icon), style, base, meta, video, math)").count()
        == 0
    )
    assert await page.locator("#log a").evaluate_all("all => all.filter((a) => !/^https?:/.test(a.href)).length") == 0
