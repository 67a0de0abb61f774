"""Quantities, formulas and records as text, in the notation and the format of the reader."""
