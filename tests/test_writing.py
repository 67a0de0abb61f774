"""Where answers go: files whole or not at all, links and modes kept, devices and pipes."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from chainstep.core import InputError
from chainstep.tui.command import main
from chainstep.tui.writing import write

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="has no such modes, links and pipes")


def left_behind(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".part")]


@POSIX
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o755], ids=oct)
def test_a_file_keeps_its_mode(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("before")
    path.chmod(mode)
    write(path, "after", overwrite=True)
    assert path.read_text() == "after"
    assert stat.S_IMODE(path.stat().st_mode) == mode


@POSIX
def test_a_new_file_has_the_mode_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "new.txt", "text", overwrite=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o640


@POSIX
def test_a_link_stays_a_link_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target = tmp_path / "there" / "target.txt"
    target.write_text("before")
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    write(link, "after", overwrite=True)
    assert link.is_symlink()
    assert target.read_text() == "after"


@POSIX
def test_a_link_to_nothing_yet_makes_its_file(tmp_path: Path) -> None:
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "target.txt")
    write(link, "text", overwrite=False)
    assert link.is_symlink()
    assert (tmp_path / "target.txt").read_text() == "text"


@POSIX
def test_the_other_names_of_a_file_see_what_is_written(tmp_path: Path) -> None:
    path, other = tmp_path / "one.txt", tmp_path / "other.txt"
    path.write_text("before")
    other.hardlink_to(path)
    write(path, "after", overwrite=True)
    assert other.read_text() == "after"


@POSIX
def test_a_pipe_stays_a_pipe_and_its_reader_gets_the_text(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    write(pipe, (f"line {n}\n" for n in range(50_000)), overwrite=False)
    reader.join()
    assert got[0].splitlines()[-1] == "line 49999"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@POSIX
def test_a_device_is_written_into() -> None:
    before = Path("/dev/null").stat()
    write(Path("/dev/null"), "text", overwrite=False)
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert Path("/dev/null").stat().st_rdev == before.st_rdev


@POSIX
@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda path: path.mkdir(), "is a directory; name a file in it", id="folder"),
        pytest.param(
            lambda path: path.write_text("mine"),
            "is there already; --force overwrites it",
            id="file",
        ),
        pytest.param(
            lambda path: path.symlink_to(path),
            "cannot be written: Too many levels of symbolic links",
            id="loop",
        ),
    ],
)
def test_what_is_no_file_to_replace_is_refused(
    make: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "there"
    make(path)  # type: ignore[operator]
    assert main(["replay", "two-neurons", "--output", str(path)]) == 2
    assert capsys.readouterr().err == f"chainstep: {path} {message}\n"


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no" / "file.txt"
    assert main(["new", str(path)]) == 2
    assert capsys.readouterr().err == f"chainstep: {path.parent} is no directory to write to\n"


@POSIX
def test_a_folder_is_refused_even_with_force(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        write(tmp_path, "text", overwrite=True)


@pytest.mark.parametrize(
    "command", ["replay two-neurons", "why two-neurons w1", "check two-neurons"]
)
def test_a_dash_is_standard_output(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command.split()) == 0
    plain = capsys.readouterr().out
    assert main([*command.split(), "--output", "-"]) == 0
    assert capsys.readouterr().out == plain
    assert not Path("-").exists()


@POSIX
def test_standard_output_by_its_own_name_is_standard_output(tmp_path: Path) -> None:
    words = ["-m", "chainstep", "replay", "two-neurons", "--output", "/dev/stdout"]
    with (tmp_path / "out.txt").open("w") as out:
        out.write("before\n")
        out.flush()
        subprocess.run([sys.executable, *words], stdout=out, check=True)
    text = (tmp_path / "out.txt").read_text(encoding="utf-8")
    assert text.startswith("before\ntwo-neurons: ")


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("before")

    def pieces() -> object:
        yield "half"
        raise InputError("no more")

    with pytest.raises(InputError, match="no more"):
        write(path, pieces(), overwrite=True)  # type: ignore[arg-type]
    assert path.read_text() == "before"
    assert left_behind(tmp_path) == []


_SLOW = """
import sys, time
from pathlib import Path
from chainstep.tui.writing import write

def pieces():
    yield "half"
    print("begun", flush=True)
    time.sleep(60)

write(Path(sys.argv[1]), pieces(), overwrite=True)
"""


@POSIX
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=str)
def test_a_save_that_is_killed_leaves_the_file_as_it_was(
    how: signal.Signals, tmp_path: Path
) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("before")
    running = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "begun\n"
    running.send_signal(how)
    running.wait()
    running.stdout.close()
    assert path.read_text() == "before"
    write(path, "after", overwrite=True)
    assert path.read_text() == "after"
    assert left_behind(tmp_path) == []


def test_what_a_killed_writer_left_is_cleaned_up_and_nothing_else(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    alive = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    dead_part = tmp_path / f".mine.txt.{gone.pid}.part"
    live_part = tmp_path / f".mine.txt.{alive.pid}.part"
    other = tmp_path / f".other.txt.{gone.pid}.part"
    for part in (dead_part, live_part, other):
        part.write_text("half")
    try:
        write(tmp_path / "mine.txt", "text", overwrite=False)
        assert not dead_part.exists()
        assert live_part.exists()
        assert other.exists()
    finally:
        alive.kill()
        alive.wait()


@POSIX
def test_a_full_disk_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is full")
    assert main(["replay", "two-neurons", "--output", "/dev/full"]) == 2
    assert capsys.readouterr().err == (
        "chainstep: /dev/full cannot be written: No space left on device\n"
    )


@POSIX
def test_a_reader_of_a_pipe_that_leaves_is_no_error(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    words = ["-m", "chainstep", "replay", "same-weights", "--iterations", "300", "--show", "all"]
    running = subprocess.Popen(
        [sys.executable, *words, "--output", str(pipe)], stderr=subprocess.PIPE
    )
    with pipe.open("rb") as reader:
        reader.read(10)
    time.sleep(0.01)
    assert running.stderr is not None
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait() == 0
