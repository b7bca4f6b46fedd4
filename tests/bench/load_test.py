#!/usr/bin/env python3
"""What decides how much load goes where: what ranks draw, skews solved for a load, what capacities drop."""

import json
import tempfile
import unittest
from pathlib import Path

from command import rows_of, run


def checked(*options: str, ranks: int) -> list[dict[str, str]]:
    """The dispatch rows of a check, or of a plan that stands for as many ranks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results.csv"
        plans = "--plan-only" in options
        how = ["--ranks", str(ranks)] if plans else ["--check-only"]
        done = run("--csv", str(path), "--dispatcher", "alltoallv", *how, *options,
                   ranks=0 if plans else ranks)  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        return [row for row in rows_of(path) if row["phase"] in ("dispatch", "")]


class TargetImbalances(unittest.TestCase):
    COLUMNS = ("case", "status", "reason", "skew", "rank_max_over_mean", "plan_hash")

    def test_the_skew_is_solved_for_what_the_row_realises(self) -> None:
        options = ["--target-imbalance", "1,1.25,1.5,2,3", "--skew", "lognormal:1,zipf:2,hot:1/1",
                   "--tokens", "200"]  # fmt: skip
        rows = checked(*options, ranks=4)
        self.assertEqual(15, len(rows))
        for row in rows:
            with self.subTest(row["case"]):
                target = float(row["target_imbalance"])
                if target == 3:  # k = 2 of 8 experts: no rank of 4 is to have all
                    self.assertEqual("skipped", row["status"])
                    self.assertRegex(row["reason"], r"--target-imbalance 3: .* at most 2\.\d+ here")
                    continue
                self.assertEqual("ok", row["status"])
                # At the even end chance is left: 200 tokens of a rank, 400 of 1600 assignments.
                slack = 0.15 if target == 1 else 0.02 * target
                self.assertAlmostEqual(target, float(row["rank_max_over_mean"]), delta=slack)
                again = checked("--skew", row["skew"], "--tokens", "200", ranks=4)
                self.assertEqual(row["plan_hash"], again[0]["plan_hash"])
        planned = checked(*options, "--plan-only", ranks=4)
        for key in self.COLUMNS:
            self.assertEqual([row[key] for row in rows], [row[key] for row in planned], key)

    def test_capacity_and_placement_come_before_what_is_realised(self) -> None:
        options = ["--target-imbalance", "1.3", "--tokens", "500", "--experts", "16",
                   "--capacity", "none,drop:1.25",
                   "--placement", "contiguous,strided,eplb-global"]  # fmt: skip
        rows = checked(*options, ranks=2)
        self.assertEqual(6, len(rows))
        solved = [row for row in rows if row["status"] == "ok"]
        self.assertGreaterEqual(len(solved), 2)
        for row in solved:
            self.assertAlmostEqual(1.3, float(row["rank_max_over_mean"]), delta=0.026)
        self.assertGreater(len({row["skew"] for row in solved}), 1)
        # A plan for the load itself leaves nothing to solve for.
        self.assertEqual("skipped", rows[2]["status"])

    def test_one_rank_has_no_imbalance(self) -> None:
        rows = checked("--target-imbalance", "1,1.5", ranks=1)
        self.assertEqual(["ok", "skipped"], [row["status"] for row in rows])
        self.assertIn("at most 1 here", rows[1]["reason"])


class Draws(unittest.TestCase):
    def test_a_rank_draws_the_same_in_a_job_of_any_size(self) -> None:
        for skew in ("uniform", "balanced", "lognormal:0.75", "zipf:1", "hot:2/0.5", "masked:0.3",
                     "topic:4/.5/.9"):  # fmt: skip
            with self.subTest(skew), tempfile.TemporaryDirectory() as folder:
                lines = []
                for ranks, routing in ((1, "ids"), (2, "kernel"), (4, "ids")):
                    path = Path(folder) / f"{ranks}.jsonl"
                    done = run("--check-only", "--dispatcher", "alltoallv", "--tokens", "301",
                               "--skew", skew, "--routing", routing, "--record-trace", str(path),
                               ranks=ranks)  # fmt: skip
                    self.assertEqual(0, done.returncode, done.stderr)
                    tables = [json.loads(line) for line in path.read_text().splitlines()]
                    lines.append([table["top_indices"] for table in tables])
                self.assertEqual([1, 2, 4], [len(tables) for tables in lines])
                self.assertEqual(lines[0], lines[1][:1])
                self.assertEqual(lines[1], lines[2][:2])
                self.assertNotEqual(lines[2][0], lines[2][3])


class Capacities(unittest.TestCase):
    def test_a_capacity_drops_what_an_expert_has_no_room_for(self) -> None:
        """Of the recorded table, which is the router's own: counted here, expert by expert."""
        with tempfile.TemporaryDirectory() as folder:
            path, trace = Path(folder) / "results.csv", Path(folder) / "trace.jsonl"
            done = run("--check-only", "--csv", str(path), "--record-trace", str(trace),
                       "--tokens", "50", "--capacity", "drop:1.25", ranks=4)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            room = -(-125 * 50 * 2 // (100 * 8))
            dropped = 0
            for line in map(json.loads, trace.read_text().splitlines()):
                for expert in range(8):
                    taken = sum(ids.count(expert) for ids in line["top_indices"])
                    dropped += max(0, taken - room)
            self.assertGreater(dropped, 0)
            row = rows_of(path)[0]
            self.assertEqual(dropped, int(row["assignments_dropped"]))
            self.assertAlmostEqual(dropped / 400, float(row["drop_rate"]))
            self.assertEqual(int(row["assignment_bytes"]), (400 - dropped) * 2 * int(row["hidden"]))

            replayed = Path(folder) / "replayed.csv"
            done = run("--check-only", "--csv", str(replayed), "--routing", f"trace:{trace}",
                       "--capacity", "drop:1.25", ranks=4)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertEqual(row["plan_hash"], rows_of(replayed)[0]["plan_hash"])


if __name__ == "__main__":
    unittest.main()
