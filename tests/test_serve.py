"""The screens in a browser: who is let in, and what a visitor's process may not do."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.browser import IN_A_BROWSER, Browser

_MAIN = "import sys; from chainstep.tui.command import main; sys.exit(main())"
needs_serve = pytest.importorskip("textual_serve", reason="the extra serve is not installed")
aiohttp = pytest.importorskip("aiohttp")
needs_proc = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


class Served:
    """A server of its own, ended when it is done with."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.running = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "serve", "--port", str(self.port), *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={**os.environ, "XDG_STATE_HOME": str(folder)},
        )

    def __enter__(self) -> str:
        """The address; the first line is printed when it can be asked."""
        assert self.running.stdout is not None
        assert self.running.stdout.readline() == (
            f"chainstep is served at {self.url}; Ctrl+C ends it\n"
        )
        return self.url

    def __exit__(self, *_: object) -> None:
        assert self.end(signal.SIGTERM) == (0, "")

    def end(self, how: signal.Signals) -> tuple[int, str]:
        """What it ends with, and what else it printed."""
        self.running.send_signal(how)
        out, _ = self.running.communicate(timeout=20)
        return self.running.returncode, out

    def visitors(self) -> list[int]:
        """The processes of its visitors."""
        return [int(number) for number in _children(self.running.pid)]

    @staticmethod
    def limits(process: int) -> str:
        """What the system lets a process have."""
        return Path(f"/proc/{process}/limits").read_text(encoding="ascii")


def _children(parent: int) -> list[str]:
    return Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()


def _is_there(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


async def _reach(
    session: Any, url: str, size: str = "width=100&height=30", headers: Any = None
) -> Any:
    """A visit whose first screen stands."""
    address = f"{url.replace('http', 'ws')}/ws?{size}"
    socket_ = await session.ws_connect(address, headers=headers)
    seen = b""
    while b"1049h" not in seen:
        message = await asyncio.wait_for(socket_.receive(), 30)
        seen += message.data if isinstance(message.data, bytes) else b""
    return socket_


async def _first_screen(url: str, origin: str = "") -> bytes:
    headers = {"Origin": origin} if origin else {}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(
            url.replace("http", "ws") + "/ws?width=100&height=30", headers=headers
        ) as socket_,
    ):
        seen = b""
        while b"34" not in seen:
            message = await asyncio.wait_for(socket_.receive(), 30)
            if isinstance(message.data, bytes):
                seen += message.data
        return seen


def test_a_visitor_sees_the_scenario(tmp_path: Path) -> None:
    with Served(tmp_path, "same-weights") as url:
        assert b"same-weights" in asyncio.run(_first_screen(url, url))
    assert list(tmp_path.iterdir()) == []


def test_another_page_is_not_let_in(tmp_path: Path) -> None:
    with Served(tmp_path, "same-weights") as url:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            asyncio.run(_first_screen(url, "http://elsewhere.example"))
        assert refused.value.status == 403


def test_no_more_visitors_are_let_in_than_there_may_be(tmp_path: Path) -> None:
    async def two(url: str) -> int:
        async with aiohttp.ClientSession() as session:
            address = url.replace("http", "ws") + "/ws?width=80&height=24"
            async with session.ws_connect(address):
                try:
                    await session.ws_connect(address)
                except aiohttp.WSServerHandshakeError as refused:
                    return int(refused.status)
        return 0

    with Served(tmp_path, "same-weights", "--visitors", "1") as url:
        assert asyncio.run(two(url)) == 503


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/hostname').read()",
        "open('here.txt', 'w')",
        "__import__('os').listdir('/')",
        "__import__('subprocess').run(['true'])",
        "__import__('os').system('true')",
        "__import__('os').remove('here.txt')",
        "__import__('socket').create_connection(('127.0.0.1', 9))",
        "__import__('pathlib').Path('/etc/hostname').read_text()",
        "__import__('numpy').load('/etc/hostname')",
    ],
)
def test_a_visitors_process_gets_at_nothing(attempt: str, tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from chainstep.tui.visiting import _refuse\n"
        "import numpy, socket, subprocess\n"
        "sys.addaudithook(_refuse())\n"
        f"try:\n    {attempt}\n"
        "except PermissionError as error:\n    sys.exit(42)\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, check=False
    )
    assert done.returncode == 42, done.stderr
    assert list(tmp_path.iterdir()) == []


@needs_proc
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=str)
@pytest.mark.parametrize("stuck", [False, True])
def test_the_server_ends_with_all_its_visitors(
    how: signal.Signals, stuck: bool, tmp_path: Path
) -> None:
    served = Served(tmp_path, "same-weights")
    url = served.__enter__()

    async def visit() -> tuple[list[int], tuple[int, str], float]:
        async with aiohttp.ClientSession() as session:
            await _reach(session, url)
            there = served.visitors()
            if stuck:
                os.kill(there[0], signal.SIGSTOP)
            began = time.monotonic()
            return there, await asyncio.to_thread(served.end, how), time.monotonic() - began

    there, ended, took = asyncio.run(visit())
    assert len(there) == 1
    assert ended == (0, "")
    assert took < 15
    assert [process for process in there if _is_there(process)] == []


@needs_proc
def test_no_visitors_process_outlives_a_server_that_was_killed(tmp_path: Path) -> None:
    served = Served(tmp_path, "same-weights")
    url = served.__enter__()

    async def visit() -> list[int]:
        async with aiohttp.ClientSession() as session:
            await _reach(session, url)
            there = served.visitors()
            await asyncio.to_thread(served.end, signal.SIGKILL)
            return there

    there = asyncio.run(visit())
    assert len(there) == 1
    for _ in range(200):
        if not _is_there(there[0]):
            return
        time.sleep(0.05)
    raise AssertionError("it is still there")


@needs_proc
def test_a_visitor_has_so_much_memory_and_no_more(tmp_path: Path) -> None:
    served = Served(tmp_path, "same-weights", "--memory", "300")

    async def visit(url: str) -> str:
        async with aiohttp.ClientSession() as session:
            await _reach(session, url)
            (process,) = served.visitors()
            return served.limits(process)

    with served as url:
        limits = asyncio.run(visit(url))
    (line,) = (line for line in limits.splitlines() if line.startswith("Max address space"))
    assert line.split()[3:5] == [str(300 * 2**20)] * 2


@pytest.mark.parametrize(
    "message",
    [
        "{}", "[]", "null", "not JSON", '["stdin"]', '["stdin", 5]', '["resize", {}]',
        '["resize", {"width": "a", "height": 1}]', '["resize", [1, 2]]', '["stdin", "\\ud800"]',
    ],
)  # fmt: skip
def test_what_no_browser_sends_ends_the_visit_and_nothing_else(
    message: str, tmp_path: Path
) -> None:
    async def visit(url: str) -> int | None:
        async with aiohttp.ClientSession() as session:
            socket_ = await _reach(session, url)
            await socket_.send_str(message)
            async with asyncio.timeout(20):
                async for _ in socket_:
                    pass
            closed: int | None = socket_.close_code
            for _ in range(100):  # until the first one's process has left
                with contextlib.suppress(aiohttp.WSServerHandshakeError):
                    await _reach(session, url)
                    return closed
                await asyncio.sleep(0.1)
        raise AssertionError("nobody is let in any more")

    with Served(tmp_path, "same-weights", "--visitors", "1") as url:
        assert asyncio.run(visit(url)) == 1003


@pytest.mark.parametrize("size", ["width=9999999999&height=9999999999", "width=0&height=-3"])
def test_a_terminal_of_any_size_is_served_within_bounds(size: str, tmp_path: Path) -> None:
    async def visit(url: str) -> None:
        async with aiohttp.ClientSession() as session:
            socket_ = await _reach(session, url, size)
            await socket_.send_json(["resize", {"width": 10**9, "height": 10**9}])
            await socket_.send_json(["resize", {"width": 80, "height": 24}])
            seen = b""
            async with asyncio.timeout(30):
                async for message in socket_:
                    seen += message.data if isinstance(message.data, bytes) else b""
                    if b"34" in seen:
                        return

    with Served(tmp_path, "same-weights") as url:
        asyncio.run(visit(url))


@IN_A_BROWSER
def test_a_browser_shows_the_screen_takes_keys_and_has_no_complaint(tmp_path: Path) -> None:
    cells = "[...document.querySelectorAll('.xterm-rows > div')].map(e => e.textContent).join('|')"
    with Served(tmp_path, "same-weights") as url:
        browser = Browser(url, tmp_path / "browser")
        try:
            blank = browser.picture()
            for _ in range(100):
                if browser.value("document.querySelector('canvas, .xterm-rows') !== null"):
                    break
                time.sleep(0.1)
            first = _settled(browser, blank)
            browser.value("document.querySelector('textarea').focus()")
            browser.press("ArrowRight")
            second = _settled(browser, first)
            assert len({blank, first, second}) == 3, browser.value(cells)
            assert browser.value("document.documentElement.scrollHeight - innerHeight") == 0
            assert browser.value("document.querySelector('textarea').clientWidth") == 0
            assert [each for each in browser.faults() if not _is_of_no_account(each)] == []
        finally:
            browser.close()


def _is_of_no_account(complaint: dict[str, Any]) -> bool:
    """Whether it speaks of a machine without graphics, or is the page's own note of a ping."""
    told = complaint["params"]
    return bool(told.get("entry", {}).get("source") == "rendering" or told.get("type") == "log")


def _settled(browser: Browser, before: bytes) -> bytes:
    """The picture once it is another than before, and changes no more."""
    last = before
    for _ in range(60):
        time.sleep(0.3)
        now = browser.picture()
        if now == last != before:
            return now
        last = now
    return last
