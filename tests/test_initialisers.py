"""What weights a network starts with."""

from math import sqrt

import numpy as np
import pytest

from chainstep.core.initialisers import (
    GENERATORS,
    INITIALISERS,
    Initialiser,
    draw_weights,
    filled,
)

DRAWN = pytest.mark.parametrize("entry", INITIALISERS.values(), ids=INITIALISERS)
FANS = [name for name in INITIALISERS if name.startswith(("xavier", "he"))]


@DRAWN
def test_an_initialiser_has_a_title_and_a_source(entry: Initialiser) -> None:
    assert entry.title
    assert entry.source


@DRAWN
@pytest.mark.parametrize("generator", GENERATORS)
def test_a_seed_gives_the_same_weights_again(entry: Initialiser, generator: str) -> None:
    shapes = [(3, 4), (4, 1)]
    first = draw_weights(entry.name, 7, shapes, generator=generator)
    second = draw_weights(entry.name, 7, shapes, generator=generator)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@DRAWN
def test_another_seed_gives_others(entry: Initialiser) -> None:
    (one,), (other,) = (draw_weights(entry.name, seed, [(3, 4)]) for seed in (1, 2))
    assert not np.isclose(one, other).any()


@DRAWN
@pytest.mark.parametrize("generator", GENERATORS)
def test_drawing_leaves_the_global_generator_alone(entry: Initialiser, generator: str) -> None:
    np.random.seed(5)  # noqa: NPY002 — the global state is what is looked at
    draw_weights(entry.name, 1, [(3, 4)], generator=generator)
    drawn = np.random.random()  # noqa: NPY002
    np.random.seed(5)  # noqa: NPY002
    assert drawn == np.random.random()  # noqa: NPY002


@DRAWN
@pytest.mark.parametrize("bias_row", [True, False])
def test_a_matrix_has_the_shape_asked_for(entry: Initialiser, bias_row: bool) -> None:
    (weights,) = draw_weights(entry.name, 1, [(3, 4)], bias_row=bias_row)
    assert weights.shape == (3, 4)
    assert weights.dtype == np.float64


@pytest.mark.parametrize("name", FANS)
def test_where_the_fan_decides_the_bias_row_starts_at_0(name: str) -> None:
    (weights,) = draw_weights(name, 1, [(4, 5)], bias_row=True)
    assert (weights[0] == 0).all()
    assert (weights[1:] != 0).all()


@pytest.mark.parametrize("name", FANS)
def test_the_bias_row_does_not_count_as_fan_in(name: str) -> None:
    (with_row,) = draw_weights(name, 1, [(4, 5)], bias_row=True)
    (without,) = draw_weights(name, 1, [(3, 5)])
    assert np.array_equal(with_row[1:], without)


@pytest.mark.parametrize("name", ["uniform", "normal"])
def test_plain_draws_include_the_bias_row(name: str) -> None:
    (with_row,) = draw_weights(name, 1, [(4, 5)], bias_row=True)
    (without,) = draw_weights(name, 1, [(4, 5)])
    assert np.array_equal(with_row, without)


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("xavier-uniform", sqrt(2 / (300 + 100))),
        ("xavier-normal", sqrt(2 / (300 + 100))),
        ("he-uniform", sqrt(2 / 300)),
        ("he-normal", sqrt(2 / 300)),
        ("uniform", sqrt(1 / 12)),
        ("normal", 1),
    ],
)
def test_the_weights_spread_as_the_paper_wants(name: str, deviation: float) -> None:
    (weights,) = draw_weights(name, 1, [(300, 100)])
    assert weights.std() == pytest.approx(deviation, rel=0.02)


@pytest.mark.parametrize("name", ["xavier-uniform", "he-uniform"])
def test_a_uniform_draw_stays_within_its_width(name: str) -> None:
    (weights,) = draw_weights(name, 1, [(300, 100)])
    width = sqrt(3) * weights.std()
    assert abs(weights).max() == pytest.approx(width, rel=0.02)


def test_settings_move_and_stretch_the_draw() -> None:
    (weights,) = draw_weights("uniform", 1, [(50, 50)], settings={"low": -3, "high": -2})
    assert weights.min() >= -3
    assert weights.max() <= -2


def test_layers_are_drawn_one_after_the_other_from_one_generator() -> None:
    generator = np.random.RandomState(1)
    first, second = draw_weights("uniform", 1, [(3, 4), (4, 1)], generator="legacy")
    assert np.array_equal(first, generator.random_sample((3, 4)))
    assert np.array_equal(second, generator.random_sample((4, 1)))


def test_a_fill_includes_the_bias_row() -> None:
    assert filled(None, (3, 2), True, 0.5).tolist() == [[0.5, 0.5]] * 3
