import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import chainstep

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
#: The folders of the tree, and what each is imported as.
PACKAGES = {
    "face": "chainstep",
    "core": "chainstep.core",
    "scenarios": "chainstep.scenarios",
    "tui": "chainstep.tui",
}

ALLOWED = {
    "face": {"chainstep.core", "chainstep.scenarios", "chainstep.tui"},
    "core": {"numpy", "chainstep.core"},
    "scenarios": {"numpy", "yaml", "chainstep.core", "chainstep.scenarios"},
    "tui": {
        "numpy",
        "rich",
        "shtab",
        "textual",
        "chainstep.core",
        "chainstep.scenarios",
        "chainstep.tui",
    },
}

# In parts, so that this file does not hold them itself.
MACHINE_PATHS = ["/" + "root/", "/" + "home/", "/" + "Users/", "/" + "work/", "/" + "opt/"]
REGISTRY_HOSTS = ["py" + "pi.", "python" + "hosted", "npm" + "js", "deb" + "ian.org"]


def _modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _imports(module: Path) -> Iterator[str]:
    """The modules that it imports anywhere, functions included."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            assert node.module is not None
            yield from (
                [f"chainstep.{alias.name}" for alias in node.names]
                if node.module == "chainstep"
                else [node.module]
            )


def _room(name: str) -> str:
    """What an import counts as: ``chainstep.core``, or the name of another package."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "chainstep" else parts[0]


@pytest.mark.parametrize(
    "module",
    [pytest.param(path, id=str(path.relative_to(ROOT))) for p in PACKAGES for path in _modules(p)],
)
def test_imports_run_one_way(module: Path) -> None:
    allowed = ALLOWED[module.relative_to(ROOT).parts[0]] | sys.stdlib_module_names
    assert {_room(name) for name in _imports(module)} - allowed == set()


@pytest.mark.parametrize(
    ("package", "absent"),
    [("core", {"yaml", "rich", "textual"}), ("scenarios", {"rich", "textual"})],
)
def test_importing_a_package_loads_nothing_above_it(package: str, absent: set[str]) -> None:
    program = f"import sys, chainstep.{package}; print(*sys.modules)"
    loaded = _output(sys.executable, "-c", program).split()
    assert absent.intersection(loaded) == set()


def _output(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_chainstep_loads_nothing_heavy() -> None:
    loaded = _output(sys.executable, "-c", "import sys, chainstep; print(*sys.modules)").split()
    assert {"numpy", "yaml", "rich", "textual"}.intersection(loaded) == set()


@pytest.mark.parametrize("name", chainstep.__all__)
def test_every_public_name_of_chainstep_is_there(name: str) -> None:
    assert getattr(chainstep, name)


def test_chainstep_says_which_names_it_has_not() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'loda'"):
        chainstep.loda  # noqa: B018


def test_the_command_runs_as_a_module() -> None:
    assert _output(sys.executable, "-m", "chainstep", "list").startswith("same-weights ")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names in a wheel that is built from a copy of the tree."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    program = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=copy,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = (copy / "dist").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_that_the_program_reads(wheel: set[str]) -> None:
    files = [
        f"{name.replace('.', '/')}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, name in PACKAGES.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert [name for name in sorted(files) if name not in wheel] == []


def test_the_wheel_puts_nothing_beside_chainstep(wheel: set[str]) -> None:
    assert {name.split("/")[0] for name in wheel} == {
        "chainstep",
        f"chainstep-{PROJECT['project']['version']}.dist-info",
    }


def test_the_installed_version_is_that_of_the_tree() -> None:
    assert importlib.metadata.version("chainstep") == PROJECT["project"]["version"]


def _requirements() -> list[Requirement]:
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(text) for group in (project["dependencies"], *extras) for text in group]


def test_every_lower_bound_is_a_version_that_was_tried() -> None:
    lines = (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    tried = dict(line.split("==") for line in lines if not line.startswith("#"))
    for requirement in _requirements():
        bounds = [part.version for part in requirement.specifier if part.operator == ">="]
        for bound in bounds:
            version = tried.pop(requirement.name)
            assert re.fullmatch(rf"{re.escape(bound)}(\.0)*", version), requirement.name
    assert tried == {}


def _tree() -> list[Path]:
    """The files that are committed, or would be."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("only a clone knows which files are the project's")
    listed = _output("git", "-C", ROOT, "ls-files", "-z", "-co", "--exclude-standard")
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and path.suffix not in {".npz", ".png"}]


def test_no_file_names_a_machine_or_a_registry() -> None:
    forbidden = re.compile("|".join(map(re.escape, MACHINE_PATHS + REGISTRY_HOSTS)))
    named = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in _tree()
        if (match := forbidden.search(path.read_text(encoding="utf-8")))
    ]
    assert named == []
