"""Records that never change, with what follows from them kept beside."""

from __future__ import annotations

from inspect import get_annotations
from typing import Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True)
class Frozen:
    """A record: the annotated names of its class are what it is made of.

    As a frozen dataclass, of which each takes a millisecond of every start. Names with a value
    may be left out, as there.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _needed: ClassVar[int] = 0

    def __init_subclass__(cls) -> None:
        cls._fields = (*cls._fields, *get_annotations(cls))
        cls._needed = sum(not hasattr(cls, name) for name in cls._fields)

    def __init__(self, *args: Any, **named: Any) -> None:
        made = self.__dict__
        made.update(zip(self._fields, args, strict=False))
        made.update(named)
        if len(made) < self._needed or len(args) > len(self._fields):
            raise TypeError(f"{type(self).__name__} is made of {', '.join(self._fields)}")
        self.__post_init__()

    def __post_init__(self) -> None:
        """What a record checks of its parts."""

    def _replace(self, **changes: Any) -> Self:
        """The same with some of its parts exchanged."""
        parts = zip(self._fields, self._parts, strict=True)
        return type(self)(**{**dict(parts), **changes})

    @property
    def _parts(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self._fields)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frozen) or type(self) is not type(other):
            return NotImplemented
        return self._parts == other._parts

    def __hash__(self) -> int:
        return hash((type(self), *self._parts))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a record never changes: {name}")

    def __repr__(self) -> str:
        inside = ", ".join(f"{n}={v!r}" for n, v in zip(self._fields, self._parts, strict=True))
        return f"{type(self).__name__}({inside})"
