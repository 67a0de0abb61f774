"""Somebody's own program: run it, see what it computes, and say which line is wrong."""

from chainstep.scenarios.programs.answers import Answer
from chainstep.scenarios.programs.watching import watch

__all__ = ["Answer", "watch"]
