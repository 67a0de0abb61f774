"""The screens in a browser: who is let in, and what a visitor's process may not do."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

_MAIN = "import sys; from chainstep.tui.command import main; sys.exit(main())"
needs_serve = pytest.importorskip("textual_serve", reason="the extra serve is not installed")
aiohttp = pytest.importorskip("aiohttp")


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


class Served:
    """A server of its own, ended when it is done with."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.port = _free_port()
        self.running = subprocess.Popen(
            [sys.executable, "-c", _MAIN, "serve", "--port", str(self.port), *words],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={**os.environ, "XDG_STATE_HOME": str(folder)},
        )

    def __enter__(self) -> str:
        assert self.running.stdout is not None
        for _ in range(200):
            if "is served at" in self.running.stdout.readline():
                break
        for _ in range(200):
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", self.port)) == 0:
                    return f"http://127.0.0.1:{self.port}"
            time.sleep(0.05)
        raise AssertionError("it never served")

    def __exit__(self, *_: object) -> None:
        self.running.terminate()
        self.running.communicate(timeout=20)


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


@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium here")
def test_a_browser_shows_the_page_without_errors(tmp_path: Path) -> None:
    with Served(tmp_path, "same-weights") as url:
        done = subprocess.run(
            [
                "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--timeout=8000",
                f"--user-data-dir={tmp_path / 'browser'}", "--dump-dom", url,
            ],
            capture_output=True, encoding="utf-8", check=False, timeout=120,
        )  # fmt: skip
    assert "xterm" in done.stdout
    assert "<canvas" in done.stdout or "xterm-rows" in done.stdout
