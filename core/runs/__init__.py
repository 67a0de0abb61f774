"""Runs above the stepper: until a condition holds, with their curves, and several variants."""
