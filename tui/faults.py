"""What a person reads of an error, whoever made it."""

from __future__ import annotations

from chainstep.core import InputError


def told_of(error: BaseException) -> str:
    """What a person reads of an error: what is theirs to mend as it stands, else whose it is."""
    if isinstance(error, InputError):
        return str(error)
    if isinstance(error, MemoryError):
        return "there is not enough memory for this"
    said = " ".join(str(error).split()) or "nothing more is known"
    return f"chainstep met a fault of its own ({type(error).__name__}: {said}); the run goes on"
