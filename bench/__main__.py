"""Times chainstep beside its peers, prints the page, and writes docs/performance.md."""

import argparse
import os
import sys
from pathlib import Path

_PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


#: What makes numpy use kernels for an older processor, or smaller blocks than it could.
SLOWS_DOWN = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_VERBOSE")
#: What makes every start compile the program anew, as it is not for anybody else.
_ELSEWHERE = ("PYTHONDONTWRITEBYTECODE", "PYTHONDEVMODE", "PYTHONTRACEMALLOC")


def _as_anywhere() -> None:
    """Before numpy and the others are loaded, since they read these once; for processes too."""
    for name in (*SLOWS_DOWN, *_ELSEWHERE):
        os.environ.pop(name, None)
    sys.dont_write_bytecode = False
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ.setdefault("XLA_FLAGS", flags)
    os.environ.setdefault("JAX_PLATFORMS", "cpu")


def main(words: list[str] | None = None) -> int:
    """Measures everything, prints it, and writes it down."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="tiny runs, to see that it works")
    parser.add_argument(
        "--output", type=Path, default=_PAGE, help="docs/performance.md if not said"
    )
    options = parser.parse_args(words)
    _as_anywhere()
    from bench.measuring import measured
    from bench.report import page, say, write

    text = page(measured(short=options.short), short=options.short)
    say(text)
    write(text, options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
