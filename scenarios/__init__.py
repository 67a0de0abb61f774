"""Scenarios: YAML files that say a network, its data, its story and its published numbers."""

from chainstep.scenarios.faults import Fault, ScenarioError
from chainstep.scenarios.finding import find, names
from chainstep.scenarios.loading import Head, build, heads, load
from chainstep.scenarios.scenario import Claim, Note, Printed, Scenario, Source, Unclaimed
from chainstep.scenarios.schema import schema
from chainstep.scenarios.starting import starting_scenario
from chainstep.scenarios.writing import dump

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
