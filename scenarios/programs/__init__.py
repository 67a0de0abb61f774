"""Somebody's own program: run it, see what it computes, and say which line is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainstep.core.later import fetched

if TYPE_CHECKING:
    from chainstep.scenarios.programs.telling.answers import Answer
    from chainstep.scenarios.programs.watching import watch
else:
    __getattr__ = fetched(__name__, {"telling.answers": ("Answer",), "watching": ("watch",)})

__all__ = ["Answer", "watch"]
