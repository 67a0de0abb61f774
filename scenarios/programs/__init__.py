"""Somebody's own program: run it, see what it computes, and judge it."""
