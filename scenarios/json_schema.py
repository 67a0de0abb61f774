"""The JSON Schema of scenario files, from the table that the checks go by."""

from typing import Any

from chainstep.scenarios.composed_values import object_schema
from chainstep.scenarios.scenario_keys import FIELDS


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a scenario file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "chainstep scenario",
        "description": "A network, its data, how it learns, its story and its published numbers.",
        **object_schema(FIELDS),
    }
