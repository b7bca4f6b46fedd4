#!/usr/bin/env python3
"""The back end nccl on its fakes against the back end mpi: bit-exact, no times, equal exact columns.

usage: same_columns_test.py MPI_BIN NCCL_BIN MPIRUN RANKS RANKS_PER_NODE [OPTION...]
"""

import csv
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# What may differ: who ran, and what the strategy without a window is.
OWN_COLUMNS = {"run_id", "backend", "reason"}
TIMED_COLUMNS = [
    "n", "min_us", "median_us", "sample_ci95_lo_us", "sample_ci95_hi_us", "p95_us", "p99_us",
    "max_us", "algbw_GBps", "busbw_GBps", "link_GBps", "useful_GBps", "efficiency", "aa_ratio",
]  # fmt: skip


def rows(binary: Path, mpirun: str, ranks: str, options: list[str]) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "rows.csv"
        command = [mpirun, "-n", ranks, str(binary), *options, "--quiet", "--csv", str(out)]
        done = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)}\nexit code {done.returncode}\n{done.stderr}")
        with out.open(newline="") as file:
            return list(csv.DictReader(file))


def main() -> None:
    mpi_bin, nccl_bin, mpirun, ranks, per_node, *more = sys.argv[1:]
    options = ["--check-only", "--routing", "ids", "--seed", "7", "--ranks-per-node", per_node,
               "--dispatcher", "all", *more]  # fmt: skip
    mpi = rows(Path(mpi_bin) / "dispatch_perf", mpirun, ranks, options)
    nccl = rows(Path(nccl_bin) / "dispatch_perf", mpirun, ranks, options)
    compared = 0
    # A strategy that the back end lacks has one row that says so, instead of one a phase.
    mpi = [row for row in mpi if row["dispatcher"] != "symmetric_push"]
    lacking = [row for row in nccl if row["dispatcher"] == "symmetric_push"]
    nccl = [row for row in nccl if row["dispatcher"] != "symmetric_push"]
    assert all(row["status"] == "skipped" for row in lacking), lacking
    assert len(mpi) == len(nccl), (len(mpi), len(nccl))
    for one, other in zip(mpi, nccl):
        assert other["backend"] == "nccl" and other["clock"] == "none", other
        for column in TIMED_COLUMNS:
            assert other[column] == "", (column, other)
        for column, value in one.items():
            if column not in OWN_COLUMNS:
                assert other[column] == value, (column, value, other[column], other["case"])
        compared += one["status"] == "ok"
    assert compared > 0, "no row is ok"
    print(f"{compared} rows are equal, {len(mpi) - compared} skipped by both")


if __name__ == "__main__":
    main()
