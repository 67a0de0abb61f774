"""A small part of what ``python -m tests.fuzz`` throws at the command."""

import sys

import pytest

if sys.platform == "win32":
    pytest.skip("the fuzzer counts a process's seconds as Unix does", allow_module_level=True)

from tests.fuzz import KINDS, run


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_comes_ends_in_a_code_and_at_most_one_message(kind: str) -> None:
    tried = run(kind, 4 if kind == "programs" else 12, seed=1)
    assert tried.tried
    assert not tried.faults, "\n\n".join(tried.faults)
