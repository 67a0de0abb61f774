"""The process of one visitor: the screens, with no way to the files of the machine."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: What a visitor's process may never do, by the names of Python's audit events.
_NEVER = (
    "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn",
    "os.spawn", "pty.spawn", "socket.connect", "socket.bind", "os.remove", "os.rename", "os.rmdir",
    "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.kill",
    "shutil.", "ftplib.", "smtplib.", "urllib.Request", "webbrowser.open", "ctypes.dlopen",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC


def main() -> int:
    """Runs the screens for one visitor: memory in MiB, and a scenario, are its arguments."""
    memory = int(sys.argv[1])
    name = sys.argv[2] if len(sys.argv) > 2 else ""
    _limit_memory(memory)
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    from chainstep.scenarios import load
    from chainstep.tui.app import Chainstep

    scenario = load(name) if name else None
    app = Chainstep(scenario, is_visitor=True)
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    sys.addaudithook(_refuse())
    app.run()
    return 0


def _leave_with(server: int) -> None:
    """Ends this process once the server has been ended, even by force."""
    while os.getppid() == server:
        time.sleep(1)
    os._exit(0)


def _limit_memory(mebibytes: int) -> None:
    try:
        import resource
    except ImportError:  # a system without such limits
        return
    limit = mebibytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _refuse() -> Callable[[str, tuple[Any, ...]], None]:
    """What looks at everything the process does, and lets it read its own program alone."""
    import chainstep.core
    import chainstep.scenarios
    import chainstep.tui

    places = {sys.prefix, sys.base_prefix, *filter(None, sys.path)}
    for package in (chainstep.core, chainstep.scenarios, chainstep.tui):
        places |= {str(Path(place)) for place in package.__path__}
    own = tuple({os.path.realpath(place) + os.sep for place in places if Path(place) != Path.cwd()})
    outside = ("/dev/null", "/dev/urandom", "/proc/self/", "/usr/share/zoneinfo/")

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = args[0], args[1], args[2]
            if isinstance(path, int):
                return
            writes = bool(flags & _WRITING) if isinstance(flags, int) else "r" not in str(mode)
            text = os.path.realpath(os.fsdecode(path))
            if writes or not text.startswith((*own, *outside)):
                raise PermissionError(13, "the files of this machine are not open to visitors")
        elif event in {"os.listdir", "os.scandir"}:
            place = os.path.realpath(os.fsdecode(args[0])) + os.sep if args[0] else ""
            if not place.startswith(own):
                raise PermissionError(13, "the folders of this machine are not open to visitors")
        elif event.startswith(_NEVER):
            raise PermissionError(13, f"a visitor may not do this: {event}")

    return hook


if __name__ == "__main__":
    sys.exit(main())
