"""The pytest plugin: the answer of ``check`` or ``watch`` is the text of a failure.

Installed with chainstep; ``-p no:chainstep`` leaves it out. It imports nothing of chainstep
until a test asks for the fixture or fails by it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import pytest


@pytest.fixture
def assert_backward() -> Callable[..., None]:
    """`chainstep.testing.assert_backward`, without an import in the test."""
    from chainstep.testing import assert_backward as function

    return function


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Puts the answer in the place of a traceback through chainstep's own lines."""
    report = yield
    if call.excinfo is not None and (said := _said(call.excinfo.value)):
        path, line = item.path, None
        for entry in call.excinfo.traceback:
            if str(entry.path) == str(path):
                line = entry.lineno + 1
        where = f"{path.name}:{line}" if line else path.name
        report.longrepr = f"{where}: {said}"
    return report


def _said(error: BaseException) -> str:
    """What there is to say of an error that is chainstep's own; nothing of any other."""
    kinds = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    if "chainstep.testing.BackwardError" in kinds:
        return f"the backward pass is not right\n\n{getattr(error, 'text', error)}"
    if "chainstep.core.quantities.InputError" in kinds:
        return f"this cannot be checked\n\n{error}"
    return ""
