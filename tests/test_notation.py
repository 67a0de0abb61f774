from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from chainstep.core import InputError, Stepper
from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.setup import Setup
from chainstep.core.text.chain_drawings import chain_legend, chain_line, chain_lines
from chainstep.core.text.layer_chain import chain_of
from chainstep.core.text.markup import pieces_of
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import NOTATIONS, notation
from chainstep.core.text.typed_names import PageNames, Reading
from chainstep.scenarios import load, names
from chainstep.tui.command import main
from tests.networks import random_setup, setups, varied_setup

EVERY = pytest.mark.parametrize("named", NOTATIONS.values(), ids=list(NOTATIONS))


def program_of(name: str) -> Program:
    return Stepper(load(name)).program


def read(name: str, notation_name: str, text: str) -> tuple[str, tuple[int, ...] | None, int, bool]:
    found = read_name(NOTATIONS[notation_name], text, program_of(name))
    return found.quantity, found.position, found.sign, found.transposed


# ── every quantity, every entry ───────────────────────────────────────────────────────────


def read_name(notation: Notation, text: str, program: Program) -> Reading:
    return PageNames(notation, program).read(text)


def entries(program: Program) -> Iterator[tuple[str, tuple[int, ...]]]:
    """First and last of every quantity whose numbers have names of their own."""
    for quantity in program.quantities.values():
        if quantity.shape and quantity.role not in {"a+", "dz/dW", "dz/db"}:
            yield quantity.name, (0,) * len(quantity.shape)
            yield quantity.name, tuple(size - 1 for size in quantity.shape)


@EVERY
@settings(max_examples=5)
@given(setup=setups(deepest=3))
def test_a_quantitys_name_reads_back_as_that_quantity(named: Notation, setup: Setup) -> None:
    program = build(setup)
    names = PageNames(named, program)
    for quantity in program.quantities.values():
        found = names.read(named.quantity(quantity, program))
        assert (found.quantity, found.position, found.sign) == (quantity.name, None, 1)


@EVERY
@settings(max_examples=5)
@given(setup=setups(deepest=2))
def test_an_entrys_name_reads_back_as_that_entry(named: Notation, setup: Setup) -> None:
    program = build(setup)
    names = PageNames(named, program)
    for name, position in entries(program):
        quantity = program.quantities[name]
        found = names.read(named.entry(quantity, position, program))
        # where a quantity has one number its name may be that of the whole
        assert found.quantity == name or quantity.size == 1
        assert found.sign == 1
        assert found.position == position or quantity.size == 1 or "shared" in setup.bias


@EVERY
@pytest.mark.parametrize("scenario", names())
def test_names_of_quantities_differ(named: Notation, scenario: str) -> None:
    program = program_of(scenario)
    listed = [named.quantity(quantity, program) for quantity in program.quantities.values()]
    assert len(set(listed)) == len(listed)


@EVERY
def test_the_engines_name_stands_beside_the_pages(named: Notation) -> None:
    program = program_of("same-weights")
    for quantity in program.quantities.values():
        assert quantity.name in named.beside(quantity, program)


def test_the_engines_own_notation_uses_its_names() -> None:
    program = program_of("same-weights")
    named = NOTATIONS["z-a-W"]
    for quantity in program.quantities.values():
        assert named.beside(quantity, program) == quantity.name


@EVERY
def test_every_notation_says_where_it_comes_from(named: Notation) -> None:
    assert named.title
    assert named.source


@pytest.mark.parametrize("scenario", names())
def test_the_notation_of_a_scenario_is_known(scenario: str) -> None:
    assert load(scenario).notation in {None, *NOTATIONS}


def test_an_unknown_notation_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError) as told:
        notation("n-a-v")
    assert str(told.value) == (
        "no notation is called 'n-a-v'; did you mean 'n-a-w'? "
        "(z-a-W, n-a-w, affine-softmax, w1-w6, code, columns, net-out, brackets, pytorch, "
        "scikit-learn)"
    )


# ── as the pages write it ─────────────────────────────────────────────────────────────────

PAGES = [
    ("same-weights", "n-a-w", "W3", None, "w²"),
    ("same-weights", "n-a-w", "W1", (1, 2), "w⁰₀,₂"),
    ("same-weights", "n-a-w", "W1", (0, 2), "b⁰₂"),
    ("same-weights", "n-a-w", "a1", (0, 2), "₀a¹₂"),
    ("same-weights", "n-a-w", "z1", None, "n¹"),
    ("same-weights", "n-a-w", "dC/da3", None, "∂ΣC/∂a³"),
    ("same-weights", "n-a-w", "delta3", None, "∂ΣC/∂n³"),
    ("same-weights", "n-a-w", "dC/dW3", None, "∂ΣC/∂w²"),
    ("same-weights", "n-a-w", "C_obs", (1, 0), "₁C"),
    ("softmax-no-hidden-layer", "affine-softmax", "dC/dW1", None, "∂L/∂W"),
    ("softmax-no-hidden-layer", "affine-softmax", "a0", (0, 1), "x₂"),
    ("softmax-no-hidden-layer", "affine-softmax", "z1", (0, 2), "a₃"),
    ("softmax-no-hidden-layer", "affine-softmax", "a1", (0, 2), "y₃"),
    ("softmax-no-hidden-layer", "affine-softmax", "y", (0, 2), "t₃"),
    ("softmax-no-hidden-layer", "affine-softmax", "delta1", (0, 0), "∂L/∂a₁"),
    *(
        ("two-neurons", "w1-w6", "W1", position, f"w{number}")
        for position, number in (((0, 0), "₁"), ((1, 0), "₂"), ((0, 1), "₃"), ((1, 1), "₄"))
    ),
    ("two-neurons", "w1-w6", "W2", (0, 0), "w₅"),
    ("two-neurons", "w1-w6", "W2", (1, 0), "w₆"),
    ("two-neurons", "w1-w6", "a2", (0, 0), "a₃"),
    ("two-neurons", "w1-w6", "dC/dW1", (0, 0), "∂J/∂w₁"),
    ("two-neurons", "w1-w6", "y", (0, 0), "y"),
    ("two-layer-network", "code", "W1", None, "weight1"),
    ("two-layer-network", "code", "z1", None, "z1"),
    ("two-layer-network", "code", "dC/da2", None, "-delta2"),
    ("two-layer-network", "code", "delta2", None, "-dC_dw2"),
    ("two-layer-network", "code", "delta1", None, "-dC_dw1"),
    ("two-layer-network", "code", "da1/dz1", None, "derv_sigmoid_a1"),
    ("two-layer-network", "code", "dz2/dW2", None, "a1.T"),
    ("two-layer-network", "code", "dC/dW2", None, "-np.dot(a1.T, dC_dw2)"),
    ("two-layer-network", "code", "W1", (0, 2), "weight1[0,2]"),
    ("two-layer-network", "columns", "delta2", None, "δ²"),
    ("two-layer-network", "columns", "W1", (0, 2), "W¹₃,₁"),
    ("two-layer-network", "columns", "dC/dW2", None, "∇W² C"),
    ("two-neurons", "net-out", "z1", (0, 0), "net_h1"),
    ("two-neurons", "net-out", "a2", (0, 0), "out_o1"),
    ("two-neurons", "net-out", "dC/dW2", (0, 0), "∂E_total/∂w₅"),
]


@pytest.mark.parametrize(
    ("scenario", "name", "quantity", "position", "expected"),
    PAGES,
    ids=[f"{row[1]} {row[4]}" for row in PAGES],
)
def test_a_page_finds_its_own_name(
    scenario: str, name: str, quantity: str, position: tuple[int, ...] | None, expected: str
) -> None:
    program = program_of(scenario)
    named, found = NOTATIONS[name], program.quantities[quantity]
    written = (
        named.quantity(found, program)
        if position is None
        else named.entry(found, position, program)
    )
    assert written == expected


def test_the_chain_of_same_weights_is_the_pages() -> None:
    program = program_of("same-weights")
    chain = chain_of(program, program.step("dC/dW3"), NOTATIONS["n-a-w"])
    assert chain is not None
    assert chain.text == "∂ΣC/∂w² = ∂n³/∂w² · (∂a³/∂n³ ⊙ ∂ΣC/∂a³)"
    assert chain.latex == (
        r"\frac{\partial \sum C}{\partial w^{(2)}} = "
        r"\frac{\partial n^{(3)}}{\partial w^{(2)}} \cdot "
        r"\left(\frac{\partial a^{(3)}}{\partial n^{(3)}} \odot "
        r"\frac{\partial \sum C}{\partial a^{(3)}}\right)"
    )


@EVERY
@settings(max_examples=5)
@given(setup=setups(deepest=3, arithmetics=["float64"]))
def test_a_chain_is_a_product_of_matrices_that_fit_as_they_stand(
    named: Notation, setup: Setup
) -> None:
    stepper = Stepper(setup)
    stepper.iterate()
    for gradient in (q for q in stepper.program.quantities.values() if q.is_gradient):
        chain = chain_of(stepper.program, stepper.program.step(gradient.name), named)
        assert chain is not None
        factors = [
            named.turn(factor.quantity, stepper[factor.quantity.name]) for factor in chain.factors
        ]
        if any(factor.ndim == 3 for factor in factors) or gradient.shape == (1, 1):
            continue  # a row by the matrix of its observation; a bias that is summed further
        written = chain.product([f"v{n}" for n in range(len(factors))])
        found = eval(
            written.replace("·", "@").replace("⊙", "*").replace("ᵀ", ".T"),
            {f"v{n}": factor for n, factor in enumerate(factors)},
        )
        engine = named.turn(gradient, stepper[gradient.name])
        assert found.shape == engine.shape
        assert np.allclose(found, engine, 1e-9, 1e-12, equal_nan=True)


def test_the_five_factors_of_individual_neurons_are_the_pages() -> None:
    program = program_of("two-neurons")
    named, q = NOTATIONS["w1-w6"], program.quantities
    factors = [
        named.entry_derivative(q["C"], (), q["a2"], (0, 0), program),
        named.entry_derivative(q["a2"], (0, 0), q["z2"], (0, 0), program),
        named.entry_derivative(q["z2"], (0, 0), q["a1"], (0, 0), program),
        named.entry_derivative(q["a1"], (0, 0), q["z1"], (0, 0), program),
        named.entry_derivative(q["z1"], (0, 0), q["W1"], (0, 0), program),
    ]
    assert " · ".join("/".join(pieces) for pieces in factors) == (
        "∂J/∂a₃ · ∂a₃/∂z₃ · ∂z₃/∂a₁ · ∂a₁/∂z₁ · ∂z₁/∂w₁"
    )


@EVERY
@settings(max_examples=5)
@given(setup=setups(deepest=3))
def test_every_step_has_a_chain_that_can_be_drawn(named: Notation, setup: Setup) -> None:
    program = build(setup)
    for step in program.steps:
        chain = chain_of(program, step, named)
        assert chain is not None
        lines = chain_lines(chain)
        assert len(lines) == 4
        assert chain.total.text in chain_line(chain)
        assert ("┏" in "".join(lines)) == (chain.now is not None)
        assert chain_legend(chain)
        backward = step.phase == "backward"
        assert (chain.now is not None) == backward


DELTA = """\
∂ΣC   ∂n³   ┏ ∂a³   ∂ΣC ┓
─── = ─── · ┃ ─── ⊙ ─── ┃
∂w²   ∂w²   ┗ ∂n³   ∂a³ ┛
       ·       ✓     ✓"""
GRADIENT = """\
┏ ∂ΣC ┓   ∂n²     ∂a²     ∂ΣC   ∂n³
┃ ─── ┃ = ─── · ( ─── ⊙ ( ─── · ─── ) )
┗ ∂w¹ ┛   ∂w¹     ∂n²     ∂n³   ∂a²
           ✓          └ delta2 ✓ ┘"""
BELOW = """\
∂ΣC   ∂n²     ∂a²       ∂ΣC      ┏ ∂n³ ┓
─── = ─── · ( ─── ⊙ (   ───    · ┃ ─── ┃ ) )
∂w¹   ∂w¹     ∂n²       ∂n³      ┗ ∂a² ┛
       ·       ·      delta3 ✓      ✓"""


@pytest.mark.parametrize(
    ("quantity", "drawing", "folded"),
    [
        ("delta3", DELTA, "∂ΣC/∂w² = ∂n³/∂w² · ┏∂a³/∂n³ ⊙ ∂ΣC/∂a³┓"),
        (
            "dC/dW2",
            GRADIENT,
            "┏∂ΣC/∂w¹┓ = ∂n²/∂w¹ ✓ · ( ∂a²/∂n² ⊙ (∂ΣC/∂n³ · ∂n³/∂a²) = delta2 ✓ )",
        ),
        ("dz3/da2", BELOW, "∂ΣC/∂w¹ = ∂n²/∂w¹ · (∂a²/∂n² ⊙ (∂ΣC/∂n³ ✓ · ┏∂n³/∂a²┓))"),
    ],
)
def test_a_chain_is_drawn_with_what_is_done_and_what_is_now(
    quantity: str, drawing: str, folded: str
) -> None:
    program = program_of("same-weights")
    chain = chain_of(program, program.step(quantity), NOTATIONS["n-a-w"])
    assert chain is not None
    assert "\n".join(chain_lines(chain)) == drawing
    assert chain_line(chain) == folded


def test_the_legend_says_what_the_pages_names_are_typed_as() -> None:
    program = program_of("same-weights")
    chain = chain_of(program, program.step("delta3"), NOTATIONS["n-a-w"])
    assert chain is not None
    assert chain_legend(chain) == [
        "┏now┓  ✓ done  · ahead",
        "delta3 is ∂ΣC/∂n³",
        "w² is typed W3, n³ is z3, ΣC is C",
    ]


# ── names that people type ────────────────────────────────────────────────────────────────

TYPED = [
    *(
        ("two-neurons", "w1-w6", text, ("W1", (0, 0), 1, False))
        for text in ("w1", "w_1", "w₁", "w_{1}", " w₁ ")
    ),
    *(
        ("two-neurons", "w1-w6", text, ("dC/dW1", (0, 0), 1, False))
        for text in ("dJ/dw1", "∂J/∂w₁", "dJ_dw1", "dJ/dw_1", r"\partial J/\partial w_{1}")
    ),
    ("two-neurons", "w1-w6", "w₁…w₄", ("W1", None, 1, False)),
    ("two-neurons", "w1-w6", "dJ/dz3", ("delta2", None, 1, False)),
    ("same-weights", "n-a-w", "w2", ("W3", None, 1, False)),
    ("same-weights", "n-a-w", "w^2", ("W3", None, 1, False)),
    ("same-weights", "n-a-w", "w2_{0,1}", ("W3", (1, 1), 1, False)),
    ("same-weights", "n-a-w", "w²₀,₁", ("W3", (1, 1), 1, False)),
    ("same-weights", "n-a-w", "w2[0,1]", ("W3", (0, 1), 1, False)),
    ("same-weights", "n-a-w", "w2.0.1", ("W3", (0, 1), 1, False)),
    ("same-weights", "n-a-w", "dC/dw2", ("dC/dW3", None, 1, False)),
    ("same-weights", "n-a-w", "dΣC/da3", ("dC/da3", None, 1, False)),
    ("same-weights", "n-a-w", "C", ("C_obs", None, 1, False)),
    ("same-weights", "n-a-w", "ΣC", ("C", None, 1, False)),
    ("same-weights", "n-a-w", "w2.T", ("W3", None, 1, True)),
    ("same-weights", "n-a-w", "-w²ᵀ", ("W3", None, -1, True)),
    ("same-weights", "z-a-W", "∂C/∂W³", ("dC/dW3", None, 1, False)),
    ("same-weights", "z-a-W", "δ³", ("delta3", None, 1, False)),
    ("same-weights", "z-a-W", "dC/dW3[1,0]", ("dC/dW3", (1, 0), 1, False)),
    ("two-layer-network", "code", "dC_dw2", ("delta2", None, -1, False)),
    ("two-layer-network", "code", "-dC_dw2", ("delta2", None, 1, False)),
    ("two-layer-network", "code", "−dC_dw2", ("delta2", None, 1, False)),
    ("two-layer-network", "code", "dC_dw2.T", ("delta2", None, -1, True)),
    ("two-layer-network", "code", "delta2", ("dC/da2", None, -1, False)),
    ("two-layer-network", "code", "dC_dw2[3,0]", ("delta2", (3, 0), -1, False)),
    ("two-layer-network", "code", "weight2", ("W2", None, 1, False)),
    ("two-layer-network", "code", "weight2.T", ("dz2/da1", None, 1, False)),
    ("two-layer-network", "code", "x", ("a0", None, 1, False)),
    ("two-layer-network", "code", "np.dot(a1.T,dC_dw2)", ("dC/dW2", None, -1, False)),
    ("two-layer-network", "columns", "W1", ("W1", None, 1, True)),
    ("two-layer-network", "columns", "W1.T", ("W1", None, 1, False)),
    ("two-layer-network", "columns", "W1[3,0]", ("W1", (0, 3), 1, True)),
    ("two-layer-network", "columns", "W¹₄,₁", ("W1", (0, 3), 1, False)),
    ("two-neurons", "net-out", "neth1", ("z1", (0, 0), 1, False)),
    ("two-neurons", "net-out", "dEtotal/dw5", ("dC/dW2", (0, 0), 1, False)),
]


@pytest.mark.parametrize(
    ("scenario", "name", "text", "expected"), TYPED, ids=[f"{row[1]} {row[2]}" for row in TYPED]
)
def test_a_typed_name_is_read(
    scenario: str, name: str, text: str, expected: tuple[str, tuple[int, ...] | None, int, bool]
) -> None:
    assert read(scenario, name, text) == expected


@pytest.mark.parametrize(
    ("scenario", "name", "text", "message"),
    [
        (
            "two-layer-network",
            "code",
            "wieght1",
            (
                "in the notation code nothing of this network is called 'wieght1'; "
                "did you mean 'weight1'?"
            ),
        ),
        (
            "two-neurons",
            "w1-w6",
            "w7",
            "in the notation w1-w6 nothing of this network is called 'w7'; did you mean 'w₆'?",
        ),
        (
            "same-weights",
            "n-a-w",
            "w2[4,0]",
            "w2[4,0] is outside of it: it is 4×2, rows and columns from 0",
        ),
        (
            "two-layer-network",
            "columns",
            "W1[0,3]",
            "W1[0,3] is outside of it: it is 4×3, rows and columns from 0",
        ),
    ],
)
def test_a_name_that_is_none_is_told(scenario: str, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as told:
        read(scenario, name, text)
    assert str(told.value) == message


def test_an_ambiguous_name_is_told_with_all_that_it_may_be() -> None:
    setup = random_setup(1, (12, 12), ("sigmoid",), 1, "none", "squared-error")
    with pytest.raises(InputError) as told:
        read_name(NOTATIONS["affine-softmax"], "W111", build(setup))
    assert str(told.value) == (
        "'W111' may be any of W1[0,10], W1[10,0]: write one of these in brackets"
    )


def test_a_comma_tells_the_entries_apart() -> None:
    setup = random_setup(1, (12, 12), ("sigmoid",), 1, "none", "squared-error")
    assert read_name(NOTATIONS["affine-softmax"], "W_{11,1}", build(setup)).position == (10, 0)


@EVERY
@pytest.mark.parametrize("text", ["", "  ", "-", "[0]", "∂/∂", "_{", "W1[", "\\", "0", "(())"])
def test_nonsense_is_an_input_error(named: Notation, text: str) -> None:
    with pytest.raises(InputError):
        read_name(named, text, program_of("same-weights"))


# ── orientation ───────────────────────────────────────────────────────────────────────────


@EVERY
@settings(max_examples=5)
@given(setup=setups(deepest=2))
def test_turning_twice_gives_the_array_back(named: Notation, setup: Setup) -> None:
    for quantity in build(setup).quantities.values():
        array = np.arange(quantity.size).reshape(quantity.shape)
        turned = named.turn(quantity, array)
        assert turned.shape == named.shape(quantity)
        assert np.array_equal(named.turn(quantity, turned), array)


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("columns", {"W1", "dC/dW1", "a1", "delta1", "y", "b1", "dz1/dW1"}),
        ("brackets", {"W1", "dC/dW1", "a1", "delta1", "y", "b1", "dz1/dW1"}),
        ("pytorch", {"W1", "dC/dW1", "W1_new", "changeW1", "dz1/dW1"}),
        ("scikit-learn", set()),
    ],
)
def test_a_notation_turns_what_its_page_turns(name: str, turned: set[str]) -> None:
    program = build(random_setup(1, [3, 4, 2], ["tanh", "tanh"], 5, "separate", "squared-error"))
    named = NOTATIONS[name]
    found = {q.name for q in program.quantities.values() if named.is_turned(q)}
    assert turned <= found
    data = {"a0", "a1", "z1", "y", "delta1", "b1", "dC/db1"}
    assert named.orientation == "columns" or not found & data
    assert named.shape(program.quantities["W1"]) == ((4, 3) if turned else (3, 4))


@EVERY
@pytest.mark.parametrize("seed", [126])
def test_layers_of_any_kind_have_names_and_chains(named: Notation, seed: int) -> None:
    program = build(varied_setup(seed))
    written = [named.quantity(q, program) for q in program.quantities.values()]
    assert len(set(written)) == len(written)
    names = PageNames(named, program)
    for quantity in program.quantities.values():
        last = tuple(size - 1 for size in quantity.shape)
        assert names.read(named.quantity(quantity, program)).quantity == quantity.name
        assert named.entry(quantity, last, program)
        assert named.latex_entry(quantity, last, program).isascii()
    for step in program.steps:
        chain = chain_of(program, step, named)
        gradients = [q for q in program.quantities.values() if q.is_gradient]
        assert (chain is not None) == any(q.layer == step.layer for q in gradients)
        assert chain is None or chain.total.text in chain_line(chain)


def test_a_file_with_weights_as_units_by_inputs_is_replayed_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "turned.yaml"
    path.write_text(
        "data: {inputs: [[0.8, 0.4]], targets: [[1]]}\n"
        "network:\n"
        "  bias: none\n"
        "  weights_are: units × inputs\n"
        "  layers: [{units: 3, activation: tanh}, {units: 1, activation: sigmoid}]\n"
        "  weights: [[[1, 2], [3, 4], [5, 6]], [[7, 8, 9]]]\n"
        "loss: squared-error\n"
        "update: {rule: gradient-descent, learning_rate: 0.5}\n",
        encoding="utf-8",
    )
    assert main(["replay", str(path), "--quantity", "z1", "--quantity", "dC/dW1"]) == 0
    text = capsys.readouterr().out
    assert "z1 = a0 · W1ᵀ  " in text
    assert "(1,2)·(2,3) = (1,3)" in text
    assert "dC/dW1 = delta1ᵀ · dz1/dW1                               (3,1)·(1,2) = (3,2)" in text
    assert "rows: units of layer 1, columns: inputs" in text


@pytest.mark.parametrize(
    ("markup", "pieces"),
    [
        ("∂C/∂w^{2}", ("∂C", "∂w^{2}")),
        ("∂C", ("∂C", "")),
        ("a/∂b", ("a/∂b", "")),
        ("δ^{3}", ("δ^{3}", "")),
    ],
)
def test_a_fraction_is_one_of_two_changes(markup: str, pieces: tuple[str, str]) -> None:
    assert pieces_of(markup) == pieces


def test_one_place_of_a_matrix_that_is_turned_is_told_to_be_none() -> None:
    program = program_of("two-layer-network")
    name = NOTATIONS["columns"].quantity(program.quantities["W1"], program)
    with pytest.raises(InputError, match=r"\[1\] is outside of it: it is 4×3"):
        read_name(NOTATIONS["columns"], f"{name}[1]", program)
