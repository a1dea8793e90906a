"""The web server: health for those who watch, and the playground for those who try.

Wires the routes behind their guards; all that it needs comes in `WebDeps`. Platforms call the hooks;
dashboard and API will add their own routes here.
"""

from pathlib import Path

from aiohttp import web

from bot.web import health, hooks
from bot.web.deps import WebDeps
from bot.web.guard import BODY_BYTES, Pass, add_headers, guards
from bot.web.live import Live
from bot.web.page import PageRoutes
from bot.web.playground import PlaygroundRoutes

STATIC = Path(__file__).parent / "static"


def build(deps: WebDeps) -> web.Application:
    """Make the application; it is not listening yet."""
    given = Pass(cookie_name=f"drumbeat_{deps.settings.port}")
    app = web.Application(middlewares=guards(deps.settings, deps.words, given), client_max_size=BODY_BYTES)
    app.on_response_prepare.append(add_headers)
    app.add_routes(health.routes(deps))
    app.add_routes(hooks.routes(deps.hooks))
    if deps.playground is not None:
        live = Live(deps.playground.rooms, heartbeat_s=deps.playground.heartbeat_s, clock=deps.playground.clock)
        app.add_routes(PageRoutes(deps, deps.playground, given).routes())
        app.add_routes(PlaygroundRoutes(deps, deps.playground, given, live).routes())
        app.router.add_static("/static/", STATIC)

        async def close(_app: web.Application) -> None:
            live.close()

        app.on_shutdown.append(close)
    return app
