"""The program as numpy calls: where numbers lie, how they are computed fast, and kept."""
