"""The run of a network as text: a table of costs, and how far identical units are apart."""

from __future__ import annotations

from chainstep.core.why.drift import Drift
from chainstep.core.why.network import Network
from chainstep.core.why.wording import filled, number, rough

_BROKEN = 1e-2  # apart by so much, units no longer do nearly the same


def run_title(drift: Drift) -> str:
    """The heading: which iterations were run."""
    return f"THE RUN, iterations {drift.first} to {drift.last}"


def run_lines(found: Network, width: int) -> list[str]:
    """The costs on the way, and what is to be said of them."""
    drift = found.drift
    rows = [
        (str(look.iteration), number(look.cost), rough(look.spread) if drift.groups else "")
        for look in found.looks
    ]
    cost = "cost of its batch" if found.in_batches else "cost"
    heads = ("iteration", cost, "identical units are apart by" if drift.groups else "")
    sizes = [max(len(heads[n]), *(len(row[n]) for row in rows), 0) for n in (0, 1)]
    lines = [
        f"  {first.rjust(sizes[0])}  {cost.rjust(sizes[1])}   {spread}".rstrip()
        for first, cost, spread in (heads, *rows)
    ]
    for sentence in _about_run(found):
        lines += filled(sentence, width, "  ")
    return lines


def _about_run(found: Network) -> list[str]:
    drift, looks = found.drift, found.looks
    said = []
    if found.costs:
        updates = looks[-1].iteration - looks[0].iteration
        went = f"{cost_of(found)} {_went(*found.costs)}"
        said.append(f"{went[0].upper()}{went[1:]} in {updates} updates.")
    if found.left is not None:
        said.append(f"Later numbers are left out: {str(found.left).replace('This', 'the', 1)}.")
    elif drift.groups and drift.since is None:
        count = drift.last - drift.first + 1
        said.append(
            "Identical units were equal bit for bit in every one of these iterations."
            if count > 1
            else "Identical units are equal bit for bit."
        )
    elif drift.groups and looks:
        said += _rounded(found)
    return said


def cost_of(found: Network) -> str:
    """What is compared at both ends of a run: with batches, whole epochs."""
    return "the mean cost of an epoch" if found.in_batches else "the cost"


def _went(first: float, last: float) -> str:
    if number(first) == number(last):
        return f"stayed at {number(first)}"
    return f"{'fell' if last < first else 'rose'} from {number(first)} to {number(last)}"


def _rounded(found: Network) -> list[str]:
    last = found.looks[-1]
    since = found.drift.since
    apart = f"Rounding alone has put them {rough(last.spread)} apart, since iteration {since}."
    said = [f"By structure these units stay identical. {apart}"]
    if last.spread >= _BROKEN:
        said.append("Rounding has broken the symmetry: they no longer do the same.")
    return said
