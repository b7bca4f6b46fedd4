#!/usr/bin/env python3
"""collective_perf pairs: a row for each ordered pair and measure, and maps that repeat the rows."""

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


def pairs(*arguments: str, ranks: int):
    return subprocess.run(
        [MPIRUN, "--quiet", "-n", str(ranks), str(BIN / "collective_perf"), "pairs", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | {"NO_COLOR": "1"},
        check=False,
    )


class Pairs(unittest.TestCase):
    def test_rows_and_maps(self) -> None:
        ranks = 3
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pairs.csv"
            done = pairs("--samples", "6", "--maxbytes", "64K", "--ranks-per-node", "2", "--csv",
                         str(path), ranks=ranks)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            with path.open(encoding="utf-8") as file:
                rows = {row["case"]: row for row in csv.DictReader(file)}
        self.assertEqual(2 * ranks * (ranks - 1), len(rows))
        maps = [self.map_of(done.stdout, title, ranks) for title in ("latency", "bandwidth")]
        for source in range(ranks):
            for target in (t for t in range(ranks) if t != source):
                where = f"src:{source}/dst:{target}"
                small = rows[f"pair/latency/{where}/bytes:8/ranks:3"]
                large = rows[f"pair/bandwidth/{where}/bytes:65536/ranks:3"]
                crosses = (source == 2) != (target == 2)
                for row, size in ((small, 8), (large, 65536)):
                    self.assertEqual(("pair", "ok", "6"), (row["phase"], row["status"], row["n"]))
                    self.assertEqual(str(size * crosses), row["bytes_inter"])
                    self.assertEqual(str(size * (not crosses)), row["bytes_intra"])
                bandwidth = 65536 / (1e3 * float(large["median_us"]))
                self.assertAlmostEqual(bandwidth, float(large["link_GBps"]))
                for shown, value in ((maps[0], small["median_us"]), (maps[1], bandwidth)):
                    self.assertLess(abs(shown[source][target] / float(value) - 1), 0.006)
        # The slowest link of each map is named below it.
        named = re.findall(r"slowest: (\d) -> (\d) ", done.stdout)
        for shown, worst, link in zip(maps, (max, min), named, strict=True):
            all_links = [v for row in shown for v in row if v is not None]
            self.assertEqual(worst(all_links), shown[int(link[0])][int(link[1])])

    @staticmethod
    def map_of(text: str, title: str, ranks: int) -> list[list[float | None]]:
        lines = text[re.search(f"^{title} ", text, re.MULTILINE).start() :].splitlines()
        cells = [line.split()[1:] for line in lines[3 : 3 + ranks]]
        return [[None if cell == "-" else float(cell) for cell in line] for line in cells]

    def test_listing_and_filter(self) -> None:
        done = pairs("--list", "--benchmark_filter=latency/src:1", ranks=3)
        self.assertEqual(
            [f"pair/latency/src:1/dst:{t}/bytes:8/ranks:3" for t in (0, 2)],
            done.stdout.splitlines(),
        )

    def test_wrong_use(self) -> None:
        for arguments, ranks, naming in (
            ((), 1, "1 rank"),
            (("--baseline", "ring"), 2, "--baseline"),
            (("--timing", "osu"), 2, "--timing"),
            (("--maxbytes", "1M", "--memory-limit", "1M"), 2, "--maxbytes"),
            (("--benchmark_filter=dst:2",), 2, "dst:2"),
        ):
            with self.subTest(arguments):
                done = pairs(*arguments, ranks=ranks)
                self.assertEqual(2, done.returncode, done.stderr)
                self.assertIn(naming, done.stderr)
                self.assertEqual("", done.stdout)


if __name__ == "__main__":
    unittest.main()
