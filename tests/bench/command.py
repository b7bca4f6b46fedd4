"""Runs a binary as a user does: what the tests of this folder share."""

import csv
import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.argv.pop(1))
MPIRUN = sys.argv.pop(1)


def run(*arguments: str, ranks: int = 0, binary: str = "dispatch_perf", **environment: str):
    """The finished process; `ranks` 0 starts the binary without mpirun."""
    start = [MPIRUN, "--quiet", "-n", str(ranks)] if ranks else []
    return subprocess.run(
        [*start, str(BIN / binary), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | environment,
        check=False,
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
