"""A headless Chromium for tests: told what to press, asked what a page holds and complains of."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
IN_A_BROWSER = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")


_KEYS = {
    "ArrowRight": (39, ""),
    "ArrowLeft": (37, ""),
    "End": (35, ""),
    "Home": (36, ""),
    "Tab": (9, ""),
    "Enter": (13, "\r"),
}


class Browser:
    """A headless Chromium, told what to do through a pair of pipes."""

    def __init__(self, address: str, folder: Path) -> None:
        out_of, into = os.pipe(), os.pipe()
        assert CHROMIUM is not None

        def wire() -> None:
            import fcntl

            reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (into[0], out_of[1]))
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        self.process = subprocess.Popen(
            [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             f"--user-data-dir={folder}", "about:blank"],
            stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=wire,  # noqa: PLW1509 - the pipes must be 3 and 4, and no thread runs here
        )  # fmt: skip
        os.close(into[0])
        os.close(out_of[1])
        self.to, self.of = os.fdopen(into[1], "wb", buffering=0), os.fdopen(out_of[0], "rb")
        self.count, self.told = 0, list[dict[str, Any]]()
        targets = self.ask("Target.getTargets", session=None)["targetInfos"]
        target = next(each["targetId"] for each in targets if each["type"] == "page")
        attached = self.ask("Target.attachToTarget", session=None, targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        self.ask("Page.navigate", url=address)
        while not any(each.get("method") == "Page.loadEventFired" for each in self.told):
            self.hear()

    def hear(self) -> dict[str, Any]:
        message = b""
        while not message.endswith(b"\0"):
            piece = self.of.read(1)
            assert piece, "the browser went away"
            message += piece
        heard: dict[str, Any] = json.loads(message[:-1])
        self.told.append(heard)
        return heard

    def ask(self, method: str, session: str | None = "", **params: Any) -> dict[str, Any]:
        self.count += 1
        asked: dict[str, Any] = {"id": self.count, "method": method, "params": params}
        if session is not None:
            asked["sessionId"] = self.session
        self.to.write(json.dumps(asked).encode() + b"\0")
        while (heard := self.hear()).get("id") != self.count:
            pass
        assert "error" not in heard, heard
        answer: dict[str, Any] = heard["result"]
        return answer

    def value(self, expression: str) -> Any:
        result = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def press(self, key: str) -> None:
        code, text = _KEYS[key]
        down: dict[str, Any] = {"text": text} if text else {}
        about: dict[str, Any] = {"key": key, "code": key, "windowsVirtualKeyCode": code}
        self.ask("Input.dispatchKeyEvent", type="keyDown", **about, **down)
        self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def faults(self) -> list[Any]:
        kinds = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
        return [each for each in self.told if each.get("method") in kinds]

    def picture(self) -> bytes:
        """What the page looks like, as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot")["data"])

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.to.close()
        self.of.close()
