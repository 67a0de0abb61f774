"""Changes to a scenario, typed as ``W1.0.2 = 0.5``, ``learning rate = 1``, ``loss = …``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainstep.core import Entry, InputError, Stepper
from chainstep.core.program import Program
from chainstep.core.quantities import Part, Quantity, nearest
from chainstep.core.setup import Array, Setup
from chainstep.core.text import typed
from chainstep.core.text.numbers import EXACT, number_text
from chainstep.core.text.typed_names import Reading
from chainstep.scenarios import Scenario, build
from chainstep.scenarios.overrides import in_words, is_known, known, option_of
from chainstep.scenarios.pasted_numbers import rows_of

_SETTINGS = "learning rate = 1, activation = relu, activation 2 = tanh, loss = …"
_GIVEN = re.compile(r"[Wb][0-9]+|a0|y")
_KEYS = {"W": "weights", "b": "biases", "a0": "inputs", "y": "targets"}
_MADE = "Made from"
#: What a scenario tells of itself; it holds no more where its numbers are others.
_OF_THE_PAGE = {"title", "question", "source", "story", "notes", "claims", "unclaimed"}
#: Overrides with which a network starts anew, and not from the weights of this moment.
_DRAWN = {"seed", "generator"}


def expected(program: Program) -> str:
    """How a change is written, by a number of this network."""
    if not program.parameters:
        return f"write {_SETTINGS}"
    first = program.parameters[0]
    last = ".".join(str(size - 1) for size in first.shape)
    return f"write {first.name}.{last} = 0.5, {first.name} = 0.5, {_SETTINGS}"


def editable(entry: Entry | None) -> bool:
    """Whether an entry is one that can be given: a weight, a bias, an input, a target."""
    return entry is not None and bool(_GIVEN.fullmatch(entry.quantity))


def proposal(scenario: Scenario, picked: Entry | None) -> str:
    """What an edit begins with: what the picked number starts as, or the learning rate."""
    if picked is not None and editable(picked):
        value = Stepper(scenario)[picked.quantity][picked.position]
        place = ".".join(map(str, picked.position))
        return f"{picked.quantity}.{place} = {number_text(value, EXACT)}"
    return f"learning rate = {scenario.setup.settings['learning_rate']:g}"


def edited(scenario: Scenario, stepper: Stepper, text: str, names: typed.Names) -> Scenario:
    """The scenario after a typed change: of what its run starts from, ``W1.0.2 = 0.5``.

    ``W1.0.2 = 0.5 from here`` starts from the weights of this moment instead.
    Raises: InputError where that cannot be read or does not fit.
    """
    bare = without_from_here(text)
    return _edited(scenario, Stepper(scenario) if bare == text else stepper, bare, names)


def without_from_here(text: str) -> str:
    """A change without the words that say from which weights it starts."""
    found = re.fullmatch(r"(.*\S)\s+from\s+here\s*", text, re.IGNORECASE | re.DOTALL)
    return found[1] if found else text


def _edited(scenario: Scenario, stepper: Stepper, text: str, names: typed.Names) -> Scenario:
    """The scenario after one change or several, parted by semicolons."""
    first, semicolon, rest = text.partition(";")
    if semicolon and rest.strip():
        made = _edited(scenario, stepper, first, names)
        return _edited(made, Stepper(made), rest, names)
    name, equals, value = first.partition("=")
    name, value = " ".join(name.split()), value.strip()
    if not equals or not name or not value:
        raise InputError(f"{_shown(text)!r} changes nothing: {expected(names.program)}")
    setting = option_of(name)
    changes: dict[str, Any] = {}
    if stepper.moment.iteration > 1 and setting not in _DRAWN:
        changes = _parameters_here(stepper, scenario)
    if setting == "notation":
        raise InputError("n chooses how quantities are written")
    if is_known(setting):
        changes[setting] = _as_typed(value)
    else:
        changes |= _with_numbers(stepper, scenario, name, value, names)
    made = build(scenario.recipe, scenario.name, scenario.path, changes, in_words)
    if not made.overridden:
        raise InputError(f"{name} is {_shown(value)} already")
    changed = tuple(dict.fromkeys((*scenario.overridden, name)))
    setup = made.setup if setting in _DRAWN else _remembering(made.setup, stepper)
    return retold(made, scenario, text, stepper)._replace(setup=setup, overridden=changed)


def with_mistake(scenario: Scenario, name: str | None) -> Scenario:
    """The scenario with a mistake made on purpose from the start, or with none."""
    _refuse_program(scenario)
    recipe = {key: value for key, value in scenario.recipe.items() if key != "mistake"}
    changes: dict[str, Any] = {} if name is None else {"mistake": [name]}
    made = build(recipe, scenario.name, scenario.path, changes, in_words)
    stepper = Stepper(scenario)
    made = made._replace(setup=_remembering(made.setup, stepper))
    changed = tuple(dict.fromkeys((*scenario.overridden, "mistake")))
    text = f"with the mistake {name}" if name else "without a mistake"
    return retold(made, scenario, text, stepper)._replace(overridden=changed)


def redrawn(scenario: Scenario) -> Scenario:
    """The scenario with new starting weights: of the next seed, or drawn where none were."""
    _refuse_program(scenario)
    before = scenario.recipe["network"].get("weights")
    if isinstance(before, Mapping) and "random" in before:
        weights = {**before, "seed": before.get("seed", 0) + 1}
    else:
        weights = {"random": "uniform", "low": -1, "high": 1, "seed": 1}
    changes = {"weights": weights}
    made = build(scenario.recipe, scenario.name, scenario.path, changes, in_words)
    changed = tuple(dict.fromkeys((*scenario.overridden, "weights")))
    stepper = Stepper(scenario)  # the weights are drawn for the first iteration
    text = f"weights drawn anew, seed {weights['seed']}"
    return retold(made, scenario, text, stepper)._replace(overridden=changed)


def _refuse_program(scenario: Scenario) -> None:
    """Raises: InputError where the run is of somebody's program, whose numbers stand in it."""
    scenario.setup  # noqa: B018  a program has none, and says so


def retold(made: Scenario, before: Scenario, text: str, stepper: Stepper) -> Scenario:
    """A changed scenario that says what it was made from, and nothing that was said of another."""
    told = " ".join(text.split())
    where = stepper.moment.iteration
    if where > 1:
        told += f" (from the weights of iteration {where})"
    if before.story.startswith(_MADE):
        story = f"{before.story.rstrip()}\n- {told}\n"
    else:
        story = f"{_MADE} {before.name} ({before.title}), on the screen:\n\n- {told}\n"
    title = f"{before.name}, changed"
    kept = {key: value for key, value in made.recipe.items() if key not in _OF_THE_PAGE}
    recipe = {"title": title, "story": story, **kept}
    return made._replace(recipe=recipe, title=title, story=story, question="", source=None)


def _entry(name: str, names: typed.Names) -> Reading:
    """The number that is changed.

    Raises: InputError where nothing is called so, or where it is computed.
    """
    try:
        found = typed.entry(name, names)
    except InputError as error:
        if any(sign in name for sign in ".["):
            raise
        words = [in_words(word) for word in known()]
        near = nearest(name, words)
        raise InputError(
            f"nothing here is called {_shown(name)!r}{near}; {expected(names.program)}"
        ) from error
    if not editable(found.entry):
        given = "a weight, a bias, an input or a target"
        raise InputError(f"{found.entry} cannot be changed here: {given} can")
    return found


def _number(text: str) -> float:
    try:
        number = float(text.replace("−", "-"))
    except ValueError:
        raise InputError(f"{_shown(text)!r} is no number") from None
    if not np.isfinite(number):
        raise InputError(f"{_shown(text)} is not finite: write a number")
    return number


def _as_typed(value: str) -> str:
    """A value as a file has it: words small and in one, numbers with a plain minus."""
    return value.lower().replace(" ", "-").replace("−", "-")


def _shown(text: str) -> str:
    text = text.strip()
    return text if len(text) <= typed.LONGEST else f"{text[:39]}…"


def _parameters_here(stepper: Stepper, scenario: Scenario) -> dict[str, list[Array]]:
    """The parameters of this iteration, one array for each layer, as the scenario writes them."""
    arrays: dict[str, list[Array]] = {}
    for quantity in sorted(stepper.program.parameters, key=lambda each: each.layer):
        letter = _letter(quantity)
        if letter:  # scales and shifts are no matrices of the file
            values = stepper[quantity.name].astype(np.float64)
            arrays.setdefault(_KEYS[letter], []).append(_laid_out(letter, values, scenario))
    return arrays


def _letter(quantity: Quantity) -> str:
    """The W of weights, the b of biases, nothing of other quantities: of ``beta2``."""
    return quantity.role if quantity.part in {Part.WEIGHTS, Part.BIASES} else ""


def _laid_out(letter: str, values: Array, scenario: Scenario) -> Array:
    """An array as the scenario's file has it: a list of biases, its own rows and columns."""
    if letter == "b":
        return values.ravel()
    if letter == "W":
        return values.T if scenario.weights_turned else values
    return values.T if scenario.recipe["data"].get("observations") == "columns" else values


def _with_numbers(
    stepper: Stepper, scenario: Scenario, name: str, value: str, names: typed.Names
) -> dict[str, Any]:
    """The arrays that are given once numbers of one are others: an entry, or the whole."""
    whole = _whole(name, names)
    if whole is None:
        found = _entry(name, names)
        quantity = stepper.program.quantities[found.quantity]
        values: Array = stepper[quantity.name].astype(np.float64)
        values[found.entry.position] = _number(value) * found.sign
    else:
        quantity = stepper.program.quantities[whole]
        values = _filled(value, stepper[whole].astype(np.float64), name)
    return _given(stepper, scenario, quantity, values)


def _whole(name: str, names: typed.Names) -> str | None:
    """The array that a name means as a whole, where it can be given; None for one number."""
    try:
        found = typed.reading(name, names)
    except InputError:
        return None  # it is told of the entry
    size = names.program.quantities[found.quantity].size
    plain = found.position is None and size > 1 and found.sign == 1 and not found.transposed
    return found.quantity if plain and editable(found.entry) else None


def _filled(value: str, before: Array, name: str) -> Array:
    """An array with one number everywhere, or with the rows that were typed.

    Raises: InputError where they have another shape.
    """
    rows = rows_of(value)
    if len(rows) == 1 and len(rows[0]) == 1:
        return np.full_like(before, _number(rows[0][0]))
    shape = "×".join(map(str, before.shape))
    numbers = [[_number(cell) for cell in row] for row in rows]
    if len({len(row) for row in numbers}) != 1 or np.shape(numbers) != before.shape:
        raise InputError(f"{name} is {shape}: write one number for all of it, or its rows")
    return np.array(numbers)


def _given(
    stepper: Stepper, scenario: Scenario, quantity: Quantity, values: Array
) -> dict[str, Any]:
    """The arrays as the scenario gives them, one of them with these values."""
    if not quantity.is_parameter:
        return {_KEYS[quantity.name]: _laid_out("", values, scenario)}
    letter = _letter(quantity)
    whole = _parameters_here(stepper, scenario)[_KEYS[letter]]
    layers = sorted(q.layer for q in stepper.program.parameters if _letter(q) == letter)
    whole[layers.index(quantity.layer)] = _laid_out(letter, values, scenario)
    return {_KEYS[letter]: whole}


def _remembering(setup: Setup, stepper: Stepper) -> Setup:
    """The setup with what else there is at this moment, scales, shifts and what its rule remembers.

    Another rule begins with nothing, and so does another network.
    """
    before = stepper.setup
    if setup.widths != before.widths:
        return setup
    if not stepper.updates_done:
        known = before.state if setup.rule == before.rule else setup.state
        return setup._replace(state=known, updates_before=before.updates_before)
    state = {
        quantity.name: stepper[quantity.name]
        for quantity in stepper.program.parameters
        if not _letter(quantity)
    }
    if setup.rule != before.rule:
        return setup._replace(state=state)
    for pair in stepper.program.carried:
        if not pair.old.is_parameter:
            state[pair.old.name] = stepper[pair.old.name]
    return setup._replace(state=state, updates_before=before.updates_before + stepper.updates_done)
