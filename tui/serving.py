"""The screens in a browser: one process for each visitor, limits on how many and how large."""

from __future__ import annotations

import shlex
import sys
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

_HEADERS = {
    # nothing is fetched from elsewhere, and no other page may hold this one in a frame
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self' ws: wss:; "
        "frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class VisitorServer(Server):
    """Serves the gallery, or one scenario, to so many visitors at a time."""

    def __init__(self, scenario: str, host: str, port: int, limits: tuple[int, int]) -> None:
        self.most, memory = limits
        self.visitors = 0
        words = [sys.executable, "-P", "-m", "chainstep.tui.visiting", str(memory), scenario]
        super().__init__(
            shlex.join([word for word in words if word]),
            host=host,
            port=port,
            title="chainstep",
        )

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()

        async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
            response.headers.update(_HEADERS)

        app.on_response_prepare.append(add_headers)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Says where it serves, in one line."""
        del app
        host = f"[{self.host}]" if ":" in self.host else self.host
        print(f"chainstep is served at http://{host}:{self.port}; Ctrl+C ends it", flush=True)

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page, whose addresses are those that the visitor came by."""
        self.public_url = f"{request.scheme}://{request.host}"
        page: web.StreamResponse = await super().handle_index(request)
        return page

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Lets a visitor in who comes from this very page, while there is room."""
        origin = request.headers.get("Origin", "")
        if origin and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="this comes from another page")
        if self.visitors >= self.most:
            raise web.HTTPServiceUnavailable(text=f"there are {self.most} visitors already")
        self.visitors += 1
        try:
            answer: web.WebSocketResponse = await super().handle_websocket(request)
            return answer
        finally:
            self.visitors -= 1
