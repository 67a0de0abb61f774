"""Keys in any order and faster than screens come and go: nothing ends by them but leaving."""

import asyncio
import random
from pathlib import Path

import pytest
from textual.events import Key

from chainstep.scenarios import load
from chainstep.tui.app import Chainstep

KEYS = [
    *"?whWucpneairvPNxRbAmgtzdfso:./0123456789=,[]{}",
    *("left", "right", "up", "down", "enter", "escape", "escape", "escape", "tab"),
    *("pagedown", "pageup", "home", "end", "ctrl+p", "backspace", "space", "shift+right"),
]


def pressed(app: Chainstep, key: str) -> None:
    character = key if len(key) == 1 else {"space": " "}.get(key)
    names = {"?": "question_mark", ":": "colon", ".": "full_stop", "/": "slash", "=": "equals_sign"}
    app.post_message(Key(names.get(key, key), character))


async def driven(app: Chainstep, keys: list[str], draw: random.Random) -> None:
    """Presses bursts of keys, most of them without waiting for what the one before did."""
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        while keys and app.is_running:
            for _ in range(draw.randint(1, 6)):
                pressed(app, keys.pop() if keys else "escape")
            await pilot.pause(draw.choice([0, 0, 0.01]))
        assert not keys or app.return_code == 0, "it ended, and nobody left"
        app.exit()


@pytest.mark.parametrize("seed", range(3))
def test_any_keys_in_any_order_end_nothing(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    draw = random.Random(seed)
    app = Chainstep(load("same-weights") if seed % 2 else None)
    asyncio.run(driven(app, draw.choices(KEYS, k=90), draw))


@pytest.mark.parametrize("keys", [["?", *["escape"] * 3], ["ctrl+p", "pagedown"]], ids=" ".join)
def test_a_key_that_comes_before_the_screen_is_there_or_after_it_has_gone(keys: list[str]) -> None:
    app = Chainstep(load("same-weights"))

    async def whole() -> None:
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            for _ in range(4):
                for key in keys:
                    pressed(app, key)
                await pilot.pause(0.05)
                await pilot.press("escape")
            assert app.is_running

    asyncio.run(whole())
