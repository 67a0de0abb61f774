import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TUTORIAL = ROOT / "docs" / "tutorial"
PAGES = [
    ROOT / "README.md",
    *(page for page in sorted((ROOT / "docs").glob("**/*.md")) if page.parent != TUTORIAL),
]
SET_UP = "python3 -m venv .venv && .venv/bin/pip install -q "
_BLOCK = re.compile(r"^```(?P<language>\S+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_LEFT_OUT = "…\n"


def _blocks(page: Path, language: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [block["text"] for block in _BLOCK.finditer(text) if block["language"] == language]


def _examples(language: str) -> list[object]:
    """Every block in that language, with an id that says where it stands."""
    return [
        pytest.param(block, id=f"{page.name}-{number}")
        for page in PAGES
        for number, block in enumerate(_blocks(page, language), start=1)
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
    finds_something = command.split()[1] in {"check", "watch"}
    assert done.returncode in ({0, 1} if finds_something else {0}), done.stdout
    return done.stdout


@pytest.mark.parametrize("block", _examples("console"))
def test_the_commands_print_what_the_page_shows(block: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    for command, expected in _runs(block):
        found = _run(command, tmp_path)
        assert _matches(expected, found), f"$ {command}\n{found}"


@pytest.mark.parametrize("page", sorted(TUTORIAL.glob("*.md")), ids=lambda page: page.name)
def test_a_tutorial_can_be_followed_word_for_word(page: Path, tmp_path: Path) -> None:
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        first, _, rest = block["text"].partition("\n")
        if block["language"] in {"python", "yaml"}:  # a file to be saved, its name above it
            (tmp_path / first.removeprefix("# ")).write_text(rest, encoding="utf-8")
        elif block["language"] == "console":
            for command, expected in _runs(block["text"]):
                found = _run(command, tmp_path)
                assert _matches(expected, found), f"$ {command}\n{found}"


@pytest.mark.parametrize("block", _examples("python"))
def test_the_python_examples_run(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)  # where the examples are
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
    [*PAGES, *TUTORIAL.glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "ARCHITECTURE.md"],
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
