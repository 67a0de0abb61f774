"""Every check of the project, one after the other: ``python -m tests``."""

import subprocess
import sys
from pathlib import Path

CHECKS = {
    "lint": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types": ["mypy"],
    "site": ["zensical", "build", "--clean", "--strict"],
    "tests": ["pytest", "-n", "auto"],
}


def main() -> int:
    root = Path(__file__).parent.parent
    failed = []
    for title, check in CHECKS.items():
        print(f"{title}: {' '.join(check)}", flush=True)
        if subprocess.run([sys.executable, "-m", *check], cwd=root, check=False).returncode:
            failed.append(title)
    if failed:
        print(f"not right: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
