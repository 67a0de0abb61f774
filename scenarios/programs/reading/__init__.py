"""Reads what was seen as a training: iterations, cost, layers, and what each value is."""
