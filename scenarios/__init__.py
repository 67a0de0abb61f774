"""Scenarios: YAML files that say a network, its data, its story and its published numbers."""

from chainstep.scenarios.faults import Fault, ScenarioError
from chainstep.scenarios.loading import Head, build, heads, load
from chainstep.scenarios.new_scenario import starting_scenario
from chainstep.scenarios.scenario import Claim, Note, Printed, Scenario, Source, Unclaimed
from chainstep.scenarios.scenario_files import find, names
from chainstep.scenarios.schema import schema
from chainstep.scenarios.yaml_writer import dump

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
