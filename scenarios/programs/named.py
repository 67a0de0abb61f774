"""Tells a program from a scenario by its name; nothing is read."""

#: The ends of the names of files that are programs.
ENDINGS = (".py", ".ipynb")


def is_program(name: str | None) -> bool:
    """Whether a name is that of a program, or of one of its functions.

    >>> is_program("train.py"), is_program("train.py:main"), is_program("xor.yaml")
    (True, True, False)
    """
    return name is not None and (
        name.endswith(ENDINGS) or any(f"{ending}:" in name for ending in ENDINGS)
    )
