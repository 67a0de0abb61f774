"""The parts that quantities play in a network: how each is called, what it is of, in words.

A program that somebody wrote has quantities without a role; their facts are their own.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

from chainstep.core.quantities import Axis, Kind, Part, Quantity

Phase = Literal["forward", "backward", "update"]
PHASES: tuple[Phase, ...] = ("forward", "backward", "update")


class Role(NamedTuple):
    """One part, played by a quantity in every layer that has it.

    ``name``, ``of`` and ``by`` are the names of quantities, and ``meaning`` (the whole) and
    ``entry`` (one number of it) are said, with ``{k}`` for the layer and ``{n}`` for the next.
    ``phase`` is the one that computes it; none does where it is given. ``letter`` is that of
    the parameter that it belongs to.
    """

    key: str
    name: str
    kind: Kind
    of: str = ""
    by: str = ""
    phase: Phase | None = None
    letter: str = ""
    meaning: str = ""
    entry: str = ""

    def named(self, layer: int) -> str:
        """The name of its quantity in a layer."""
        return _in_layer(self.name, layer)


def _in_layer(template: str, layer: int) -> str:
    return template.format(k=layer, n=layer + 1)


#: What one number of a parameter is called.
PARAMETERS = {"W": "weight", "b": "bias", "gamma": "scale", "beta": "shift"}


def _of_layers() -> tuple[Role, ...]:
    """What layers have for their units, whatever their kind, and what the cost has."""
    data, value, derivative, factor = Kind.DATA, Kind.VALUE, Kind.DERIVATIVE, Kind.FACTOR
    rows: tuple[tuple[str, str, Kind, str, str, Phase | None, str, str], ...] = (
        (
            *("y", "y", data, "", "", None),
            "the targets, which are given",
            "a target, which is given",
        ),
        (
            *("t", "t", data, "", "", None),
            "how many updates there were, this one included",
            "how many updates there were, this one included",
        ),
        (
            *("a", "a{k}", value, "", "", "forward"),
            "what each unit makes of its sum",
            "what a unit of layer {k} sends on",
        ),
        (
            *("a+", "a{k}+", value, "a{k}", "", "forward"),
            "a column of ones in front of a{k}, for the biases in the top row of W{n}",
            "an activation of layer {k}, or the 1 for the bias",
        ),
        (
            *("z", "z{k}", value, "", "", "forward"),
            "each unit's weighted sum of what comes in",
            "what a unit of layer {k} sums up",
        ),
        (
            *("C_obs", "C_obs", value, "", "", "forward"),
            "what each observation costs",
            "what one observation costs",
        ),
        (*("C", "C", value, "", "", "forward"), "the cost", "the cost"),
        (
            *("dC/da", "dC/da{k}", derivative, "C", "a{k}", "backward"),
            "how much the cost changes when a{k} changes",
            "how much the cost changes when an activation of layer {k} changes",
        ),
        (
            *("dz/da", "dz{n}/da{k}", factor, "z{n}", "a{k}", "backward"),
            (
                "how much z{n} changes when a{k} changes: the weights between them, "
                "without biases, transposed"
            ),
            (
                "how much a pre-activation of layer {n} changes when an activation of "
                "layer {k} changes"
            ),
        ),
        (
            *("da/dz", "da{k}/dz{k}", factor, "a{k}", "z{k}", "backward"),
            "the slope of the activation, entry by entry",
            "the slope of an activation of layer {k}",
        ),
        (
            *("delta", "delta{k}", derivative, "C", "z{k}", "backward"),
            "how much the cost changes when z{k} changes, for every observation by itself",
            "how much the cost changes when a pre-activation of layer {k} changes",
        ),
        (
            *("C_data", "C_data", value, "", "", "forward"),
            "the cost of the data, without the penalty",
            "the cost of the data",
        ),
        (
            *("mask", "mask{k}", data, "", "", None),
            "which units are kept in this iteration, and how much those count for",
            "0 where a unit is left out in this iteration",
        ),
        (
            *("da/da", "da{n}/da{k}", factor, "a{n}", "a{k}", "backward"),
            "how much a{n} changes when a{k} changes: the mask",
            "how much an activation of layer {n} changes when one of layer {k} changes",
        ),
        (
            *("mean", "mean{k}", value, "", "", "forward"),
            "the mean of each unit over the observations; here they mix",
            "the mean of a unit over the observations",
        ),
        (
            *("var", "var{k}", value, "", "", "forward"),
            "the variance of each unit over the observations; here they mix",
            "the variance of a unit over the observations",
        ),
        (
            *("ahat", "ahat{k}", value, "", "", "forward"),
            "what comes in, less its mean and over its standard deviation",
            "what comes in, normalised over the observations",
        ),
        (
            *("dC/dahat", "dC/dahat{k}", derivative, "C", "ahat{k}", "backward"),
            "how much the cost changes when ahat{k} changes",
            "how much the cost changes when a normalised number of layer {k} changes",
        ),
        (
            *("dC/dvar", "dC/dvar{k}", derivative, "C", "var{k}", "backward"),
            "how much the cost changes when var{k} changes; every observation has a share in it",
            "how much the cost changes when a variance of layer {k} changes",
        ),
        (
            *("dC/dmean", "dC/dmean{k}", derivative, "C", "mean{k}", "backward"),
            "how much the cost changes when mean{k} changes; every observation has a share in it",
            "how much the cost changes when a mean of layer {k} changes",
        ),
    )
    return tuple(
        Role(key, name, kind, of, by, phase, "", meaning, entry)
        for key, name, kind, of, by, phase, meaning, entry in rows
    )


def _of_parameter(letter: str) -> tuple[Role, ...]:
    """What a layer has for its weights, and alike for its biases, its scales, its shifts."""
    own, one = f"{letter}{{k}}", PARAMETERS[letter]
    factor = {
        "W": "how much z{k} changes when W{k} changes: what came in, transposed",
        "b": "how much z{k} changes when its biases change: as much as they do",
        "gamma": "how much z{k} changes when its scales change: what was normalised",
        "beta": "how much z{k} changes when its shifts change: as much as they do",
    }[letter]
    rows: tuple[tuple[str, str, Kind, str, str, Phase | None, str, str], ...] = (
        (letter, own, Kind.VALUE, "", "", None, f"the parameters {own}", f"a {one} of layer {{k}}"),
        (
            *(f"dz/d{letter}", f"dz{{k}}/d{own}", Kind.FACTOR, "z{k}", own, "backward", factor),
            f"how much a pre-activation of layer {{k}} changes when a {one} changes",
        ),
        (
            *(f"dC/d{letter}", f"dC/d{own}", Kind.DERIVATIVE, "C", own, "backward"),
            f"how much the cost changes when {own} changes, summed over the observations",
            f"how much the cost changes when a {one} of layer {{k}} changes",
        ),
        (
            *(f"change{letter}", f"change{own}", Kind.CHANGE, own, "", "update"),
            f"what the update rule takes off {own}",
            f"what the update takes off a {one} of layer {{k}}",
        ),
        (
            *(f"{letter}_new", f"{own}_new", Kind.VALUE, own, "", "update"),
            f"{own} for the next iteration",
            f"a {one} of layer {{k}} for the next iteration",
        ),
        (
            *(f"penalty{letter}", f"penalty_{own}", Kind.VALUE, own, "", "forward"),
            f"what the size of {own} costs",
            f"what the size of {own} costs",
        ),
        (
            *(f"dC_data/d{letter}", f"dC_data/d{own}", Kind.FACTOR, "C_data", own, "backward"),
            f"how much the cost of the data, without the penalty, changes when {own} changes",
            f"how much the cost of the data changes when a {one} of layer {{k}} changes",
        ),
        (
            *(f"dpenalty/d{letter}", f"dpenalty_{own}/d{own}", Kind.FACTOR, f"penalty_{own}", own),
            *("backward", f"how much the penalty changes when {own} changes: it pulls towards 0"),
            f"how much the penalty changes when a {one} of layer {{k}} changes",
        ),
        (
            *(f"decay{letter}", f"decay{own}", Kind.CHANGE, own, "", "update"),
            f"what weight decay adds to the gradient of {own}: a pull towards 0",
            f"what weight decay adds to the gradient of a {one}",
        ),
        (
            *(f"pulled{letter}", f"pulled{own}", Kind.CHANGE, own, "", "update"),
            f"the gradient of {own} with its decay, as the update rule takes it",
            "a gradient with its decay, as the update rule takes it",
        ),
    )
    return tuple(
        Role(key, name, kind, of, by, phase, "" if key == f"penalty{letter}" else letter, *words)
        for key, name, kind, of, by, phase, *words in rows
    )


#: The roles that readers treat otherwise than the rest.
_PARTS: dict[str, Part] = {
    **{part.value: part for part in Part},
    **{f"change{letter}": Part.CHANGE for letter in PARAMETERS},
    **{f"decay{letter}": Part.DECAY for letter in PARAMETERS},
}

ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        *_of_layers(),
        *(role for letter in PARAMETERS for role in _of_parameter(letter)),
    )
}


@cache
def role(key: str) -> Role:
    """The row of a role; what an update rule remembers, ``m.W``, is made as it is asked for.

    With ``_old`` it is what the quantity was in the iteration before.

    >>> role("m.W").named(3), role("v.b_old").named(1), role("dC/dW_old").named(2)
    ('m.W3', 'v.b1_old', 'dC/dW2_old')
    >>> role("m.W_old").kind
    <Kind.STATE: 'state'>
    """
    if key in ROLES:
        return ROLES[key]
    stem = key.removesuffix("_old")
    if stem != key:
        now = role(stem)
        return now._replace(
            key=key,
            name=f"{now.name}_old",
            kind=Kind.STATE,
            of=now.name if now.kind is not Kind.STATE else now.of,
            by="",
            phase=None,
            meaning=f"{now.name} of the iteration before",
            entry=f"a number of {now.name} of the iteration before",
        )
    _, _, letter = key.rpartition(".")
    return Role(
        key,
        f"{key}{{k}}",
        Kind.STATE,
        of=f"{letter}{{k}}",
        phase="update",
        letter=letter,
        meaning=f"what the update rule remembers of the gradients of {letter}{{k}}",
        entry=f"what the update rule remembers of the gradients of a {PARAMETERS[letter]}",
    )


def name_of(key: str, layer: int) -> str:
    """The name of a role's quantity in a layer.

    >>> name_of("dz/da", 2), name_of("m.W", 3), name_of("v.b_old", 1)
    ('dz3/da2', 'm.W3', 'v.b1_old')
    """
    return role(key).named(layer)


def quantity(
    key: str, layer: int, shape: tuple[int, ...], axes: tuple[Axis, ...], *, learns: bool = False
) -> Quantity:
    """The quantity that plays a role in a layer, with all its facts."""
    row = role(key)
    return Quantity(
        row.named(layer),
        shape,
        axes,
        Kind.DATA if key == "a" and layer == 0 else row.kind,
        of=_in_layer(row.of, layer),
        by=_in_layer(row.by, layer),
        layer=layer,
        parameter=f"{row.letter}{layer}" if row.letter else "",
        learns=learns,
        role=key,
        part=_PARTS.get(key),
    )


def said(text: str, layer: int) -> str:
    """The words of a role for its quantity in a layer."""
    return _in_layer(text, layer)
