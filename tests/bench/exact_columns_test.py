#!/usr/bin/env python3
"""Exact columns: a plan says what a run does, traces agree with rows, bounds follow given links."""

import json
import tempfile
import unittest
from pathlib import Path

from command import rows_of, run


class Conventions(unittest.TestCase):
    def test_readings_are_of_the_same_run(self) -> None:
        """nccl-tests' algbw is ours of `alltoallv`; its busbw is 3/4 of that on 4 ranks."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            done = run("--conventions", "--samples", "6", "--baseline", "none", "--hidden", "2048",
                       "--ranks-per-node", "2", "--csv", str(path), ranks=4)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            table = done.stdout[done.stdout.index("GB/s as other tools") :].splitlines()
            rows = {tuple(line.split()[:2]): line.split()[2:] for line in table[3:]}
            columns = {line.split()[1].rstrip(":"): int(line[1]) - 1
                       for line in table if line[:1] == "[" and line[2] == "]"}  # fmt: skip
            self.assertEqual(9, len(columns))
            self.assertLessEqual(max(map(len, table)), 120)
            measured = {(row["phase"], row["dispatcher"]): row for row in rows_of(path)}
            for key in (("dispatch", "alltoallv"), ("combine", "alltoallv")):
                ours = float(measured[key]["algbw_GBps"])
                readings = {name: float(rows[key][i]) for name, i in columns.items()}
                published = dict(reading.split("=")
                                 for reading in measured[key]["published_bandwidths"].split(";"))  # fmt: skip
                self.assertEqual(set(readings), set(published))
                for name, value in readings.items():
                    self.assertAlmostEqual(1.0, float(published[name]) / value, delta=0.01)
                algbw = readings["nccl_tests_2.19_alltoallv_algbw"]
                self.assertAlmostEqual(1.0, algbw / ours, delta=0.01)
                busbw = readings["nccl_tests_2.19_alltoallv_busbw"]
                self.assertAlmostEqual(0.75, busbw / ours, delta=0.01)
            self.assertNotIn(("round_trip", "alltoallv"), rows)
            self.assertEqual("", measured["round_trip", "alltoallv"]["published_bandwidths"])
            self.assertIn(("dispatch", "raw_alltoallv"), rows)


class ExactColumns(unittest.TestCase):
    def test_plan_of_any_rank_count_equals_the_run(self) -> None:
        """--plan-only --ranks 4 on one process says what 4 ranks do; kernel routing equals ids."""
        for per_node, skews, spread in ((2, "lognormal:0.75,hotrank:3,local,masked:0.3,topic:4/.5/.9", "0"),
                                        (4, "balanced,masked:0.3", "1")):  # fmt: skip
            with self.subTest(skews):
                self.plan_equals_run(per_node, skews, spread, "none")
        self.plan_equals_run(2, "lognormal:0.75,masked:0.3", "0.5", "drop:1.25,drop:1/probability")

    def plan_equals_run(self, per_node: int, skews: str, spread: str, capacity: str) -> None:
        exact = ["bytes_self", "bytes_intra", "bytes_inter", "metadata_bytes", "messages",
                 "send_max_bytes", "recv_max_bytes", "buffer_bytes", "plan_hash",
                 "assignments_dropped", "drop_rate",
                 "rank_max_over_mean", "copies_per_token_node"]  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            tables = []
            for name, ranks, options in (
                ("plan", 0, ["--plan-only", "--ranks", "4"]),
                ("kernel", 4, ["--check-only"]),
                ("ids", 4, ["--check-only", "--routing", "ids"]),
            ):
                path = Path(folder) / f"{name}.csv"
                done = run("--ranks-per-node", str(per_node), "--dispatcher", "all",
                           "--csv", str(path),
                           "--skew", skews, "--tokens-spread", spread,
                           "--capacity", capacity, *options,
                           ranks=ranks)  # fmt: skip
                self.assertEqual(0, done.returncode, done.stderr)
                rows = rows_of(path)
                # Nodes of a plan are hosts, without memory to share.
                if per_node < 4:
                    rows = [row for row in rows if row["dispatcher"] != "symmetric_push"]
                self.assertEqual({"ok"}, {row["status"] for row in rows})
                # A check goes dispatcher by dispatcher, a plan phase by phase.
                tables.append(sorted([row[key] for key in ["case", *exact]] for row in rows))
            dispatchers = 7 if per_node == 4 else 6
            loads = len(skews.split(",")) * len(capacity.split(","))
            self.assertEqual(3 * dispatchers * loads, len(tables[0]))
            self.assertEqual(tables[0], tables[1])
            self.assertEqual(tables[1], tables[2])

    def test_experts_that_choose_through_their_router(self) -> None:
        """The kernel's table is the drawn one, whatever the score function; no case is skipped."""
        for preset, scale in (("tiny", "1/1"), ("tiny-grouped", "1/1"), ("deepseek-v3", "1/16"),
                              ("mixtral-8x7b", "1/32")):  # fmt: skip
            with self.subTest(preset), tempfile.TemporaryDirectory() as folder:
                tables = []
                for routing in ("kernel", "ids"):
                    path = Path(folder) / f"{routing}.csv"
                    done = run("--check-only", "--preset", preset, "--scale", scale, "--csv", str(path),
                               "--skew", "expert_choice", "--tokens", "0,1,64,256",
                               "--routing", routing, ranks=4)  # fmt: skip
                    self.assertEqual(0, done.returncode, done.stderr)
                    rows = rows_of(path)
                    self.assertEqual({"ok"}, {row["status"] for row in rows})
                    tables.append([(row["case"], row["plan_hash"], row["messages"]) for row in rows])
                self.assertEqual(*tables)

    def test_bounds_of_given_links(self) -> None:
        """On one node with ample aggregate, alltoallv's bound is the busiest port's bytes."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            done = run("--plan-only", "--ranks", "8", "--dispatcher", "all", "--link-intra",
                       "10/1000", "--csv", str(path))  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            rows = rows_of(path)
            for row in rows:
                bound, strict = float(row["bound_us"]), float(row["bound_strict_us"])
                self.assertGreaterEqual(bound, strict * (1 - 1e-9), row["case"])
                self.assertGreaterEqual(strict, float(row["bound_balanced_us"]) * (1 - 1e-9))
                self.assertAlmostEqual(float(row["algorithm_factor"]), bound / strict)
                self.assertEqual("", row["efficiency"])
            row = next(r for r in rows if (r["dispatcher"], r["phase"]) == ("alltoallv", "dispatch"))
            busiest = max(int(row["send_max_bytes"]), int(row["recv_max_bytes"]))
            self.assertAlmostEqual(float(row["bound_us"]), busiest / 10e3)

    def test_a_skipped_row_of_a_plan_has_the_planned_factors(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            done = run("--plan-only", "--ranks", "6", "--ranks-per-node", "4", "--dispatcher",
                       "hierarchical,alltoallv", "--csv", str(path))  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            rows = rows_of(path)
            self.assertEqual({"ok", "skipped"}, {row["status"] for row in rows})
            self.assertEqual({("6", "2", "4")},
                             {(row["ranks"], row["nodes"], row["ranks_per_node"])
                              for row in rows})  # fmt: skip

    def test_a_trace_and_its_row_agree(self) -> None:
        for skew, spread in (("lognormal:0.75", "0"), ("masked:0.3", "0.9")):
            with self.subTest(skew):
                self.trace_agrees(skew, spread)

    def trace_agrees(self, skew: str, spread: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path, trace = Path(folder) / "results.csv", Path(folder) / "trace.jsonl"
            done = run("--check-only", "--csv", str(path), "--record-trace", str(trace),
                       "--dispatcher", "alltoallv", "--skew", skew, "--tokens-spread", spread, ranks=4)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            row = rows_of(path)[0]
            self.assertEqual(row["tokens_spread"], "" if spread == "0" else spread)
            received, sent_away, copies, tokens = [0] * 4, 0, 0, 0
            for line in map(json.loads, trace.read_text().splitlines()):
                self.assertEqual(line["num_tokens"], len(line["top_indices"]))
                tokens += line["num_tokens"]
                for ids in line["top_indices"]:
                    owners = [e // (line["num_experts"] // 4) for e in ids if e >= 0]
                    copies += len(set(owners))
                    sent_away += sum(owner != line["rank"] for owner in owners)
                    for owner in owners:
                        received[owner] += 1
            row_bytes = 2 * int(row["hidden"])
            self.assertEqual(int(row["assignment_bytes"]), sum(received) * row_bytes)
            self.assertEqual(int(row["bytes_intra"]), sent_away * row_bytes)
            self.assertAlmostEqual(
                float(row["rank_max_over_mean"]), max(received) / (sum(received) / 4)
            )
            # A masked token reaches no rank, and counts.
            self.assertAlmostEqual(float(row["copies_per_token_rank"]), copies / tokens)
            self.assertEqual("masked" in skew, sum(received) < 2 * tokens)
            self.assertEqual(spread == "0", tokens == 4 * int(row["tokens_per_rank"]))


if __name__ == "__main__":
    unittest.main()
