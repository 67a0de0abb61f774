"""Fast runs that leave some quantities to be looked at after every iteration."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainstep.core.engine.binding import Call, Views, bind
from chainstep.core.engine.fast import fast
from chainstep.core.engine.layout import Layout
from chainstep.core.setup import Array

if TYPE_CHECKING:
    from chainstep.core.engine.compiling import Kernel


class Watch(NamedTuple):
    """A way to run: the calls before many iterations, and those of each.

    ``values`` are views that always hold those of the iteration that has just been run; of
    weights, what that iteration began with. ``many`` runs so many iterations in one call, where
    a backend has one. Where programs take turns, ``turns`` has a way for each by its identity.
    """

    values: Mapping[str, Array]
    once: tuple[Call, ...]
    each: tuple[Call, ...]
    many: Callable[[int], None] | None = None
    turns: Mapping[int, Watch] = MappingProxyType({})


def watch(
    views: Views, layout: Layout, names: Collection[str], kernel: Kernel | None = None
) -> Watch:
    """The way to run that leaves these quantities to be looked at.

    Weights, and the factors that are views of them, are copied before an iteration puts the new
    ones in their place.
    """
    program, flat = layout.program, views.flat
    computed = [name for name in names if name in program.numbers]
    seen = {name: layout.view(flat, name) for name in names}
    carried = [layout.places[pair.old.name] for pair in program.carried]
    copies = []
    for name in names:
        if any(place.overlaps(layout.places[name]) for place in carried):
            view = layout.view(flat, name)
            seen[name] = np.array(view)
            copies.append((np.copyto, (seen[name], view)))
    if kernel is not None:
        many = None if names or program.feeds else partial(kernel.run, flat)
        return Watch(seen, (), (*copies, (kernel.run, (flat, 1))), many)
    once, each = fast(layout, computed)
    ordered = program.products == "ordered"
    bound = [tuple(bind(part, views, ordered=ordered) for part in parts) for parts in (once, each)]
    return Watch(seen, bound[0], (*copies, *bound[1]))


def copied(way: Watch, into: Mapping[str, Array]) -> Watch:
    """The same way, with what it leaves copied into arrays, into the first rows of larger ones.

    So two programs that take turns, one of fewer observations, are looked at in one place.
    """
    copies = []
    for name, value in way.values.items():
        rows: Any = (*map(slice, value.shape), ...)
        copies.append((np.copyto, (into[name][rows], value)))
    return Watch(into, way.once, (*way.each, *copies))
