"""The engine: a network runs one chain-rule factor at a time, on numpy alone."""
