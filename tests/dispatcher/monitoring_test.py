#!/usr/bin/env python3
"""Open MPI's own counters see the bytes that dispatchers declare.

A witness that shares no code with us: the monitoring component counts what each rank hands to the
library for each other rank. Set-up and control messages cancel in the difference of two runs that
repeat the transfer steps differently often. Stores into a window pass no library, and the hops of an
all-gather are the library's choice, so both are left out.
"""

import re
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from pathlib import Path

PROGRAM, MPIRUN = sys.argv.pop(1), sys.argv.pop(1)
SKIPPED = 77
RANKS = 4
FEW, MANY = 2, 5
# With rounds of messages in flight; 0: the library's all-to-all.
OPERATIONS = [("alltoallv", 0), ("alltoallv", 2), ("alltoallv_dedup", 0), ("alltoallv_dedup", 1),
              ("hierarchical", 0), ("alltoall_padded", 0),
              ("uniform_alltoall", 0), ("ring", 0), ("bisection", 0), ("pingpong", 0)]  # fmt: skip
# Every block straight to its receiver: for small blocks the library would choose an algorithm that
# forwards some of them through other ranks.
PAIRWISE = ["--mca", "coll_tuned_use_dynamic_rules", "1", "--mca", "coll_tuned_alltoall_algorithm",
            "2", "--mca", "coll_tuned_alltoallv_algorithm", "2"]  # fmt: skip


def reason_to_skip() -> str:
    """Why there is no witness here; empty: there is one."""
    info = Path(MPIRUN).with_name("ompi_info")
    if not info.exists():
        return f"no Open MPI: {info} does not exist"
    found = subprocess.run([info, "--parsable"], capture_output=True, text=True, check=True).stdout
    missing = [f for f in ("pml", "coll") if f"mca:{f}:monitoring:version" not in found]
    return f"this Open MPI has no monitoring of {' and '.join(missing)}" if missing else ""


def run(
    name: str, rounds_in_flight: int, ranks_per_node: int, passes: int
) -> tuple[list[list[int]], Counter]:
    """Declared bytes [rank][sent intra, inter, received intra, inter] and the library's bytes by
    (source, destination)."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [MPIRUN, "-n", str(RANKS), "--mca", "pml_monitoring_enable", "2",
             "--mca", "pml_monitoring_enable_output", "3",
             "--mca", "pml_monitoring_filename", f"{folder}/counted", *PAIRWISE,
             PROGRAM, name, str(rounds_in_flight), str(ranks_per_node), str(passes)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(f"{name}: exit code {done.returncode}\n{done.stderr}")
        files = list(Path(folder).glob("counted.*.prof"))
        if len(files) != RANKS:
            raise AssertionError(f"{name}: {len(files)} files of counters\n{done.stderr}")
        counted: Counter = Counter()
        for file in files:
            # E and I, messages of users and of the library's collectives: which is which varies.
            for source, to, size in re.findall(
                r"^[EI]\t(\d+)\t(\d+)\t(\d+) bytes", file.read_text(), re.MULTILINE
            ):
                counted[int(source), int(to)] += int(size)
    declared = [list(map(int, line.split()[1:])) for line in done.stdout.splitlines()
                if line.startswith("declared ")]  # fmt: skip
    return declared, counted


class Monitoring(unittest.TestCase):
    def test_declared_bytes_are_the_bytes_that_the_library_saw(self) -> None:
        for ranks_per_node in (4, 2):
            for operation in OPERATIONS:
                with self.subTest(operation, ranks_per_node=ranks_per_node):
                    self.compare(operation, ranks_per_node)

    def compare(self, operation: tuple[str, int], ranks_per_node: int) -> None:
        declared, few = run(*operation, ranks_per_node, FEW)
        again, many = run(*operation, ranks_per_node, MANY)
        self.assertEqual(declared, again)
        self.assertEqual(RANKS, len(declared))
        self.assertGreater(sum(map(sum, declared)), 0)
        seen = [[0] * 4 for _ in range(RANKS)]
        for (source, to), size in many.items():
            if source == to:
                continue
            link = int(source // ranks_per_node != to // ranks_per_node)
            seen[source][link] += size - few[source, to]
            seen[to][2 + link] += size - few[source, to]
        self.assertEqual([[(MANY - FEW) * value for value in rank] for rank in declared], seen)


if __name__ == "__main__":
    if reason := reason_to_skip():
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    unittest.main()
