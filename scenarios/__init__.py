"""Scenarios: YAML files that say a network, its data, its story and its published numbers."""

from typing import TYPE_CHECKING

from chainstep.core.later import fetched

if TYPE_CHECKING:
    from chainstep.scenarios.faults import Fault, ScenarioError
    from chainstep.scenarios.json_schema import schema
    from chainstep.scenarios.loading import Head, build, heads, load
    from chainstep.scenarios.new_scenario import starting_scenario
    from chainstep.scenarios.scenario import Claim, Note, Printed, Scenario, Source, Unclaimed
    from chainstep.scenarios.scenario_files import find, names
    from chainstep.scenarios.yaml_writer import dump
else:
    __getattr__ = fetched(
        __name__,
        {
            "faults": ("Fault", "ScenarioError"),
            "json_schema": ("schema",),
            "loading": ("Head", "build", "heads", "load"),
            "new_scenario": ("starting_scenario",),
            "scenario": ("Claim", "Note", "Printed", "Scenario", "Source", "Unclaimed"),
            "scenario_files": ("find", "names"),
            "yaml_writer": ("dump",),
        },
    )

__all__ = [
    "Claim",
    "Fault",
    "Head",
    "Note",
    "Printed",
    "Scenario",
    "ScenarioError",
    "Source",
    "Unclaimed",
    "build",
    "dump",
    "find",
    "heads",
    "load",
    "names",
    "schema",
    "starting_scenario",
]
