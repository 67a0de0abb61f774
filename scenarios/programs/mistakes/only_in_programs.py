"""The mistakes that only a program can make: a network of layers has no place for them.

All others have the names of the catalogue, `chainstep.core.check.mistakes`.
"""

from __future__ import annotations

ONLY_IN_PROGRAMS: dict[str, str] = {
    "activation-of-wrong-layer": "the activation of another layer is used in a gradient",
    "another-part": "another part of an array is taken than the one that belongs there",
    "changed-in-place": "a value was changed in place before its last use",
    "columns-for-entries": "whole columns are changed, where one entry of each row is meant",
    "computed-once": "a value is computed once, of parameters that change afterwards",
    "delta-of-wrong-layer": "delta of another layer is used",
    "equal-units": "all units of a layer begin equal, and stay so",
    "repeated-indices": "of an index that occurs several times only the last change counts",
    "squares-written-over": "the squares of the iterations before are written over",
    "wrong-count": "the gradients are divided by another number than the mean in the cost",
    "way-left-out": "a value reaches the cost by several ways, and one is left out",
}
