import pytest
from hypothesis import given, settings

from chainstep.core import Entry, Stepper
from chainstep.core.network import build
from chainstep.core.program import Program
from chainstep.core.setup import Setup
from chainstep.core.text.entry_formulas import in_letters
from chainstep.core.text.formulas import (
    equation,
    formula,
    formula_in,
    latex_equation,
)
from chainstep.core.text.notation import Notation
from chainstep.core.text.notations import NOTATIONS
from chainstep.scenarios import load, names
from tests.networks import setups

EVERY = pytest.mark.parametrize("named", NOTATIONS.values(), ids=list(NOTATIONS))


def program_of(name: str) -> Program:
    return Stepper(load(name)).program


def balanced(text: str) -> bool:
    return all(
        text.count(left) == text.count(right) for left, right in ("()", "[]", "{}")
    ) and text.count(r"\left") == text.count(r"\right")


@EVERY
@settings(max_examples=8)
@given(setup=setups(deepest=3))
def test_every_formula_renders_in_every_notation(named: Notation, setup: Setup) -> None:
    program = build(setup)
    for step in program.steps:
        for text in (
            equation(step, named, program),
            formula_in(step.expression, named, program),
            latex_equation(step, named, program),
        ):
            assert text
            assert balanced(text), text
        assert latex_equation(step, named, program).isascii()


@pytest.mark.parametrize("scenario", names())
def test_the_engines_notation_gives_the_records_formula(scenario: str) -> None:
    program = program_of(scenario)
    for step in program.steps:
        assert formula_in(step.expression, NOTATIONS["z-a-W"], program) == formula(step.expression)


EQUATIONS = [
    ("same-weights", "n-a-w", "z3", "n³ = a²⁺ · w²"),
    ("same-weights", "n-a-w", "dC/da3", "∂ΣC/∂a³ = 2·(a³ − y)"),
    ("same-weights", "n-a-w", "da3/dz3", "∂a³/∂n³ = a³ ⊙ (1 − a³)"),
    ("same-weights", "n-a-w", "dC/dW3", "∂ΣC/∂w² = ∂n³/∂w² · ∂ΣC/∂n³"),
    ("two-layer-network", "code", "z1", "z1 = a0 @ weight1"),
    ("two-layer-network", "code", "dC/da2", "delta2 = y - a2"),
    ("two-layer-network", "code", "delta2", "dC_dw2 = delta2 * derv_sigmoid_a2"),
    ("two-layer-network", "code", "delta1", "dC_dw1 = (dC_dw2 @ weight2.T) * derv_sigmoid_a1"),
    (
        "two-layer-network",
        "code",
        "W2_new",
        "weight2_new = weight2 + learningRate*np.dot(a1.T, dC_dw2)",
    ),
    ("two-layer-network", "columns", "z1", "z¹ = W¹ · a⁰"),
    ("two-layer-network", "columns", "dC/da1", "∇a¹ C = (W²)ᵀ · δ²"),
    ("two-layer-network", "columns", "delta1", "δ¹ = ∇a¹ C ⊙ σ′(z¹)"),
    ("two-layer-network", "columns", "dC/dW2", "∇W² C = δ² · (a¹)ᵀ"),
    ("softmax-no-hidden-layer", "affine-softmax", "z1", "a = x · W"),
    ("softmax-no-hidden-layer", "affine-softmax", "a1", "y = softmax(a)"),
    ("softmax-no-hidden-layer", "affine-softmax", "dC/dW1", "∂L/∂W = ∂a/∂W · ∂L/∂a"),
    ("two-neurons", "w1-w6", "a1", "(a₁,a₂) = σ(z₁,z₂)"),
    ("two-neurons", "w1-w6", "changeW2", "Δ(w₅,w₆) = α·∂J/∂(w₅,w₆)"),
    ("two-neurons", "net-out", "a2", "out_o1 = σ(net_o1)"),
]


@pytest.mark.parametrize(
    ("scenario", "name", "quantity", "expected"),
    EQUATIONS,
    ids=[f"{row[1]} {row[2]}" for row in EQUATIONS],
)
def test_a_step_is_written_as_the_page_writes_it(
    scenario: str, name: str, quantity: str, expected: str
) -> None:
    program = program_of(scenario)
    assert equation(program.step(quantity), NOTATIONS[name], program) == expected


def test_the_short_way_is_written_where_it_is_taken() -> None:
    program = program_of("softmax-no-hidden-layer")
    step = program.step("delta1")
    short = equation(step, NOTATIONS["affine-softmax"], program, short=True)
    assert short == "∂L/∂a = y ⊙ Σ units t − t"


def test_a_name_with_a_minus_passes_through_products_and_differences() -> None:
    program = program_of("two-layer-network")
    expression = program.step("W2_new").expression
    assert formula(expression, lambda q: "−g" if q.role == "changeW" else q.role) == "W + g"


# ── one entry in letters ──────────────────────────────────────────────────────────────────

LETTERS = [
    ("softmax-no-hidden-layer", "affine-softmax", Entry("dC/dW1", (0, 0)), "x₁(y₁ − t₁)"),
    ("softmax-no-hidden-layer", "affine-softmax", Entry("dC/dW1", (1, 2)), "x₂(y₃ − t₃)"),
    ("two-neurons", "w1-w6", Entry("dC/dW1", (0, 0)), "x₁(a₃ − y)·w₅·a₁(1 − a₁)"),
    ("two-neurons", "w1-w6", Entry("dC/dW2", (1, 0)), "a₂(a₃ − y)"),
    ("two-neurons", "w1-w6", Entry("z1", (0, 1)), "x₁·w₃ + x₂·w₄"),
    ("same-weights", "n-a-w", Entry("z1", (0, 2)), "b⁰₂ + ₀a⁰₀·w⁰₀,₂ + ₀a⁰₁·w⁰₁,₂"),
    ("same-weights", "n-a-w", Entry("dC/da3", (1, 0)), "2(₁a³₀ − ₁y₀)"),
    ("two-neurons", "w1-w6", Entry("W1", (0, 0)), None),
]


@pytest.mark.parametrize(
    ("scenario", "name", "entry", "expected"),
    LETTERS,
    ids=[f"{row[1]} {row[2]}" for row in LETTERS],
)
def test_an_entry_is_written_in_letters(
    scenario: str, name: str, entry: Entry, expected: str | None
) -> None:
    assert in_letters(program_of(scenario), entry, NOTATIONS[name]) == expected


@EVERY
@settings(max_examples=5)
@given(setup=setups(deepest=3))
def test_every_entry_is_written_in_letters_or_too_long(named: Notation, setup: Setup) -> None:
    program = build(setup)
    for step in program.steps:
        corner = tuple(size - 1 for size in step.quantity.shape)
        text = in_letters(program, Entry(step.quantity.name, corner), named)
        assert text is None or balanced(text), text


def test_a_long_sum_in_letters_tells_what_it_leaves_out() -> None:
    written = in_letters(program_of("rounding-separates"), Entry("C", ()), NOTATIONS["z-a-W"])
    assert written == "C_obs[0,0] + C_obs[1,0] + C_obs[2,0] + … 12 more … + C_obs[15,0]"


def test_a_raised_name_is_squared_in_parentheses() -> None:
    program = load("l2-pulling").program
    written = equation(program.step("penalty_W1"), NOTATIONS["n-a-w"], program)
    assert written == "penalty(w⁰) = λ·Σ entries (w⁰)² / 2"
