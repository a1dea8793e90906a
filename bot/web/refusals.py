"""How the server says no: one code, one status, one sentence in each language."""

from typing import Final

from aiohttp import web

from bot.web.deps import Words

SENTENCES: Final = {
    "bad_json": (400, "That is not JSON that can be read."),
    "bad_shape": (400, "Something is missing, or is of the wrong kind."),
    "bad_text": (400, "The text holds characters that cannot be stored."),
    "password_needed": (401, "This page needs its password."),
    "wrong_host": (403, "This address is not served here."),
    "wrong_token": (403, "The page is out of date. Load it again."),
    "no_person": (404, "There is nobody with this account."),
    "no_place": (404, "There is no such chat or message here."),
    "no_page": (404, "There is no such page."),
    "wrong_method": (405, "This address does not take that."),
    "key_taken": (409, "This was sent already, with other words."),
    "too_large": (413, "That is too long: 256 KB is the most."),
    "not_json": (415, "Send it as application/json."),
    "closed": (503, "Nothing was saved. Please try again in a moment."),
}


class Refused(Exception):
    """Refuse a request with one of SENTENCES."""

    def __init__(self, code: str, *, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        """Names the input at fault; never a value."""


def refusal(refused: Refused, words: Words) -> web.Response:
    """Tell in Chinese and English what was wrong."""
    status, sentence = SENTENCES[refused.code]
    error = {"code": refused.code, "en": words("en")(sentence), "zh": words("zh")(sentence)}
    if refused.detail:
        error["detail"] = refused.detail
    headers = {}
    if status == 503:
        headers["Retry-After"] = "1"
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="Drumbeat", charset="UTF-8"'
    return web.json_response({"ack": "again", "error": error}, status=status, headers=headers)
