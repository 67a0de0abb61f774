"""Where a build puts what it makes on the way: outside the tree, so that a clone stays as it was.

Everything else about the project is in pyproject.toml. Left where setuptools puts them,
``build/`` would bring a module that has since been renamed into the next wheel, and a clone that
cannot be written to could not be installed.
"""

import atexit
import shutil
import tempfile

from setuptools import setup

away = tempfile.mkdtemp(prefix="chainstep-build-")
atexit.register(shutil.rmtree, away, ignore_errors=True)
setup(options={"build": {"build_base": away}, "egg_info": {"egg_base": away}})
