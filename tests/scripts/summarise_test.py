#!/usr/bin/env python3
"""scripts/summarise merges launches: known medians and intervals, and a table that fits."""

import importlib.machinery
import importlib.util
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from made_up_results import ROOT, made_up_rows, row, times, write_results

SCRIPT = ROOT / "scripts" / "summarise"


def load_script():
    loader = importlib.machinery.SourceFileLoader("summarise", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("summarise", loader))
    sys.dont_write_bytecode = True  # the script has no ending: its cache would stand beside it
    loader.exec_module(module)
    return module


summarise = load_script()


def run(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, path], capture_output=True, text=True, check=False
    )


class SummariseTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "results.csv"

    def summary(self, rows: list[dict[str, object]]) -> str:
        write_results(self.path, rows)
        result = run(self.path)
        self.assertEqual((0, ""), (result.returncode, result.stderr))
        return result.stdout

    def test_interval_is_the_range_until_order_statistics_exist(self) -> None:
        self.assertEqual((1, 3), summarise.interval([3, 1, 2]))
        self.assertEqual((1, 6), summarise.interval([6, 5, 4, 3, 2, 1]))
        self.assertEqual((2, 9), summarise.interval(list(range(1, 11))))
        self.assertEqual((40, 61), summarise.interval(list(range(1, 101))))

    def test_prints_the_median_over_launches_and_the_range_between_them(self) -> None:
        rows = [
            row(
                launch,
                "tiny",
                "",
                "uniform",
                64,
                phase="dispatch",
                dispatcher="alltoallv",
                ratio_to_reference=ratio,
                **times(middle)
            )
            for launch, middle, ratio in ((1, 1400, 1.2), (2, 900, 1.1), (3, 1000, 1.0))
        ]
        text = self.summary(rows)
        self.assertIn("dispatch: tiny, skew uniform, 4 ranks on 1 node, host, 3 launches\n", text)
        self.assertRegex(text, r"dispatch alltoallv +1\.00 ms \(0\.90\.\.1\.40\) +1\.10 +-\n")

    def test_a_single_launch_has_no_interval_between_launches(self) -> None:
        text = self.summary(made_up_rows(1))
        self.assertNotIn("..", text)
        self.assertIn("1 launch\n", text)

    def test_fits_the_terminal_and_names_the_waste(self) -> None:
        text = self.summary(made_up_rows(3))
        self.assertLessEqual(max(map(len, text.splitlines())), 120)
        self.assertIn("rank max/mean 1.43: 30 % of expert time wasted (at 1024 tokens)", text)

    def test_lines_that_differ_in_one_factor_more_say_so(self) -> None:
        rows = [
            row(
                1,
                "tiny",
                "",
                "uniform",
                64,
                phase="dispatch",
                dispatcher="alltoallv",
                schedule=schedule,
                **times(100)
            )
            for schedule in ("library", "pairwise")
        ]
        text = self.summary(rows)
        self.assertIn("dispatch alltoallv library ", text)
        self.assertIn("dispatch alltoallv pairwise ", text)

    def test_lists_what_was_skipped(self) -> None:
        skipped = row(1, "tiny", "", "uniform", 4096)
        skipped.update(status="skipped", reason="does not fit")
        self.assertIn(
            "skipped: dispatch/tiny/T:4096/skew:uniform: does not fit",
            self.summary([*made_up_rows(1), skipped]),
        )

    def test_refuses_a_bad_file_in_one_sentence(self) -> None:
        self.assertEqual(2, run(self.path).returncode)
        self.path.write_text("a,b\n1,2\n", encoding="utf-8")
        result = run(self.path)
        self.assertEqual((2, 1), (result.returncode, len(result.stderr.splitlines())))


if __name__ == "__main__":
    unittest.main()
