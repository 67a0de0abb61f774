import ast
import importlib.metadata
import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

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
    "face": {
        "numpy",
        "pytest",  # the plugin alone
        "torch",  # where a model of it is given
        "chainstep.asking",
        "chainstep.core",
        "chainstep.networks",
        "chainstep.scenarios",
        "chainstep.testing",
        "chainstep.tui",
    },
    "core": {"numpy", "chainstep.core"},
    "scenarios": {"autograd", "numpy", "yaml", "chainstep.core", "chainstep.scenarios"},
    "tui": {
        "numpy",
        "rich",
        "shtab",
        "textual",
        "textual_serve",  # these two in serving.py alone, an extra
        "aiohttp",
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


#: The floors of the engine's house, from the ground up: a module imports from its own floor
#: and those below. What stands beside each other on a floor does not import its neighbour.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("core",),
    ("core/engine", "core/text"),
    ("core/records.py",),
    ("core/stepper.py",),
    ("core/why",),
    ("core/runs",),
    ("core/check",),
    ("core/formats",),
)
#: The floors of what watches programs, from the ground up.
WATCHING = ("seeing", "deriving", "reading", "mistakes", "judging", "telling", "opening")
#: Imports inside functions that lead upwards: an answer is written by what reads it.
UPWARDS = {
    ("core/in_notebooks.py", "core/formats"),
    ("core/check/check_numbers.py", "core/check/check_text.py"),
    ("scenarios/programs/telling/answers.py", "scenarios/programs/telling/answer_text.py"),
}


def _place(path: str) -> tuple[int, str]:
    """The floor of a module of core, and the room on it: the longest name that fits."""
    fitting = [
        (len(room), floor, room)
        for floor, rooms in enumerate(FLOORS)
        for room in rooms
        if path == room or path.startswith(f"{room}/")
    ]
    _, floor, room = max(fitting)
    return floor, room


def _file(name: str) -> str | None:
    """The module that an import names, as a path from the root."""
    path = ROOT / name.removeprefix("chainstep.").replace(".", "/")
    for found in (path.with_suffix(".py"), path / "__init__.py"):
        if found.exists():
            return found.relative_to(ROOT).as_posix()
    return None


@pytest.mark.parametrize(
    "module",
    [
        pytest.param(path, id=str(path.relative_to(ROOT)))
        for path in _modules("core")
        if path != ROOT / "core" / "__init__.py"  # the face of the whole house
    ],
)
def test_inside_core_imports_lead_down(module: Path) -> None:
    own = module.relative_to(ROOT).as_posix()
    floor, room = _place(own)
    targets = filter(None, (_file(name) for name in _imports(module) if "chainstep" in name))
    wrong = [
        target
        for target in targets
        for other_floor, other in [_place(target)]
        if other != room
        and other_floor >= floor
        and (own, other) not in UPWARDS
        and (room, other) not in UPWARDS
    ]
    assert wrong == []


def _runtime_imports(module: Path) -> Iterator[str]:
    """What it imports when it runs: not what only types are made of."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
            yield node.module


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {path.relative_to(ROOT).as_posix(): path for p in PACKAGES for path in _modules(p)}
    found = {
        own: {
            other
            for name in _runtime_imports(path)
            if name.startswith("chainstep.") and (other := _file(name)) and other != own
            if not any(own == of and other.startswith(up) for of, up in UPWARDS)
        }
        for own, path in modules.items()
    }
    TopologicalSorter(found).prepare()  # raises CycleError with the circle


def test_nobody_looks_into_the_string_of_a_role_but_who_writes_names() -> None:
    looking = re.compile(
        r"\.role( [=!]= | (not )?in \{|\.(starts|ends)with|\.remove|\.r?partition|\[)"
    )
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in _modules("core")
        if path.parent.name != "text"  # tables of letters
        for line in path.read_text(encoding="utf-8").splitlines()
        if looking.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("room", WATCHING)
def test_what_watches_programs_imports_from_its_own_floor_and_those_below(room: str) -> None:
    above = WATCHING[WATCHING.index(room) + 1 :]
    wrong = [
        (module.name, name)
        for module in _modules(f"scenarios/programs/{room}")
        for name in _imports(module)
        for other in above
        if name.startswith(f"chainstep.scenarios.programs.{other}")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("package", "absent"),
    [("core", {"yaml", "rich", "textual"}), ("scenarios", {"rich", "textual"})],
)
def test_importing_a_package_loads_nothing_above_it(package: str, absent: set[str]) -> None:
    program = f"import sys, chainstep.{package}; print(*sys.modules)"
    loaded = _output(sys.executable, "-c", program).split()
    assert absent.intersection(loaded) == set()


def _output(*command: str | Path, folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False)
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


def test_type_checkers_see_every_file_of_the_face() -> None:
    links = {path.name for path in (ROOT / "typings" / "chainstep").glob("*.py")}
    assert links == {path.name for path in (ROOT / "face").glob("*.py")}


def test_the_command_runs_as_a_module() -> None:
    assert _output(sys.executable, "-m", "chainstep", "list").startswith("one-neuron ")


class Built(NamedTuple):
    """What a build from a copy of the tree made: the names in the wheel, and in the copy."""

    wheel: set[str]
    left_behind: set[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    copy, away = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheels")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    (copy / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "chainstep.1", copy / "docs")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    before = set(copy.rglob("*"))
    for kind in ("editable", "wheel"):
        program = f"from setuptools.build_meta import build_{kind} as build; build({str(away)!r})"
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=copy,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
    (wheel,) = (path for path in away.glob("*.whl") if "editable" not in path.name)
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    return Built(names, {str(path.relative_to(copy)) for path in {*copy.rglob("*")} - before})


def test_the_wheel_holds_every_file_that_the_program_reads(built: Built) -> None:
    files = [
        f"{name.replace('.', '/')}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, name in PACKAGES.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    assert [name for name in sorted(files) if name not in built.wheel] == []


def test_building_writes_nothing_into_the_tree(built: Built) -> None:
    assert built.left_behind == set()


def test_the_wheel_puts_nothing_beside_chainstep(built: Built) -> None:
    own = f"chainstep-{PROJECT['project']['version']}"
    beside = {name for name in built.wheel if name.split("/")[0] != "chainstep"}
    assert {name for name in beside if not name.startswith(f"{own}.dist-info/")} == {
        f"{own}.data/data/share/man/man1/chainstep.1"
    }


def test_an_sdist_holds_every_file_of_the_tree_and_its_links(tmp_path: Path) -> None:
    listed = [name for name in _listed() if name != ".gitignore"]
    copy = tmp_path / "copy"
    for name in listed:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name, follow_symlinks=False)
    program = f"from setuptools.build_meta import build_sdist as build; build({str(tmp_path)!r})"
    _output(sys.executable, "-c", program, folder=copy)
    (made,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(made) as archive:
        held = {member.name.partition("/")[2]: member for member in archive.getmembers()}
    assert [name for name in listed if name not in held] == []
    links = {name for name in listed if (ROOT / name).is_symlink()}
    assert {name for name, member in held.items() if member.issym()} == links
    left = {
        path.relative_to(copy).as_posix()
        for path in copy.rglob("*")
        if path.is_symlink() or path.is_file()
    }
    assert left == set(listed)


def test_the_readme_of_an_index_leads_to_no_file_beside_it() -> None:
    of_an_index = runpy.run_path(str(ROOT / "setup.py"))["readme"]
    link = re.compile(r"\]\((?!https?:)")
    assert link.search((ROOT / "README.md").read_text(encoding="utf-8"))
    assert not link.search(of_an_index(""))
    assert not link.search(of_an_index("https://example.org/tree/"))
    assert "](https://example.org/tree/raw/main/docs/" in of_an_index("https://example.org/tree/")


def test_the_installed_version_is_that_of_the_tree() -> None:
    assert importlib.metadata.version("chainstep") == PROJECT["project"]["version"]


def _requirements() -> list[Requirement]:
    project = PROJECT["project"]
    extras = project["optional-dependencies"].values()
    return [Requirement(text) for group in (project["dependencies"], *extras) for text in group]


def test_every_lower_bound_is_a_version_that_was_tried() -> None:
    lines = (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    tried = dict(line.split("==") for line in lines if not line.startswith("#"))
    used: set[str] = set()
    for requirement in _requirements():
        bounds = [part.version for part in requirement.specifier if part.operator == ">="]
        for bound in bounds:
            version = tried[requirement.name]
            used.add(requirement.name)
            assert re.fullmatch(rf"{re.escape(bound)}(\.0)*", version), requirement.name
    assert used == set(tried)


def _listed() -> list[str]:
    """The names of what is committed, or would be: files, and links."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("only a clone knows which files are the project's")
    listed = _output("git", "-C", ROOT, "ls-files", "-z", "-co", "--exclude-standard")
    return [name for name in listed.split("\0") if name and os.path.lexists(ROOT / name)]


def _tree() -> list[Path]:
    """The files that are committed, or would be."""
    paths = [ROOT / name for name in _listed()]
    return [path for path in paths if path.is_file() and path.suffix not in {".npz", ".png"}]


def test_no_file_names_a_machine_or_a_registry() -> None:
    forbidden = re.compile("|".join(map(re.escape, MACHINE_PATHS + REGISTRY_HOSTS)))
    named = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in _tree()
        if (match := forbidden.search(path.read_text(encoding="utf-8")))
    ]
    assert named == []


def test_the_map_names_every_room_of_core() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "core").glob("*/__init__.py")}
    assert {room for room in rooms if f"`{room}/`" not in text} == set()


def test_the_map_names_no_file_that_is_not_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:core|tui|scenarios|tests)/[\w/.]*)`", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_file_that_runs_with_the_lowest_versions_is_there() -> None:
    lines = (ROOT / ".ci" / "lowest-tests.txt").read_text(encoding="utf-8").splitlines()
    files = [line for line in lines if not line.startswith("#")]
    assert files
    assert [name for name in files if not (ROOT / name).exists()] == []
