"""The screens in a browser: one process for each visitor, limits on how many and how large."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import cast
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, web
from textual_serve.app_service import AppService
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
_STYLES = re.compile(r"<link\b[^>]*>")
_HEAD = """<head>
    <link rel="icon" href="data:,">
    <style>html, body { margin: 0; height: 100%; overflow: hidden; }</style>"""
_WIDEST, _HIGHEST = 500, 300  # of a visitor's terminal, in cells
_UNTIL_IT_STANDS = 20  # pieces of a screen that are drawn, its first picture among them
_PATIENCE = 2  # seconds for a visitor's process to leave by itself
_LONGEST = 2**16  # of what a browser sends at once, in bytes
_NO_MESSAGE = (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)
_ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Visitor(AppService):
    """The process of one visitor, which ends with the visit whatever it is doing."""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        program, *words = self.command.split("\0")
        process = await asyncio.create_subprocess_exec(
            program, *words, stdin=PIPE, stdout=PIPE, stderr=PIPE,
            env=self._build_environment(width, height),
        )  # fmt: skip
        self._process, self._stdin = process, process.stdin
        return process

    #: The last size that was asked for, and how much was drawn.
    _size: tuple[int, int] | None = None
    _drawn = 0

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Tells the process how large its terminal is now."""
        self._size = _within(width, _WIDEST), _within(height, _HIGHEST)
        await super().set_terminal_size(*self._size)

    async def on_data(self, payload: bytes) -> None:
        """Passes on what is drawn; at first the size is told again with each piece.

        A screen that does not stand yet takes none.
        """
        await super().on_data(payload)
        self._drawn += 1
        if self._size is not None and self._drawn < _UNTIL_IT_STANDS:
            await super().set_terminal_size(*self._size)

    async def stop(self) -> None:
        """Asks the process to leave, and ends it where it does not."""
        process = self._process
        if process is None:
            return
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await super().stop()
                    await process.wait()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
        await process.wait()
        pipes = getattr(process, "_transport", None)  # asyncio closes them at their end alone,
        if pipes is not None:  # which may come after the server's
            pipes.close()


def _within(size: object, most: int) -> int:
    return min(max(int(str(size)), 1), most)


class VisitorServer(Server):
    """Serves the gallery, or one scenario, to so many visitors at a time."""

    def __init__(self, scenario: str, host: str, port: int, limits: tuple[int, int]) -> None:
        self.most, memory = limits
        self.visits: set[web.WebSocketResponse] = set()
        words = [sys.executable, "-P", "-m", "chainstep.tui.visiting", str(memory), scenario]
        command = "\0".join(word for word in words if word)
        super().__init__(command, host=host, port=port, title="chainstep")

    def serve(self, debug: bool = False) -> None:  # noqa: FBT001, FBT002 - as the server has it
        """Serves until it is interrupted or told to end."""
        del debug
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        ending = asyncio.Event()
        for number in _ENDING:
            with suppress(NotImplementedError):  # on Windows an interrupt ends the loop itself
                asyncio.get_running_loop().add_signal_handler(number, ending.set)
        runner = web.AppRunner(
            await self._make_app(), access_log=None, shutdown_timeout=3 * _PATIENCE
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, self.host, self.port).start()
            host = f"[{self.host}]" if ":" in self.host else self.host
            print(f"chainstep is served at http://{host}:{self.port}; Ctrl+C ends it", flush=True)
            await ending.wait()
        finally:
            for visit in [*self.visits]:
                await visit.close(code=WSCloseCode.GOING_AWAY, message=b"the server ends")
            await runner.cleanup()

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()

        async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
            response.headers.update(_HEADERS)

        app.on_response_prepare.append(add_headers)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Says nothing yet: it does not listen."""

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page, whose addresses are those that the visitor came by."""
        self.public_url = f"{request.scheme}://{request.host}"
        page = cast(web.Response, await super().handle_index(request))
        page.text = _STYLES.sub(self._of_its_own, page.text or "").replace("<head>", _HEAD)
        return page

    def _of_its_own(self, link: re.Match[str]) -> str:
        """A link of the page to what this server has; it asks elsewhere for a font it has too."""
        return link.group() if self.public_url in link.group() else ""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Lets a visitor in who comes from this very page, while there is room."""
        origin = request.headers.get("Origin", "")
        if origin and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="this comes from another page")
        if len(self.visits) >= self.most:
            raise web.HTTPServiceUnavailable(text=f"there are {self.most} visitors already")
        try:
            width = _within(request.query.get("width", 80), _WIDEST)
            height = _within(request.query.get("height", 24), _HIGHEST)
        except ValueError:
            raise web.HTTPBadRequest(text="width and height are whole numbers") from None
        visit = web.WebSocketResponse(timeout=_PATIENCE, heartbeat=15, max_msg_size=_LONGEST)
        self.visits.add(visit)
        try:
            await visit.prepare(request)
            await self._look_after(visit, width, height)
        finally:
            self.visits.discard(visit)
        return visit

    async def _look_after(self, visit: web.WebSocketResponse, width: int, height: int) -> None:
        """Runs the process of a visitor as long as the visit lasts."""

        async def close() -> None:
            await visit.close()

        visitor = Visitor(
            self.command,
            write_bytes=visit.send_bytes,
            write_str=visit.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        try:
            await visitor.start(width, height)
            await self._process_messages(visit, visitor)
        except _NO_MESSAGE:  # no browser that shows this page sends such
            await visit.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"not understood")
        finally:
            await visitor.stop()
