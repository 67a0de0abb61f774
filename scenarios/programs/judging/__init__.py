"""Judges a training: which updates are wrong, and where that begins."""
