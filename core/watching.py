"""Fast runs that leave some quantities to be looked at after every iteration."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from chainstep.core.binding import Call, Views, bind
from chainstep.core.fast import fast
from chainstep.core.layout import Layout
from chainstep.core.setup import Array


@dataclass(frozen=True)
class Watch:
    """A way to run: the calls before many iterations, and those of each.

    ``values`` are views that always hold those of the iteration that has just been run; of
    weights, what that iteration began with.
    """

    values: Mapping[str, Array]
    once: tuple[Call, ...] = field(repr=False)
    each: tuple[Call, ...] = field(repr=False)


def watch(views: Views, layout: Layout, names: Collection[str], *, ordered: bool) -> Watch:
    """The way to run that leaves these quantities to be looked at.

    Weights, and the factors that are views of them, are copied before an iteration puts the
    new ones in their place.
    """
    program = layout.program
    computed = [name for name in names if name in program.numbers]
    seen = {name: layout.view(views.flat, name) for name in names}
    copies = []
    for name in names:
        role = program.quantities[name].role
        if role == "dz/da" or (name not in program.numbers and role != "t"):  # weights, or a view
            view = layout.view(views.flat, name)
            seen[name] = np.array(view)
            copies.append((np.copyto, (seen[name], view)))
    once, each = fast(layout, computed)
    bound = [tuple(bind(part, views, ordered=ordered) for part in parts) for parts in (once, each)]
    return Watch(seen, bound[0], (*copies, *bound[1]))
