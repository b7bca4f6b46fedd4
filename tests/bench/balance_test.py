#!/usr/bin/env python3
"""Loss-free balancing: the selection bias of the real router makes a skewed load even."""

import json
import tempfile
import unittest
from pathlib import Path

from command import rows_of, run


class Balance(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.csv = Path(folder.name) / "results.csv"

    def rows(self, *arguments: str) -> list[dict[str, str]]:
        done = run(*arguments, "--csv", str(self.csv), binary="router_perf")
        self.assertEqual(0, done.returncode, done.stderr)
        self.printed = done.stdout
        return rows_of(self.csv)

    def test_load_becomes_even(self) -> None:
        """For routers of every kind, with both rules; row by row the imbalance is there."""
        for preset, skew in (("tiny-grouped", "lognormal:0.75"), ("tiny", "topic:4/0.5/0.9")):
            with self.subTest(preset):
                rows = self.rows("--preset", preset, "--experts", "32", "--topk", "4", "--skew",
                                 skew, "--score", "sigmoid", "--tokens", "512", "--ranks", "4",
                                 "--balance-steps", "100", "--bias-update",
                                 "sign:0.01,proportional:0.05")  # fmt: skip
                self.assertEqual(200, len(rows))
                for rule in ("sign:0.01", "proportional:0.05"):
                    run_of_rule = [r for r in rows if f"/update:{rule}/" in r["case"]]
                    load = [float(row["expert_max_over_mean"]) for row in run_of_rule]
                    self.assertGreater(load[0], 1.7, rule)
                    self.assertLess(max(load[-20:]), 1.35, rule)
                    self.assertTrue(run_of_rule[37]["case"].endswith("/step:37"))
                    self.assertEqual({("ok", "none", "4")},
                                     {(r["status"], r["clock"], r["ranks"]) for r in run_of_rule})
        self.assertIn("2048 tokens a step", self.printed)
        self.assertTrue((self.csv.parent / "run.json").exists())

    def test_the_start_is_the_skew_and_runs_repeat(self) -> None:
        def start() -> list[str]:
            rows = self.rows("--preset", "tiny", "--experts", "16", "--topk", "2", "--skew",
                             "hot:2/0.5", "--tokens", "4096", "--ranks", "2", "--balance-steps",
                             "1", "--score", "sigmoid")  # fmt: skip
            return [row["expert_max_over_mean"] for row in rows]

        first = start()
        # Two experts share half of the load: each has 4 times the mean.
        self.assertAlmostEqual(4.0, float(first[0]), delta=0.15)
        self.assertEqual(first, start())

    def test_what_is_no_load_is_skipped(self) -> None:
        rows = self.rows("--skew", "balanced,hash,masked:0.5", "--balance-steps", "2", "--ranks", "2")
        self.assertEqual({"skipped"}, {row["status"] for row in rows})
        self.assertEqual(3, len(rows))

    def test_wrong_use(self) -> None:
        for arguments, naming in (
            (("--balance-steps", "0"), "--balance-steps: '0'"),
            (("--bias-update", "adam:1"), "--bias-update: 'adam:1'"),
            (("--ranks", "0"), "--ranks: '0'"),
        ):
            done = run(*arguments, binary="router_perf")
            self.assertEqual(2, done.returncode)
            self.assertIn(naming, done.stderr)


class RunJson(unittest.TestCase):
    def test_facts_about_the_load(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            csv = Path(folder) / "results.csv"
            done = run("--plan-only", "--ranks", "4", "--skew", "balanced,hot:1/1,hot:4/1",
                       "--routing", "ids", "--topk", "1", "--csv", str(csv))  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            facts = list(json.loads((Path(folder) / "run.json").read_text())["routing"].values())
            self.assertEqual([0, 7, 4], [case["dead_experts"] for case in facts])
            self.assertAlmostEqual(1.0, facts[0]["expert_entropy"])
            self.assertAlmostEqual(0.0, facts[1]["expert_entropy"])
            self.assertAlmostEqual(0.875, facts[1]["expert_gini"])
            self.assertAlmostEqual(2 / 3, facts[2]["expert_entropy"], delta=0.01)  # 2 of 3 bits
            self.assertAlmostEqual(0.5, facts[2]["expert_gini"], delta=0.05)


if __name__ == "__main__":
    unittest.main()
