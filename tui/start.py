"""The command's way in: what it imports is not searched for garbage."""

import gc
import os

#: Objects made before a search. With Python's 700, a tenth of the time to the first line goes
#: into searching modules, which stay.
_PATIENCE = 100_000


def _leave(*_: object) -> None:
    """Ends the process at once: what an interrupt does until the command itself takes it."""
    os.write(2, b"chainstep: interrupted\n")
    os._exit(130)


def main() -> int:
    """Runs the command that was typed; see `command.main`.

    One thread multiplies matrices unless the environment says otherwise: two on shared cores
    have a long tail, and other last bits.
    """
    import _signal  # type: ignore[import-not-found]  # signal takes a millisecond to load

    _signal.signal(_signal.SIGINT, _leave)
    gc.set_threshold(_PATIENCE)
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    from chainstep.tui.command import main as command

    gc.freeze()  # nor later
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    try:
        _signal.signal(_signal.SIGINT, interrupt)
        return command()
    except BaseException:  # an interrupt in the middle of an import comes out as something else
        if interrupted:
            _leave()
        raise
    finally:
        gc.freeze()  # nor anything when the process ends
