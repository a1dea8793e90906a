"""The playground in Chromium, over the real program: what somebody does in the first ten minutes."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, expect

from tests.e2e.playground_page import Playground, Program, open_page

ADD = "@Drumbeat 任务 加 {title} @李四 周五 !高 #设计"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
Opener = Callable[..., Awaitable[Playground]]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Run the program once for all tests; each works with a title or a person of its own."""
    running = Program(tmp_path_factory.mktemp("playground"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def opened(browser: Browser, program: Program) -> AsyncIterator[Opener]:
    """Open pages, and see at the end that none had trouble."""
    pages: list[Playground] = []

    async def open_one(person: str = "chenchen", chat: str | None = "war-room", **context: object) -> Playground:
        page = await open_page(browser, program.address, **context)
        pages.append(page)
        await page.open(person, chat)
        return page

    yield open_one
    assert [trouble for page in pages for trouble in page.troubles] == []


async def test_task_is_added_finished_and_opened_again_on_its_card(opened: Opener) -> None:
    page = await opened()
    await page.say(ADD.format(title="主图定稿"))
    card = page.card("主图定稿")
    await expect(card).to_contain_text("李四")
    await expect(card).to_contain_text(re.compile(r"\d\d-\d\d 周五"))
    await expect(card).to_contain_text("#设计")
    await card.get_by_role("button", name="完成", exact=True).click()
    await expect(card).to_contain_text("✅")
    await expect(page.card("主图定稿")).to_have_count(1)
    await page.whisper("主图定稿").get_by_role("button", name="撤销").click()
    await expect(card).not_to_contain_text("✅")
    await expect(card.get_by_role("button", name="完成", exact=True)).to_be_visible()


async def test_others_see_the_card_at_once_and_not_what_is_private(opened: Opener) -> None:
    lead, member = await opened(), await opened("lisi")
    await lead.say(ADD.format(title="直播脚本"))
    await expect(member.card("直播脚本")).to_be_visible()
    await lead.card("直播脚本").get_by_role("button", name="完成", exact=True).click()
    await expect(member.card("直播脚本")).to_contain_text("✅")
    await expect(lead.whisper("直播脚本")).to_be_visible()
    await expect(member.whisper("直播脚本")).to_have_count(0)


async def test_direct_chat_needs_no_mention(opened: Opener) -> None:
    page = await opened("lina", None)
    await page.say("任务 加 详情页首屏 周五")
    await expect(page.card("详情页首屏")).to_be_visible()


async def test_form_brings_what_is_missing(opened: Opener) -> None:
    page = await opened("zhaomin", None)
    await page.say("任务 加")
    await page.page.get_by_role("button", name=re.compile("填表单")).last.click()
    dialog = page.page.locator("dialog#form[open]")
    await expect(dialog).to_be_visible()
    await dialog.locator("[name=title]").fill("买家秀征集")
    await page.page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.page.get_by_role("button", name="打开表单").last.click()
    await expect(dialog.locator("[name=title]")).to_have_value("买家秀征集")
    await dialog.locator("footer .is-primary").click()
    await expect(dialog).to_have_count(0)
    await expect(page.card("买家秀征集")).to_be_visible()


async def test_language_is_switched_without_loading_again(opened: Opener) -> None:
    page = await opened("wangwu")
    await page.page.evaluate("window.isTheSame = true")
    await page.page.locator("#language").click()
    await expect(page.page.locator("html")).to_have_attribute("lang", "en-GB")
    await expect(page.box).to_have_attribute("placeholder", re.compile("task add"))
    assert await page.page.evaluate("window.isTheSame")
    await page.page.locator("[data-chat=dm-wangwu]").click()
    await expect(page.messages("language en")).to_be_visible()


async def test_person_and_chat_survive_a_reload(opened: Opener) -> None:
    page = await opened("chenchen", "war-room")
    await page.page.locator("#me").click()
    await page.page.locator("#people [data-account=kate]").click()
    await expect(page.page.locator("#me")).to_contain_text("Kate")
    await page.page.reload()
    await expect(page.page.locator("#me")).to_contain_text("Kate")
    await expect(page.page.locator("[data-chat=war-room]")).to_have_attribute("aria-current", "true")


async def test_unread_dot_goes_when_the_chat_is_opened(opened: Opener) -> None:
    reader, writer = await opened("bob", "war-room"), await opened("ann", "daily-ops")
    await writer.say("大家早")
    dot = reader.page.locator("[data-chat=daily-ops] .dot")
    await expect(dot).to_be_visible()
    await reader.page.locator("[data-chat=daily-ops]").click()
    await expect(reader.messages("大家早")).to_be_visible()
    await expect(dot).to_have_count(0)


async def test_thread_opens_beside_and_is_counted(opened: Opener) -> None:
    page = await opened()
    await page.say(ADD.format(title="优惠券规则"))
    await page.holder("优惠券规则").hover()
    await page.holder("优惠券规则").locator(".tools button").click()
    await page.page.locator("#thread textarea").fill("收到，下午改")
    await page.page.locator("#thread textarea").press("Enter")
    await expect(page.page.locator("#thread-log .message").last).to_contain_text("收到，下午改")
    await expect(page.page.locator("#log .replies").last).to_contain_text(re.compile(r"\d 条回复"))
    await page.page.keyboard.press("Escape")
    await expect(page.page.locator("#thread")).to_be_hidden()


async def test_phone_has_a_drawer_and_nothing_sticks_out(opened: Opener) -> None:
    page = await opened("zhoutao", "general", **PHONE)
    assert await page.overflow() == 0
    await expect(page.page.locator("#rail")).not_to_be_in_viewport()
    await page.page.locator("#menu").tap()
    await page.page.locator("[data-chat=dm-zhoutao]").tap()
    await expect(page.page.locator("#rail")).not_to_be_in_viewport()
    await page.say("任务 加 短视频脚本 周五 !高")
    await expect(page.card("短视频脚本")).to_be_in_viewport()
    assert await page.overflow() == 0


@pytest.mark.parametrize(("scheme", "is_dark"), [("dark", True), ("light", False)])
async def test_colours_follow_the_system_until_one_chooses(opened: Opener, scheme: str, is_dark: bool) -> None:
    page = await opened("chenchen", "general", color_scheme=scheme)
    brightness = "getComputedStyle(document.querySelector('.room')).backgroundColor.match(/[\\d.]+/g).map(Number)[0]"
    assert (await page.page.evaluate(brightness) < 100) is is_dark
    for _ in ("light", "dark"):
        await page.page.locator("#theme").click()
    await page.page.reload()
    await expect(page.page.locator("html")).to_have_attribute("data-theme", "dark")
    assert await page.page.evaluate(brightness) < 100


async def test_keyboard_is_enough(opened: Opener) -> None:
    page = await opened("zhangwei-tech", "daily-ops")
    keys = page.page.keyboard
    await page.page.locator("#log").focus()
    await keys.press("/")
    await expect(page.box).to_be_focused()
    await keys.type("@Drumbeat 任务 加 压测 周五")
    await keys.press("Escape")
    await keys.press("Enter")
    done = page.card("压测").get_by_role("button", name="完成", exact=True)
    await expect(done).to_be_visible()
    await done.focus()
    await keys.press("Enter")
    await expect(page.card("压测")).to_contain_text("✅")
    await page.box.focus()
    await keys.press("ArrowUp")
    await expect(page.box).to_have_value("@Drumbeat 任务 加 压测 周五")
    await page.box.fill("")
    await keys.press("Control+k")
    await keys.type("双11")
    await keys.press("Enter")
    await expect(page.page.locator("[data-chat=war-room]")).to_have_attribute("aria-current", "true")


async def test_names_and_commands_are_completed(opened: Opener) -> None:
    page = await opened("zhangwei-tech", None)
    await page.box.press_sequentially("任务 加 样品拍摄 @李")
    await expect(page.page.locator("#composer [role=option]")).to_have_count(2)
    await page.box.press("ArrowDown")
    await page.box.press("Enter")
    await expect(page.box).to_have_value("任务 加 样品拍摄 @李娜 ")
    await page.box.press("Enter")
    await expect(page.card("样品拍摄")).to_contain_text("李娜")
    await page.box.press_sequentially("任务")
    await expect(page.page.locator("#composer [role=option]").first).to_be_visible()


async def test_bot_picked_from_the_list_is_spoken_to(opened: Opener) -> None:
    page = await opened("lisi", "daily-ops")
    await page.box.press_sequentially("@鼓")
    await page.box.press("Enter")
    await page.box.press_sequentially("任务 加 退货看板 周五")
    await page.box.press("Enter")
    await expect(page.card("退货看板")).to_be_visible()


async def test_too_long_a_text_stays_in_the_box(opened: Opener) -> None:
    page = await opened("ann", None)
    await page.box.fill("x" * 20_001)
    await page.box.press("Enter")
    await expect(page.page.locator(".toast.is-bad")).to_be_visible()
    assert len(await page.box.input_value()) == 20_001


@pytest.mark.parametrize(
    "payload",
    [
        "<script>window.isHurt = 1</script>",
        "<img src=x onerror='window.isHurt = 1'>",
        "<svg/onload=window.isHurt=1>",
        "</script><script>window.isHurt = 1</script>",
        "<iframe srcdoc='<script>parent.isHurt = 1</script>'></iframe>",
        "<a href='javascript:window.isHurt=1'>x</a>",
        "javascript:window.isHurt=1",
        "'\"><details open ontoggle=window.isHurt=1>",
    ],
)
async def test_no_title_runs_as_a_script(opened: Opener, payload: str) -> None:
    page = await opened("bob", None)
    await page.say(f"task add {payload}")
    card = page.page.locator("#log .message.is-bot").last
    await expect(card).to_contain_text("isHurt")
    await page.page.reload()
    await expect(card).to_contain_text("isHurt")
    assert await page.page.evaluate("window.isHurt") is None
    assert await page.page.locator("#log :is(script, iframe, details, .said img, .card-title img)").count() == 0


async def test_page_of_another_site_can_neither_write_nor_read_nor_frame(
    opened: Opener, browser: Browser, program: Program
) -> None:
    victim = await opened()
    stranger = web.Application()

    async def lure(_request: web.Request) -> web.Response:
        return web.Response(text=LURE.replace("TARGET", program.address), content_type="text/html")

    stranger.router.add_get("/", lure)
    async with TestServer(stranger) as server:
        page = await victim.page.context.new_page()
        await page.goto(str(server.make_url("/")))
        assert await page.evaluate("attack()") == ["refused", "refused", "refused"]
        await page.evaluate("document.forms[0].submit()")
        frame = await page.locator("iframe[name=prey]").element_handle()
        assert frame is not None
        await page.close()
    await victim.say("还在")
    await expect(victim.messages("还在")).to_be_visible()
    await expect(victim.messages("stolen")).to_have_count(0)


LURE = """<!doctype html><iframe name="prey" src="TARGET"></iframe>
<form method="post" action="TARGETplayground/messages" enctype="text/plain" target="prey">
<input name='{"key":"f1","as":"chenchen","chat":"war-room","text":"stolen","x":"' value='"}'></form>
<script>
const body = JSON.stringify({key: "x1", as: "chenchen", chat: "war-room", text: "stolen"});
const tried = (act) => act().then(() => "done", () => "refused");
const attack = () => Promise.all([
  tried(() => fetch("TARGETplayground/state", {credentials: "include"}).then((r) => r.json())),
  tried(() => fetch("TARGETplayground/messages", {method: "POST", credentials: "include", body,
    headers: {"Content-Type": "application/json", "X-Drumbeat-Token": "x"}}).then((r) => r.json())),
  tried(async () => { if (!frames.prey.document) throw 0; }),
]);
</script>"""


async def test_message_outlives_a_crash_of_the_program(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = Program(tmp_path_factory.mktemp("crash"))
    own.start()
    try:
        page = await open_page(browser, own.address)
        await page.open("chenchen", "war-room")
        own.kill()
        await expect(page.page.locator("#offline")).to_be_visible()
        await page.say(ADD.format(title="断电也在"))
        await expect(page.page.locator(".message.is-sending")).to_be_visible()
        own.start()
        await expect(page.page.locator("#offline")).to_be_hidden()
        retry = page.page.get_by_role("button", name="重新发送")
        card = page.card("断电也在")
        await expect(card.or_(retry).first).to_be_visible()
        if await retry.count():
            await retry.click()
        await expect(card).to_be_visible()
        await expect(page.messages("任务 加 断电也在")).to_have_count(1)
        assert page.troubles == []
    finally:
        own.stop()
