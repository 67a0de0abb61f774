"""chainstep serve: the screens in a browser, on this machine unless told otherwise."""

from __future__ import annotations

import argparse

from chainstep.core.quantities import InputError
from chainstep.core.text.harmless import harmless
from chainstep.scenarios import load
from chainstep.tui.options import count

_LEAST_MEMORY = 256  # MiB, with which the smallest scenario runs


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scenario",
        metavar="SCENARIO",
        nargs="?",
        help="a name of `chainstep list`; else the gallery",
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="the address to listen at (%(default)s)"
    )
    parser.add_argument("--port", type=count(1), default=8000, help="the port (%(default)s)")
    parser.add_argument(
        "--visitors", type=count(1), default=8, metavar="N", help="how many at a time (%(default)s)"
    )
    parser.add_argument(
        "--memory",
        type=count(_LEAST_MEMORY),
        default=1024,
        metavar="MIB",
        help="for each visitor, in MiB (%(default)s)",
    )
    parser.epilog = (
        "Each visitor has a process of their own, which reads no file of this machine but the "
        "program's own, and writes none. It needs pip install 'chainstep[serve]'."
    )


def run(options: argparse.Namespace) -> int:
    if options.port > 65535:
        raise InputError(f"there is no port {options.port}: the last one is 65535")
    name = load(options.scenario).name if options.scenario else ""
    if options.scenario and load(name).path != load(options.scenario).path:
        raise InputError("serve takes a scenario by its name in chainstep list, not a file")
    try:
        from chainstep.tui.serving import VisitorServer
    except ImportError as error:
        raise InputError(
            f"serving needs {error.name or 'textual-serve'}: pip install 'chainstep[serve]'"
        ) from error
    limits = (options.visitors, options.memory)
    server = VisitorServer(name, options.host, options.port, limits)
    try:
        server.serve()
    except OSError as error:
        where = f"{harmless(options.host)}:{options.port}"
        raise InputError(f"{where} cannot be listened at: {error.strerror or error}") from error
    return 0
