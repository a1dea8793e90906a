"""Who may come in, and what is refused: never with a server error, always with a sentence (threat T25)."""

import base64
import json

import pytest

from bot.web.deps import WebSettings
from tests.bot.web.conftest import Site

pytestmark = pytest.mark.slow

SAY = {"key": "k1", "as": "chenchen", "chat": "double11", "text": "早"}


async def code_of(site: Site, body: bytes, content_type: str = "application/json") -> tuple[int, str]:
    response = await site.client.post(
        "/playground/messages", data=body, headers={"X-Drumbeat-Token": site.token, "Content-Type": content_type}
    )
    error = (await response.json())["error"]
    assert error["zh"].startswith("[zh] ")
    assert error["zh"] == f"[zh] {error['en']}"
    return response.status, error["code"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "bad_json"),
        (b"{", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b'{"key": NaN}', "bad_json"),
        (b'{"key": 1e999}', "bad_json"),
        (b'{"key": 99999999999999999999}', "bad_json"),
        (b'{"key": ' + b"9" * 5000 + b"}", "bad_json"),
        (b"[" * 100_000, "bad_json"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "bad_json"),
        (b"[]", "bad_shape"),
        (b"null", "bad_shape"),
        (b'"text"', "bad_shape"),
        (json.dumps({**SAY, "text": 5}).encode(), "bad_shape"),
        (json.dumps({**SAY, "text": None}).encode(), "bad_shape"),
        (json.dumps({**SAY, "key": "a b"}).encode(), "bad_shape"),
        (json.dumps({**SAY, "key": ""}).encode(), "bad_shape"),
        (json.dumps({**SAY, "key": ["k"]}).encode(), "bad_shape"),
        (json.dumps({**SAY, "more": 1}).encode(), "bad_shape"),
        (json.dumps({**SAY, "thread": "1; drop"}).encode(), "bad_shape"),
        (json.dumps({**SAY, "nodes": ["早"]}).encode(), "bad_shape"),
        (json.dumps({**SAY, "text": None, "nodes": [{"mention": 5}]}).encode(), "bad_shape"),
        (json.dumps({**SAY, "text": "a\x00b"}).encode(), "bad_text"),
        (json.dumps({**SAY, "text": "a\ud800b"}).encode(), "bad_text"),
        (json.dumps({**SAY, "\udc00": "b"}).encode(), "bad_text"),
    ],
)
async def test_unreadable_payload_is_refused_with_a_sentence(site: Site, body: bytes, code: str) -> None:
    assert await code_of(site, body) == (400, code)
    assert site.dispatch.events == []


async def test_too_large_payload_is_refused(site: Site) -> None:
    body = json.dumps({**SAY, "text": "x" * 300_000}).encode()
    assert await code_of(site, body) == (413, "too_large")


async def test_other_content_types_are_refused(site: Site) -> None:
    assert await code_of(site, json.dumps(SAY).encode(), "text/plain") == (415, "not_json")


@pytest.mark.parametrize(
    "payload",
    [
        {**SAY, "as": "nobody"},
        {**SAY, "chat": "nowhere"},
        {**SAY, "chat": "dm-lisi"},
        {**SAY, "thread": "7"},
        {**SAY, "thread": "9" * 18},
    ],
)
async def test_who_or_what_is_not_there_is_not_found(site: Site, payload: dict[str, str]) -> None:
    assert (await site.post("/playground/messages", payload)).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/playground/chats/double11/messages?as=lisi&before=x",
        "/playground/chats/double11/messages?as=lisi&before=-1",
        "/playground/events?as=lisi&after=1e9",
    ],
)
async def test_numbers_that_are_none_are_refused(site: Site, path: str) -> None:
    assert (await site.client.get(path)).status == 400


@pytest.mark.parametrize("path", ["/nowhere", "/playground/threads/x?as=lisi", "/static/../server.py"])
async def test_unknown_pages_are_not_found_as_json(site: Site, path: str) -> None:
    response = await site.client.get(path)
    assert response.status == 404
    assert "error" in await response.json()


async def test_wrong_method_is_told_which_are_right(site: Site) -> None:
    response = await site.client.get("/playground/messages")
    assert (response.status, response.headers["Allow"]) == (405, "POST")


# The name that was asked for


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8420", "[::1]:8420", "LOCALHOST", "drumbeat.example"])
async def test_own_names_are_served(site: Site, host: str) -> None:
    assert (await site.client.get("/", headers={"Host": host})).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost:8420@evil.example", "", "127.0.0.1:8420:1", "[::1"]
)
@pytest.mark.parametrize("path", ["/", "/playground/state", "/metrics", "/static/app.js"])
async def test_other_names_are_refused(site: Site, host: str, path: str) -> None:
    response = await site.client.get(path, headers={"Host": host})
    assert response.status in (400, 403)  # 400: aiohttp itself could not read it


# Writing


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Drumbeat-Token": ""},
        {"X-Drumbeat-Token": "wrong"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["messages", "press", "submit", "dismiss", "language"])
async def test_nothing_is_written_for_another_site(site: Site, path: str, headers: dict[str, str]) -> None:
    response = await site.post(f"/playground/{path}", SAY, **headers)
    assert (response.status, (await response.json())["error"]["code"]) == (403, "wrong_token")
    assert site.dispatch.events == []


async def test_token_without_its_cookie_is_worth_nothing(site: Site) -> None:
    site.client.session.cookie_jar.clear()
    assert (await site.say("早")).status == 403


async def test_cookie_stays_with_this_site_and_out_of_scripts(site: Site) -> None:
    cookie = (await site.client.get("/")).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie


async def test_same_origin_may_write(site: Site) -> None:
    host = f"{site.client.host}:{site.client.port}"
    response = await site.post(
        "/playground/messages", SAY, **{"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    )
    assert response.status == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/playground/state", "/static/app.js", "/nowhere"])
async def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    headers = (await site.client.get(path)).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Access-Control-Allow-Origin" not in headers


# The password


class TestWithPassword:
    """A server off loopback."""

    @pytest.fixture
    def settings(self) -> WebSettings:
        return WebSettings(host="0.0.0.0", password="鼓点-secret")

    @pytest.mark.parametrize("path", ["/", "/playground/state", "/readyz", "/metrics", "/static/app.js"])
    @pytest.mark.parametrize(
        "given",
        [
            None,
            "Basic",
            "Basic %%%",
            "Bearer x",
            "Basic " + base64.b64encode(b"\xff\xfe").decode(),
            "Basic " + base64.b64encode(b"any:wrong").decode(),
            "Basic " + base64.b64encode(b"any").decode(),
        ],
    )
    async def test_nothing_is_shown_without_it(self, site: Site, path: str, given: str | None) -> None:
        response = await site.client.get(path, headers={} if given is None else {"Authorization": given})
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic ")

    async def test_any_user_comes_in_with_it(self, site: Site) -> None:
        given = "Basic " + base64.b64encode("whoever:鼓点-secret".encode()).decode()
        assert (await site.client.get("/", headers={"Authorization": given})).status == 200

    async def test_health_is_free(self, site: Site) -> None:
        assert (await site.client.get("/healthz")).status == 200
