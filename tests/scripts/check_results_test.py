#!/usr/bin/env python3
"""scripts/check-results accepts a file of the schema and names what is wrong in any other."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from made_up_results import ROOT, made_up_rows, write_results


def check(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "check-results", path],
        capture_output=True,
        text=True,
        check=False,
    )


class CheckResultsTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "results.csv"

    def check_changed(self, **cells: object) -> subprocess.CompletedProcess[str]:
        rows = made_up_rows(1)
        rows[3].update(cells)
        write_results(self.path, rows)
        return check(self.path)

    def test_accepts_valid_rows(self) -> None:
        write_results(self.path, made_up_rows(3))
        self.assertEqual((0, ""), (check(self.path).returncode, check(self.path).stderr))

    def test_accepts_a_skipped_row(self) -> None:
        times = ("min_us", "median_us", "sample_ci95_lo_us", "sample_ci95_hi_us", "max_us")
        result = self.check_changed(
            status="skipped", reason="does not fit, needs 3 GB", **dict.fromkeys(times, "")
        )
        self.assertEqual((0, ""), (result.returncode, result.stderr))

    def test_names_line_and_column_of_a_bad_cell(self) -> None:
        for name, bad in (
            ("ranks", "4.5"),
            ("median_us", "nan"),
            ("median_us", "inf"),
            ("warm", "yes"),
            ("plan_hash", "12"),
            ("aa_ratio", " 1"),
        ):
            with self.subTest(name=name, bad=bad):
                result = self.check_changed(**{name: bad})
                self.assertEqual(1, result.returncode)
                self.assertIn(f"line 5: {name}: '{bad}' is no", result.stderr)

    def test_refuses_cells_that_contradict_each_other(self) -> None:
        for cells in (
            {"status": "skipped"},
            {"status": "fine"},
            {"clock": "none"},
            {"min_us": "1e9"},
            {"p95_us": "1e9"},
            {"case": ""},
            {"schema_version": "2"},
        ):
            with self.subTest(cells=cells):
                self.assertEqual(1, self.check_changed(**cells).returncode)

    def test_refuses_a_row_that_occurs_twice(self) -> None:
        rows = made_up_rows(1)
        write_results(self.path, [*rows, rows[0]])
        self.assertIn("the same case, phase and dispatcher as line 2", check(self.path).stderr)

    def test_refuses_other_headers_half_lines_and_missing_files(self) -> None:
        self.assertEqual(1, check(self.path).returncode)
        self.path.write_text("", encoding="utf-8")
        self.assertIn("the header is not that of schema version 1", check(self.path).stderr)
        write_results(self.path, made_up_rows(1))
        self.path.write_text(self.path.read_text(encoding="utf-8") + "1,half", encoding="utf-8")
        self.assertIn("2 cells instead of", check(self.path).stderr)


if __name__ == "__main__":
    unittest.main()
