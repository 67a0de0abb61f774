"""What numbers and symbols look like as text."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainstep.core.text.ascii import to_ascii
from chainstep.core.text.numbers import EXACT, Digits, number_text, number_texts

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        pytest.param(np.float32(0.97589064), 7, "0.9758906", id="the page's activation"),
        pytest.param(0.028122, 7, "0.028122", id="no trailing zeros"),
        pytest.param(np.float32(2.2), 7, "2.2", id="float32 in its own digits"),
        pytest.param(1.0, 7, "1", id="whole"),
        pytest.param(np.int64(-3), 7, "-3", id="integer"),
        pytest.param(-0.00075429, 7, "-0.0007543", id="decimals run out before digits"),
        pytest.param(123.456789, 7, "123.4568", id="digits run out before decimals"),
        pytest.param(0.000078, 7, "0.000078", id="plain as long as the decimals hold it"),
        pytest.param(1.4e-9, 7, "1.4e-09", id="never rounded to 0"),
        pytest.param(-7.8123e-05, 4, "-0.0001", id="rounded to the last decimal"),
        pytest.param(-4.1e-04, 3, "-4.1e-04", id="below half of the last decimal"),
        pytest.param(5e-324, 7, "4.940656e-324", id="the smallest"),
        pytest.param(0.99999999, 7, "1", id="rounded up to 1"),
        pytest.param(9999999.9, 7, "1e+07", id="rounded up beyond the digits"),
        pytest.param(12345678.9, 7, "1.234568e+07", id="large"),
        pytest.param(1000.0, 3, "1000", id="whole, of few digits"),
        pytest.param(1234.0, 3, "1.23e+03", id="whole, of too many digits"),
        pytest.param(1e22, 7, "1e+22", id="very large"),
        pytest.param(0.0, 7, "0", id="zero"),
        pytest.param(-0.0, 7, "0", id="zero has no sign"),
        pytest.param(np.nan, 7, "nan", id="nan"),
        pytest.param(np.inf, 7, "inf", id="inf"),
        pytest.param(-np.inf, 7, "-inf", id="-inf"),
        pytest.param(0.125, 2, "0.12", id="half goes to even"),
        pytest.param(7.8123e-05, Digits(3), "7.81e-05", id="significant digits only"),
        pytest.param(0.00012345, Digits(3), "0.000123", id="significant digits, plain"),
        pytest.param(1234.5678, Digits(7, 2), "1234.57", id="decimals of their own"),
        pytest.param(0.004, Digits(7, 2), "4e-03", id="decimals of their own, too small"),
        pytest.param(np.float32(0.1), EXACT, "0.1", id="exact float32"),
        pytest.param(np.float64(np.float32(0.1)), EXACT, "0.10000000149011612", id="exact float64"),
        pytest.param(-0.0, EXACT, "-0", id="exact zero keeps its sign"),
        pytest.param(np.float32(3), EXACT, "3", id="exact whole"),
        pytest.param("0.0280", 7, "0.0280", id="what a page prints stays"),
    ],
)
def test_a_number_reads(number: float | str, digits: int | Digits, text: str) -> None:
    assert number_text(number, digits) == text


@given(FLOATS, st.integers(1, 17))
def test_text_is_the_nearest_to_the_number_in_its_own_digits(number: float, count: int) -> None:
    shown = Decimal(number_text(number, count))
    if abs(number) < 1 and "e" not in number_text(number, count):
        last_place = Decimal(1).scaleb(-count)
    else:
        last_place = Decimal(1).scaleb(Decimal(number).adjusted() - count + 1)
    assert abs(shown - Decimal(number)) <= last_place / 2


@given(FLOATS, st.integers(1, 17))
def test_a_plain_number_has_no_more_digits_and_decimals_than_asked_for(
    number: float, count: int
) -> None:
    mantissa = number_text(number, count).partition("e")[0].lstrip("-")
    whole, _, decimals = mantissa.partition(".")
    assert len(decimals) <= count
    assert len((whole + decimals).strip("0")) <= count
    assert not decimals.endswith("0")


@given(FLOATS.filter(bool), st.integers(1, 17))
def test_no_number_becomes_0(number: float, count: int) -> None:
    assert Decimal(number_text(number, count)) != 0


@given(st.floats(width=32), st.floats(width=64))
def test_exact_text_reads_back_to_the_same_bits(narrow: float, wide: float) -> None:
    for number in (np.float32(narrow), np.float64(wide)):
        back = type(number)(number_text(number, EXACT))
        assert np.isnan(number) or back.tobytes() == number.tobytes()


@given(st.lists(FLOATS, min_size=1), st.integers(1, 17))
def test_numbers_read_the_same_alone_and_together(numbers: list[float], count: int) -> None:
    assert number_texts(numbers, count) == [number_text(number, count) for number in numbers]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        pytest.param("δ³ = ∂ΣC/∂a₁₂ ⊙ σ′(z³)", "delta^3 = dSumC/da_12 * sigma'(z^3)", id="formula"),
        pytest.param("aᵀ · (W − ∇C)", "a^T . (W - gradC)", id="letters"),
        pytest.param("▸ page ✓ ≈ 0.5 × 2 → …", "> page ok ~ 0.5 x 2 -> ...", id="marks"),
        pytest.param("┌──┬──┐│█▌·│", "+--+--+|##.|", id="drawing"),
        pytest.param("“w₁ ≠ w₂” – it’s", '"w_1 != w_2" - it\'s', id="quotes"),
        pytest.param("café, naïve", "cafe, naive", id="accents"),
        pytest.param("数 🙂", "? ?", id="unknown"),
        pytest.param("plain [1, 0]", "plain [1, 0]", id="ascii stays"),
    ],
)
def test_symbols_read_in_ascii(text: str, plain: str) -> None:
    assert to_ascii(text) == plain


@given(st.text())
def test_ascii_is_ascii_and_stays_so(text: str) -> None:
    assert to_ascii(text).isascii()
    assert to_ascii(to_ascii(text)) == to_ascii(text)


def test_seven_digits_are_shown_where_nothing_is_said() -> None:
    assert (number_text(0.123456789), number_texts([1 / 3])) == ("0.1234568", ["0.3333333"])
