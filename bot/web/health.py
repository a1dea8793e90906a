"""What watches the program: is it alive, does it work, what does it count."""

from collections.abc import Sequence

from aiohttp import web

from bot.web.deps import WebDeps


def routes(deps: WebDeps) -> Sequence[web.RouteDef]:
    """Give /healthz, /readyz and /metrics."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_request: web.Request) -> web.Response:
        readiness = await deps.readiness()
        status = 200 if readiness.is_ready else 503
        return web.json_response({"ready": readiness.is_ready, "checks": dict(readiness.checks)}, status=status)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=deps.metrics(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})

    return (web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", metrics))
