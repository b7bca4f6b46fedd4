#!/usr/bin/env python3
"""Makes the static figures (PNG and SVG) of a results.csv of one or several launches.

Exit codes: 0 drawn, 2 the file cannot be read or holds nothing to draw.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import load_figure  # noqa: E402: beside this file, wherever it is called from
import result_rows  # noqa: E402
import time_figure  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Draws the figures of a results.csv.")
    parser.add_argument("file", type=Path, metavar="results.csv")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("figures"),
        metavar="DIR",
        help="folder of the figures, made if missing (default: figures)",
    )
    options = parser.parse_args(arguments)
    try:
        rows = result_rows.read_rows(options.file)
        if not any(row["median_us"] for row in rows):
            raise result_rows.BadFile("holds no row with a time")
        options.out.mkdir(parents=True, exist_ok=True)
        written = time_figure.draw(rows, options.out) + load_figure.draw(rows, options.out)
    except result_rows.BadFile as error:
        print(f"figures: {options.file} {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"figures: --out {options.out}: {error.strerror}", file=sys.stderr)
        return 2
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
