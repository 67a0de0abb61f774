"""The benchmarks: ``python -m bench`` in the root of a clone."""
