"""Somebody's own program: run it, see what it computes, and say which line is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainstep.scenarios.programs.telling.answers import Answer
    from chainstep.scenarios.programs.watching import watch

__all__ = ["Answer", "watch"]


def __getattr__(name: str) -> Any:
    """Reads what watching needs only where it is wanted."""
    if name == "watch":
        from chainstep.scenarios.programs.watching import watch

        return watch
    if name == "Answer":
        from chainstep.scenarios.programs.telling.answers import Answer

        return Answer
    raise AttributeError(name)
