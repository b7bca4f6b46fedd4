#!/usr/bin/env python3
"""--timing nccl-tests prints a table that readers of nccl-tests' table read, and checks its data."""

import csv
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BIN = Path(sys.argv.pop(1))
MPIRUN = sys.argv.pop(1)


def run(*arguments: str, ranks: int = 3, binary: Path = BIN / "collective_perf"):
    return subprocess.run(
        [MPIRUN, "--quiet", "-n", str(ranks), str(binary), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"NO_COLOR": "1"},
        check=False,
    )


def lines_of(text: str) -> list[list[str]]:
    """As readers do it: a line that begins with a digit, 13 fields."""
    fields = [line.split() for line in text.splitlines() if re.match(r"\s*\d", line)]
    assert all(len(line) == 13 for line in fields), text
    return fields


class NcclTestsTable(unittest.TestCase):
    def table(self, *arguments: str, ranks: int = 3) -> list[list[str]]:
        done = run("--timing", "nccl-tests", "-n", "3", *arguments, ranks=ranks)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual(1, done.stdout.count("out-of-place"))
        self.assertIn("# Out of bounds values : 0 OK\n", done.stdout)
        return lines_of(done.stdout)

    def test_operations_count_and_check_as_nccl_tests(self) -> None:
        # size and count of -b 1000 on 3 ranks; #wrong of both halves.
        for operation, size, count, redop, wrong in (
            ("all_reduce", "1000", "250", "sum", ["0", "0"]),
            ("all_gather", "960", "80", "none", ["0", "0"]),
            ("reduce_scatter", "960", "80", "sum", ["0", "0"]),
            ("reduce_scatter_all_gather", "1000", "250", "sum", ["0", "0"]),
            ("uniform_alltoall", "960", "80", "none", ["0", "N/A"]),
            ("ring", "1000", "250", "none", ["0", "N/A"]),
            ("pingpong", "1000", "250", "none", ["0", "N/A"]),
        ):
            with self.subTest(operation):
                fields = self.table("--baseline", operation, "-b", "1000", "-e", "1000")
                self.assertEqual(1, len(fields))
                self.assertEqual([size, count, "float", redop, "-1"], fields[0][:5])
                self.assertEqual(wrong, [fields[0][8], fields[0][12]])
                for cell in fields[0][5:8] + fields[0][9:12]:
                    self.assertGreaterEqual(float(cell), 0.0)

    def test_letters(self) -> None:
        fields = self.table("--baseline", "all_reduce", "-b", "4K", "-e", "16K", "-f", "2", "-w",
                            "0", "-c", "0", "-a", "3", "-o", "sum", "-d", "float")  # fmt: skip
        self.assertEqual(["4096", "8192", "16384"], [line[0] for line in fields])
        self.assertEqual({"N/A"}, {line[8] for line in fields} | {line[12] for line in fields})
        fields = self.table("--baseline", "ring", "-b", "4K", "-e", "12K", "-i", "4K")
        self.assertEqual(["4096", "8192", "12288"], [line[0] for line in fields])

    def test_rows_repeat_the_table(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            fields = self.table("--baseline", "all_gather", "-b", "192K", "-e", "192K", "--csv",
                                str(path))  # fmt: skip
            with path.open(encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        names = [f"baseline/all_gather/bytes:65536/ranks:3{end}" for end in ("", "/in-place")]
        self.assertEqual(names, [row["case"] for row in rows])
        for row, (time, algbw, busbw) in zip(rows, (fields[0][5:8], fields[0][9:12]), strict=True):
            self.assertEqual(("nccl-tests", "3", "1"), (row["sync"], row["n"], row["checked"]))
            for column, cell in (("median_us", time), ("algbw_GBps", algbw), ("busbw_GBps", busbw)):
                self.assertAlmostEqual(float(row[column]), float(cell), delta=0.06)
            self.assertAlmostEqual(2 / 3, float(row["busbw_GBps"]) / float(row["algbw_GBps"]))

    def test_alltoallv_of_a_matrix(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            matrix = Path(folder) / "matrix.txt"
            matrix.write_text("0 100 33\n16 0 4000\n48 160 17\n", encoding="utf-8")
            done = run("alltoallv", "--matrix", str(matrix), "--timing", "nccl-tests", "-n", "3")
            self.assertEqual(0, done.returncode, done.stderr)
            fields = lines_of(done.stdout)[0]
        # Whole 16 bytes a pair: rank 2 receives 32 + 4000 + 16.
        self.assertEqual(["4048", "0", "float", "none", "-1"], fields[:5])
        self.assertEqual(["0", "N/A"], [fields[8], fields[12]])

    def test_wrong_sums_are_counted_and_end_with_exit_code_1(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            done = run("--timing", "nccl-tests", "-n", "3", "-b", "1000", "-e", "4000", "-f", "4",
                       "--baseline", "all_reduce,ring", "--csv", str(path),
                       binary=BIN.parent / "tests" / "wrong_collective_perf")  # fmt: skip
            self.assertEqual(1, done.returncode, done.stderr)
            with path.open(encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        # One element on each of 3 ranks, in both halves of the two sizes.
        self.assertEqual([["3", "3"]] * 2 + [["0", "N/A"]] * 2,
                         [[line[8], line[12]] for line in lines_of(done.stdout)])  # fmt: skip
        self.assertIn("# Out of bounds values : 12 FAILED\n", done.stdout)
        self.assertIn("3 elements differ", done.stderr)
        status = [(row["dispatcher"], row["status"], row["reason"]) for row in rows]
        self.assertEqual([("all_reduce", "wrong", "3 elements differ")] * 4
                         + [("ring", "ok", "")] * 2, status)  # fmt: skip

    def test_wrong_use(self) -> None:
        for arguments, naming in (
            (("-n", "5"), "--iters"),
            (("-c", "1", "--timing", "osu"), "--check"),
            (("--timing", "nccl-tests", "-a", "4"), "--average"),
            (("--timing", "nccl-tests", "-o", "max"), "--op"),
            (("--timing", "nccl-tests", "-d", "half"), "--datatype"),
            (("-i", "1K", "-f", "2"), "--stepbytes"),
            (("pairs", "--timing", "nccl-tests"), "--timing"),
        ):
            with self.subTest(arguments):
                done = run(*arguments, ranks=2)
                self.assertEqual(2, done.returncode, done.stderr)
                self.assertIn(naming, done.stderr)
                self.assertEqual("", done.stdout)


if __name__ == "__main__":
    unittest.main()
