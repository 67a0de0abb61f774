"""Scenarios: YAML files that say a network, its data, its story and its published numbers."""

from chainstep.scenarios.faults import Fault, ScenarioError
from chainstep.scenarios.loading import Head, build, find, heads, load, names
from chainstep.scenarios.scenario import Claim, Note, Printed, Scenario, Source, Unclaimed

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
    "find",
    "heads",
    "load",
    "names",
]
