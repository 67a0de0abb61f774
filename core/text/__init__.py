"""Quantities, formulas and records as text, in the notation of the reader."""
