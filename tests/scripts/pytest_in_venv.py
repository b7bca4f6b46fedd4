#!/usr/bin/env python3
"""Runs pytest in the Python environment of scripts/setup: pytest_in_venv.py VENV ARGUMENTS...

A missing environment fails the test with a sentence; it must not make the test disappear.
"""

import os
import sys
from pathlib import Path

python = Path(sys.argv[1]) / "bin" / "python"
if not python.exists():
    sys.exit(f"{python} is missing: run ./scripts/setup, which makes it (or set MOEMARK_VENV)")
os.execv(python, [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *sys.argv[2:]])
