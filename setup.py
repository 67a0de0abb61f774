"""What a build does that pyproject.toml cannot say: where it works, and the README of an index.

What is made on the way goes outside the tree, so that a clone stays as it was: left where
setuptools puts it, ``build/`` would bring a module that has since been renamed into the next
wheel, and a clone that cannot be written to could not be installed.

The README leads to files beside it. On a package index there are none: its links lead into the
project's public tree there, where pyproject.toml names one (``Source`` under ``project.urls``),
and are plain words where it does not.

``typings/`` is links, which stay links in an sdist: its tests check types and build the site by it.
"""

import atexit
import re
import shutil
import tempfile
import tomllib
from pathlib import Path

from setuptools import setup
from setuptools.command.sdist import sdist

HERE = Path(__file__).parent
_LINK = re.compile(r"(?P<picture>!?)\[(?P<words>[^\]]*)\]\((?!\w+:|#)(?P<file>[^)]*)\)\n?")


class WithLinks(sdist):
    """An sdist with the links of the tree, which a manifest would follow."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Called when the tree of the sdist is put together."""
        super().make_release_tree(base_dir, files)
        shutil.copytree(HERE / "typings", Path(base_dir) / "typings", symlinks=True)


def readme(source: str) -> str:
    """The README as an index shows it, with its links into the tree at ``source``."""

    def leading_there(link: re.Match[str]) -> str:
        end = "\n" if link.group().endswith("\n") else ""
        if not source:
            return "" if link["picture"] else link["words"] + end
        kind = "raw" if link["picture"] else "blob"
        address = f"{source.rstrip('/')}/{kind}/main/{link['file']}"
        return f"{link['picture']}[{link['words']}]({address}){end}"

    return _LINK.sub(leading_there, (HERE / "README.md").read_text(encoding="utf-8"))


def main() -> None:
    """What pip and build run."""
    away = tempfile.mkdtemp(prefix="chainstep-build-")
    atexit.register(shutil.rmtree, away, ignore_errors=True)
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    setup(
        cmdclass={"sdist": WithLinks},
        options={"build": {"build_base": away}, "egg_info": {"egg_base": away}},
        long_description=readme(project.get("urls", {}).get("Source", "")),
        long_description_content_type="text/markdown",
    )


if __name__ == "__main__":
    main()
