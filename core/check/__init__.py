"""Somebody's numbers: what is right, what is wrong, and which mistake gives them."""
