"""The paths that platforms call. Their adapters verify the signature; browsers have no business here."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from commands.core.ports import HttpRequest, Route

PREFIX: Final = "/hooks/"


def routes(hooks: Mapping[str, Sequence[Route]]) -> list[web.RouteDef]:
    """Serve the adapters' routes, given by platform, by POST."""
    return [web.post(f"{PREFIX}{name}{hook.path}", _handler(hook)) for name, those in hooks.items() for hook in those]


def is_hook(request: web.Request) -> bool:
    """Tell whether a platform calls this path, whose signature stands in for our guards."""
    return request.path.startswith(PREFIX)


def _handler(hook: Route) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = await hook.handler(HttpRequest(headers, await request.read()))
        response = web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)
        if answer.status == 503:
            response.headers["Retry-After"] = "1"
        return response

    return handle
