#!/usr/bin/env python3
"""Bounds stand on links that are probed or given, and every row says which."""

import json
import tempfile
import unittest
from pathlib import Path

from command import rows_of, run

LINKS = ["link_port_intra_GBps", "link_node_intra_GBps",
         "link_port_inter_GBps", "link_node_inter_GBps"]  # fmt: skip
BOUNDS = ["bound_us", "bound_strict_us", "bound_balanced_us"]


class Links(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def rows(self, *options: str, ranks: int) -> list[dict[str, str]]:
        """The rows of dispatchers; all of a run stand on the same links as run.json."""
        path = self.folder / "results.csv"
        done = run("--tokens", "32", "--skew", "hot:1/1", "--dispatcher", "all", "--baseline",
                   "none", "--csv", str(path), *options, ranks=ranks)  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        rows = [r for r in rows_of(path) if r["status"] == "ok" and r["dispatcher"][:4] != "raw_"]
        self.assertGreater(len(rows), 0)
        recorded = json.loads((self.folder / "run.json").read_text())["calibration"]
        for row in rows:
            self.assertEqual({k: float(row[k]) for k in LINKS if row[k]}, recorded)
        return rows

    def bounds(self, rows: list[dict[str, str]]) -> dict[str, list[float]]:
        return {row["case"]: [float(row[key]) for key in BOUNDS] for row in rows}

    def test_probed_links_give_the_bounds_that_the_same_links_give_when_they_are_given(self) -> None:
        rows = self.rows("--samples", "8", "--ranks-per-node", "2", ranks=4)
        for row in rows:
            efficiency = float(row["bound_us"]) / float(row["median_us"])
            self.assertAlmostEqual(float(row["efficiency"]), efficiency)
            self.assertAlmostEqual(float(row["implementation_factor"]), 1 / efficiency)
            self.assertTrue(efficiency <= 1 or row["noisy"] == "1")
        port_intra, node_intra, port_inter, node_inter = (float(rows[0][key]) for key in LINKS)
        self.assertGreaterEqual(node_intra, port_intra)
        self.assertGreaterEqual(node_inter, port_inter)
        probed = self.bounds(rows)
        planned = self.bounds(
            self.rows("--plan-only", "--ranks-per-node", "2",
                      "--link-intra", f"{port_intra!r}/{node_intra!r}",
                      "--link-inter", f"{port_inter!r}/{node_inter!r}", ranks=4)
        )  # fmt: skip
        # A plan takes nodes for hosts, so what needs shared memory is not in it.
        self.assertGreaterEqual(probed.keys(), planned.keys())
        self.assertGreater(len(planned), 0)
        for case, values in planned.items():
            for value, probed_value in zip(values, probed[case], strict=True):
                self.assertAlmostEqual(probed_value / value, 1.0, places=6, msg=case)

    def test_given_links_replace_the_probe_of_their_class(self) -> None:
        row = self.rows("--samples", "8", "--ranks-per-node", "2", "--link-inter", "3/4", ranks=4)[0]
        self.assertEqual(["3", "4"], [row[key] for key in LINKS[2:]])
        self.assertGreater(float(row["link_port_intra_GBps"]), 0)

    def test_links_that_do_not_exist_stay_empty(self) -> None:
        for ranks, per_node, exists in ((1, 1, ""), (2, 2, "intra"), (2, 1, "inter")):
            with self.subTest(ranks=ranks, per_node=per_node):
                row = self.rows("--samples", "8", "--ranks-per-node", str(per_node), ranks=ranks)[0]
                self.assertEqual(
                    [bool(exists) and exists in key for key in LINKS],
                    [row[key] != "" for key in LINKS],
                )
                self.assertEqual(bool(exists), row["bound_us"] != "")

    def test_a_run_without_times_probes_nothing(self) -> None:
        for option in ("--check-only", "--plan-only"):
            row = self.rows(option, ranks=2)[0]
            self.assertEqual({""}, {row[key] for key in LINKS + BOUNDS})


if __name__ == "__main__":
    unittest.main()
