"""Differentiates what was seen: the derivative of a cost by every value before it."""
