"""The command's way in: what it imports is not searched for garbage."""

import gc

#: Objects made before a search. With Python's 700, a tenth of the time to the first line goes
#: into searching modules, which stay.
_PATIENCE = 100_000


def main() -> int:
    """Runs the command that was typed; see `command.main`."""
    gc.set_threshold(_PATIENCE)
    from chainstep.tui.command import main as command

    gc.freeze()  # nor when the process ends
    return command()
