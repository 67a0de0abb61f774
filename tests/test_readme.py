import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
#: A page with a block that is to be saved, its name in the first line, is followed as a whole.
_SAVED = re.compile(r"^```(?:python|yaml)\n# [\w.-]+\.(?:py|yaml)$", re.MULTILINE)
_NAMED = re.compile(r"# ([\w.-]+\.(?:py|yaml))\n")
ALL = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FOLLOWED = [page for page in ALL if _SAVED.search(page.read_text(encoding="utf-8"))]
SET_UP = "python3 -m venv .venv && .venv/bin/pip install -q "
_BLOCK = re.compile(r"^```(?P<language>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_LEFT_OUT = "…\n"


def _blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [block["text"] for block in _BLOCK.finditer(text) if block["language"] == language]


def _examples(language: str) -> list[object]:
    """Every block in that language that is none of a page to be followed as a whole."""
    return [
        pytest.param(block, id=f"{page.name}-{number}")
        for page in ALL
        if language != "console" or page not in FOLLOWED
        for number, block in enumerate(_blocks(page, language), start=1)
        if not _NAMED.match(block)
    ]


def _runs(block: str) -> list[tuple[str, str]]:
    """The commands of a console block, each with what should come out."""
    assert block.startswith("$ "), f"a console block starts with a command: {block!r}"
    parts = [part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in parts]


def _matches(expected: str, found: str) -> bool:
    """Whether the text is the expected one, where a line that is only … stands for any lines."""
    parts = re.split(rf"^{_LEFT_OUT}", expected, flags=re.MULTILINE)
    return re.fullmatch(r"(?:.*\n)*".join(map(re.escape, parts)), found) is not None


def _run(command: str, folder: Path) -> str:
    """What a person would see; chainstep is that of the Python that runs the tests."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    finds_something = {"check", "watch"} & set(command.split()[:2])
    allowed = {0, 1} if finds_something or command.split(maxsplit=1)[0] == "pytest" else {0}
    assert done.returncode in allowed, done.stdout
    return done.stdout


@pytest.mark.parametrize("block", _examples("console"))
def test_the_commands_print_what_the_page_shows(block: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    for command, expected in _runs(block):
        found = _run(command, tmp_path)
        assert _matches(expected, found), f"$ {command}\n{found}"


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.name)
def test_a_page_can_be_followed_word_for_word(page: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        named = _NAMED.match(block["text"])
        if named:  # a file to be saved, its name above it
            (tmp_path / named[1]).write_text(block["text"], encoding="utf-8")
        elif block["language"] == "console":
            for command, expected in _runs(block["text"]):
                found = _run(command, tmp_path)
                assert _matches(expected, found), f"$ {command}\n{found}"


def _commands(language: str) -> list[str]:
    """The commands that blocks of plain text show, without those that open a screen."""
    lines = [
        line
        for page in ALL
        for block in _blocks(page, language)
        for line in block.splitlines()
        if line.startswith("chainstep ") and line.split()[1] not in {"open", "serve"}
    ]
    return [line for line in dict.fromkeys(lines) if not set("[…") & set(line)]


@pytest.mark.parametrize("command", _commands("text"))
def test_a_command_that_is_only_shown_runs(command: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    _run(command.partition("    ")[0], tmp_path)


@pytest.mark.parametrize("block", _examples("yaml"))
def test_a_piece_of_a_file_is_yaml(block: str) -> None:
    assert yaml.safe_load(block)


def test_every_block_is_in_a_language_that_is_tried() -> None:
    tried = {"console", "python", "yaml", "text", "sh"}
    fences = re.compile(r"^```(\S*)$", re.MULTILINE)
    for page in ALL:
        opening = fences.findall(page.read_text(encoding="utf-8"))[::2]
        assert set(opening) <= tried, page.name


@pytest.mark.parametrize("block", _examples("python"))
def test_the_python_examples_run(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # where the examples are
    if "import torch" in block:
        pytest.importorskip("torch")
    names: dict[str, object] = {"__name__": "example"}
    if ">>>" not in block:
        exec(compile(block, "example", "exec"), names)
        return
    test = doctest.DocTestParser().get_doctest(block, names, "example", None, None)
    results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert results.failed == 0


def test_the_readme_has_one_line_to_run_it_and_one_to_check_it() -> None:
    lines = [line for block in _blocks(ROOT / "README.md", "sh") for line in block.splitlines()]
    run, check = lines
    assert run.startswith(f"{SET_UP}. && .venv/bin/chainstep ")
    assert check == f"{SET_UP}-e '.[test]' && .venv/bin/python -m tests"


def test_ci_runs_the_line_of_the_readme_in_an_environment_of_its_own() -> None:
    check = _blocks(ROOT / "README.md", "sh")[-1].strip()
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert check.replace(".venv", ".ci-venv") in script.splitlines()


def test_contributing_says_the_same_line_as_the_readme() -> None:
    check = _blocks(ROOT / "README.md", "sh")[-1]
    assert check in _blocks(ROOT / "CONTRIBUTING.md", "sh")


@pytest.mark.parametrize(
    "page",
    [*ALL, ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md"],
    ids=lambda page: page.name,
)
def test_the_links_of_a_page_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:\s]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(
    ("expected", "found", "matches"),
    [
        pytest.param("a\nb\n", "a\nb\n", True, id="the same"),
        pytest.param("a\n", "a\nb\n", False, id="something more"),
        pytest.param("a\n…\nd\n", "a\nb\nc\nd\n", True, id="lines left out"),
        pytest.param("a\n…\nd\n", "a\nd\n", True, id="no line left out"),
        pytest.param("a\n…\n", "b\nc\n", False, id="another line before those left out"),
        pytest.param("a … b\n", "a 1 b\n", False, id="dots inside a line mean themselves"),
    ],
)
def test_output_is_compared_line_by_line(expected: str, found: str, matches: bool) -> None:
    assert _matches(expected, found) is matches
