import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import chainstep.core
import chainstep.scenarios
import chainstep.tui

PACKAGES = (chainstep.core, chainstep.scenarios, chainstep.tui)


def _modules() -> Iterator[str]:
    for package in PACKAGES:
        yield package.__name__
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield module.name


@pytest.mark.parametrize("name", list(_modules()))
def test_the_examples_in_the_docstrings_come_out_as_written(name: str) -> None:
    results = doctest.testmod(
        importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert results.failed == 0, f"{results.failed} of {results.attempted} examples; see above"
