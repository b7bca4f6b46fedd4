#!/usr/bin/env python3
"""A traffic matrix goes out of dispatch_perf and into collective_perf, and says the same bytes."""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BIN = Path(sys.argv.pop(1))
MPIRUN = sys.argv.pop(1)


def run(binary: str, *arguments: str, ranks: int = 4):
    return subprocess.run(
        [MPIRUN, "--quiet", "-n", str(ranks), str(BIN / binary), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ,
        check=False,
    )


def rows_of(path: Path) -> dict[tuple[str, str], dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return {(row["phase"], row["dispatcher"]): row for row in csv.DictReader(file)}


class MatrixFile(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.matrix = Path(self.folder.name) / "matrix.txt"
        self.csv = Path(self.folder.name) / "results.csv"

    def test_round_trip(self) -> None:
        """What alltoallv moves on a routing is what collective_perf moves on its matrix."""
        done = run("dispatch_perf", "--dispatcher", "alltoallv", "--check-only", "--tokens", "64",
                   "--ranks-per-node", "2", "--csv", str(self.csv),
                   "--matrix-out", str(self.matrix))  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        routed = rows_of(self.csv)["dispatch", "alltoallv"]
        lines = [line.split() for line in self.matrix.read_text().splitlines()]
        self.assertEqual([4] * 4, [len(line) for line in lines])
        self.assertEqual(int(routed["assignment_bytes"]), sum(int(b) for l in lines for b in l))
        self.assertEqual(int(routed["bytes_self"]), sum(int(lines[r][r]) for r in range(4)))

        done = run("collective_perf", "alltoallv", "--matrix", str(self.matrix), "--samples", "6",
                   "--ranks-per-node", "2", "--csv", str(self.csv))  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        for name in ("alltoallv", "raw_alltoallv"):
            row = rows_of(self.csv)["baseline", name]
            self.assertEqual(("ok", "6"), (row["status"], row["n"]))
            for column in ("bytes_self", "bytes_intra", "bytes_inter", "messages",
                           "send_max_bytes", "recv_max_bytes"):  # fmt: skip
                self.assertEqual(routed[column], row[column], column)
        self.assertTrue(rows_of(self.csv)["baseline", "alltoallv"]["ratio_to_reference"])

    def test_a_plan_writes_the_matrix_of_the_run(self) -> None:
        texts = []
        for arguments in (("--check-only",), ("--plan-only", "--ranks", "4")):
            done = run("dispatch_perf", *arguments, "--matrix-out", str(self.matrix),
                       ranks=4 if len(arguments) == 1 else 2)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            texts.append(self.matrix.read_text())
        self.assertEqual(texts[0], texts[1])

    def refused(self, *arguments: str, naming: str, binary: str = "collective_perf") -> None:
        done = run(binary, *arguments, ranks=2)
        self.assertEqual(2, done.returncode, done.stderr)
        sentences = [line for line in done.stderr.splitlines() if "_perf: " in line]
        self.assertEqual(1, len(sentences), done.stderr)
        self.assertIn(naming, sentences[0])
        self.assertEqual("", done.stdout)

    def test_wrong_use(self) -> None:
        out = str(self.matrix)
        for lists in (("--tokens", "1,2"), ("--dtype", "fp32,bf16"), ("--ep", "1,2")):
            with self.subTest(lists):
                self.refused("--matrix-out", out, *lists, naming="2 traffic matrices",
                             binary="dispatch_perf")  # fmt: skip
                self.assertFalse(self.matrix.exists())
        self.refused("--matrix-out", "/no/such/x", naming="/no/such/x", binary="dispatch_perf")
        self.refused("alltoallv", naming="--matrix")
        self.refused("--matrix", out, naming="--matrix")
        self.refused("alltoall", naming="'alltoall'")
        self.refused("alltoallv", "--matrix", "/no/such/x", naming="/no/such/x")
        self.matrix.write_text("1 2 3\n4 5 6\n7 8 9\n")
        self.refused("alltoallv", "--matrix", out, naming="2 lines of 2 numbers")

    def test_what_does_not_fit_is_a_row(self) -> None:
        for text, reason in (("0 3e9\n0 0\n", "2 GiB"), ("0 1e6\n0 0\n", "memory limit")):
            self.matrix.write_text(text)
            done = run("collective_perf", "alltoallv", "--matrix", str(self.matrix), "--csv",
                       str(self.csv), "--memory-limit", "1M", ranks=2)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            row = rows_of(self.csv)["baseline", "alltoallv"]
            self.assertEqual("skipped", row["status"])
            self.assertIn(reason, row["reason"])


if __name__ == "__main__":
    unittest.main()
