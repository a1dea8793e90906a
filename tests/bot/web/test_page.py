"""The page itself, its words, and what watches the program."""

import json
import re

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.deps import Readiness, WebDeps, WebSettings
from bot.web.page import PAGE_WORDS, TEMPLATES
from bot.web.server import STATIC, build
from tests.bot.web.conftest import Site


def said_by_the_page() -> set[str]:
    """Collect the msgids that scripts and template ask for."""
    scripts = "".join(path.read_text("utf-8") for path in STATIC.glob("*.js"))
    template = "".join(path.read_text("utf-8") for path in TEMPLATES.glob("*.html"))
    return {
        *re.findall(r'\bt\("([^"]+)"', scripts),
        *re.findall(r'data-t(?:-label)?="([^"]+)"', template),
        *re.findall(r't\("([^"]+)"\)', template),
    }


def test_every_word_of_the_page_is_listed_for_the_catalogs() -> None:
    assert said_by_the_page() == set(PAGE_WORDS)


def test_no_script_writes_markup() -> None:
    for path in STATIC.glob("*.js"):
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text("utf-8"))


async def test_page_embeds_both_languages_and_no_inline_code(site: Site) -> None:
    response = await site.client.get("/")
    html = await response.text()
    assert response.headers["Cache-Control"] == "no-store"
    assert f'content="{site.token}"' in html
    words = json.loads(re.findall(r'id="words">(.*?)</script>', html, re.DOTALL)[0])
    assert words["en"]["Send"] == "Send"
    assert words["zh"]["Send"] == "[zh] Send"
    assert all('src="' in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert not re.search(r"<style|\son\w+=|\sstyle=", html)


async def test_name_of_the_workspace_is_text(site: Site) -> None:
    html = await (await site.client.get("/")).text()
    assert "<b>海燕" not in html
    assert "&lt;/script&gt;&lt;b&gt;海燕" in html


async def test_every_file_of_the_page_is_served(site: Site) -> None:
    html = await (await site.client.get("/")).text()
    for path in {
        *re.findall(r'(?:src|href)="(/static/[^"]+)"', html),
        *(f"/static/{one.name}" for one in STATIC.iterdir()),
    }:
        assert (await site.client.get(path)).status == 200, path


async def test_health_and_metrics(site: Site) -> None:
    assert await site.get("/healthz") == {"alive": True}
    assert await site.get("/readyz") == {"ready": True, "checks": {"database": "ok"}}
    response = await site.client.get("/metrics")
    assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert await response.text() == "drumbeat_up 1\n"


@pytest.mark.parametrize(("is_ready", "status"), [(True, 200), (False, 503)])
async def test_server_without_playground_still_tells_its_health(is_ready: bool, status: int) -> None:
    async def readiness() -> Readiness:
        return Readiness(is_ready, {})

    deps = WebDeps(WebSettings(), lambda _language: str, readiness, lambda: b"")
    async with TestClient(TestServer(build(deps))) as client:
        assert (await client.get("/readyz")).status == status
        assert (await client.get("/")).status == 404
        assert (await client.get("/playground/state")).status == 404
