#!/usr/bin/env python3
"""Placements: they move experts, never results, and a plan balances the load it was made for."""

import json
import tempfile
import unittest
from pathlib import Path

from command import rows_of, run

EVERY = "contiguous,strided,random,eplb-global,eplb-hier"


class Placements(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.csv = self.folder / "results.csv"

    def rows(self, *arguments: str, ranks: int = 0) -> list[dict[str, str]]:
        done = run(*arguments, "--quiet", "--progress", "never", "--csv", str(self.csv),
                   ranks=ranks)  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        return rows_of(self.csv)

    def plans(self, *arguments: str) -> dict[tuple[str, str], dict[str, str]]:
        rows = self.rows("--plan-only", "--ranks", "8", "--preset", "olmoe-1b-7b", "--scale", "1/8",
                         "--tokens", "1024", "--dispatcher", "alltoallv", *arguments)  # fmt: skip
        return {(r["placement"], r["plan_skew"]): r for r in rows if r["phase"] == "dispatch"}

    def test_results_do_not_depend_on_the_placement(self) -> None:
        """Forward and backward, in groups, with copies, and every placement gives its own plan."""
        file = self.folder / "slots.json"
        file.write_text(json.dumps([7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 7]))
        rows = self.rows("--check-only", "--ep", "2", "--tokens", "33", "--topk", "3",
                         "--placement", f"{EVERY},file:{file}", "--replicas", "0,2", "--pass",
                         "forward,backward", "--skew", "zipf:1,hotrank:2", ranks=4)  # fmt: skip
        self.assertEqual({"ok"}, {row["status"] for row in rows})
        for direction in ("forward", "backward"):
            # Equal loads, as of hotrank, are dealt out as `strided` deals experts.
            for skew, plans in (("zipf:1", 6), ("hotrank:2", 5)):
                alike = [r for r in rows if (r["pass"], r["skew"]) == (direction, skew)]
                self.assertEqual(1, len({row["result_hash"] for row in alike}))
                # contiguous, strided, random, the file, and of both balancers with and without
                # copies; on one node hierarchical is global.
                self.assertEqual(8, len({(r["placement"], r["replicas"]) for r in alike}))
                self.assertEqual(plans, len({row["plan_hash"] for row in alike}))
        copies = {row["replicas"] for row in rows if row["placement"].startswith("file:")}
        self.assertEqual({"4"}, copies)

    def test_before_after_and_stale(self) -> None:
        rows = self.plans("--skew", "empirical:olmoe/github/7", "--placement",
                          "contiguous,eplb-global,eplb-hier", "--replicas", "8", "--plan-skew",
                          "own,empirical:olmoe/arxiv/7")  # fmt: skip
        own, other = "empirical:olmoe/github/7", "empirical:olmoe/arxiv/7"
        load = {key: float(row["rank_max_over_mean"]) for key, row in rows.items()}
        self.assertEqual(5, len(load))
        self.assertGreater(load["contiguous", ""], 2.0)
        self.assertLess(load["eplb-global", own], 1.05)
        self.assertGreater(load["eplb-global", other], 1.2)
        self.assertEqual(load["eplb-global", own], load["eplb-hier", own])  # no groups of experts
        self.assertEqual("8", rows["eplb-global", own]["replicas"])
        self.assertEqual("0", rows["contiguous", ""]["replicas"])
        self.assertIn("/placement:eplb-global/replicas:8/plan:" + other,
                      rows["eplb-global", other]["case"])  # fmt: skip

    def test_a_plan_is_the_run(self) -> None:
        """Exact columns without moving anything, and moved: with copies and uneven slots."""
        arguments = ("--experts", "12", "--placement", "random,eplb-global", "--replicas", "4",
                     "--dispatcher", "alltoallv,alltoallv_dedup,hierarchical",
                     "--ranks-per-node", "2")  # fmt: skip
        planned = self.rows("--plan-only", "--ranks", "4", *arguments)
        moved = self.rows("--check-only", *arguments, ranks=4)
        self.assertEqual(len(planned), len(moved))
        exact = ("plan_hash", "bytes_self", "bytes_intra", "bytes_inter", "messages",
                 "metadata_bytes", "send_max_bytes", "buffer_bytes", "rank_max_over_mean",
                 "expert_cv", "copies_per_token_rank")  # fmt: skip
        of_moved = {row["case"]: row for row in moved}
        for row in planned:
            for column in exact:
                self.assertEqual(row[column], of_moved[row["case"]][column], row["case"])

    def test_a_rebalance_moves_whole_experts(self) -> None:
        """[7, 6, .., 0] on 2 ranks: each gets the 4 experts of the other; nothing moves for nothing."""
        file = self.folder / "slots.json"
        file.write_text(json.dumps([7, 6, 5, 4, 3, 2, 1, 0]))
        stay = self.folder / "stay.json"
        stay.write_text(json.dumps([3, 2, 1, 0, 7, 6, 5, 4]))
        arguments = ("--hidden", "64", "--ffn", "32", "--dtype", "fp32,bf16,fp8", "--placement",
                     f"contiguous,file:{file},file:{stay}", "--dispatcher", "alltoallv",
                     "--samples", "6")  # fmt: skip
        for how in (("--plan-only", "--ranks", "2"), ("--check-only",), ()):
            with self.subTest(how):
                rows = self.rows(*how, *arguments, ranks=0 if "--ranks" in how else 2)
                moved = {(r["placement"], r["dtype"]): r for r in rows if r["phase"] == "rebalance"}
                self.assertEqual(6, len(moved))
                for dtype, size in (("fp32", 4), ("bf16", 2), ("fp8", 1)):
                    row = moved[f"file:{file}", dtype]
                    expert = 3 * 64 * 32 * size
                    self.assertEqual(8 * expert, int(row["bytes_intra"]))
                    self.assertEqual(4 * expert, int(row["send_max_bytes"]))
                    self.assertEqual(8 * expert, int(row["buffer_bytes"]))
                    self.assertEqual(("2", "0"), (row["messages"], row["bytes_self"]))
                    self.assertEqual(not how, row["median_us"] != "")
                    row = moved[f"file:{stay}", dtype]
                    self.assertEqual(("ok", "0", ""), (row["status"], row["bytes_intra"],
                                                       row["median_us"]))  # fmt: skip

    def test_copies_move_between_the_ranks_of_each_group(self) -> None:
        rows = self.rows("--check-only", "--ep", "2", "--ranks-per-node", "1", "--placement",
                         "strided,eplb-global", "--replicas", "8", "--skew", "hot:1/0.3",
                         "--benchmark_filter=rebalance|alltoallv/", ranks=4)  # fmt: skip
        moved = {r["placement"]: r for r in rows if r["phase"] == "rebalance"}
        # Strided: 2 of 4 experts of each rank leave it, in two groups of 2 ranks.
        self.assertEqual("4", moved["strided"]["messages"])
        expert = 3 * int(moved["strided"]["hidden"]) * int(moved["strided"]["ffn"]) * 2
        self.assertEqual(8 * expert, int(moved["strided"]["bytes_inter"]))
        self.assertEqual("0", moved["strided"]["bytes_intra"])
        self.assertGreater(int(moved["eplb-global"]["bytes_inter"]), 0)

    def test_weights_beyond_the_memory_are_a_skipped_row(self) -> None:
        rows = self.rows("--check-only", "--ffn", "4096", "--placement", "strided", "--dispatcher",
                         "alltoallv", "--memory-limit", "1M", "--tokens", "8", ranks=2)  # fmt: skip
        row = next(r for r in rows if r["phase"] == "rebalance")
        self.assertEqual("skipped", row["status"])
        self.assertIn("to move the weights", row["reason"])

    def test_placements_stand_side_by_side(self) -> None:
        done = run("--plan-only", "--ranks", "4", "--placement", "contiguous,eplb-global",
                   "--replicas", "8", "--plan-skew", "own,uniform", "--skew", "zipf:1")  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        table = done.stdout[done.stdout.index("placements of preset:tiny/") :].splitlines()
        self.assertEqual(["contiguous", "eplb-global", "eplb-global"],
                         [line.split()[0] for line in table[3:6]])  # fmt: skip

    def test_a_trace_has_the_models_experts(self) -> None:
        """The same routing whatever the placement, so that one trace serves them all."""
        traces = []
        for placement in ("contiguous", "random"):
            trace = self.folder / f"{placement}.jsonl"
            self.rows("--check-only", "--placement", placement, "--record-trace", str(trace),
                      ranks=2)  # fmt: skip
            traces.append([json.loads(line)["top_indices"] for line in trace.read_text().splitlines()])
        self.assertEqual(*traces)

    def refused(self, *arguments: str, naming: str) -> None:
        done = run("--check-only", *arguments, ranks=2)
        self.assertEqual(2, done.returncode, done.stderr)
        sentences = [line for line in done.stderr.splitlines() if "_perf: " in line]
        self.assertEqual(1, len(sentences), done.stderr)
        self.assertIn(naming, sentences[0])
        self.assertEqual("", done.stdout)

    def test_wrong_use(self) -> None:
        self.refused("--placement", "spread", naming="--placement: 'spread'")
        self.refused("--replicas", "2", naming="--replicas: has a meaning with")
        self.refused("--plan-skew", "own", naming="--plan-skew: has a meaning with")
        eplb = ("--placement", "eplb-global")
        self.refused(*eplb, "--plan-skew", "flat", naming="--plan-skew, as --skew: 'flat'")
        self.refused(*eplb, "--plan-skew", "empirical:olmoe/c4/7", naming="--plan-skew: 'empirical")
        self.refused(*eplb, "--replicas", "1", naming="8 experts and 1 replicas make 9 slots")
        self.refused(*eplb, "--experts", "7", naming="--placement: 'eplb-global'")
        self.refused("--placement", "file:/no/such/x", naming="/no/such/x")
        file = self.folder / "slots.json"
        for text, naming in (("[0, 1, x]", "byte 7 is 'x'"), ("[0, 2]", "expert 1 has no slot"),
                             ("[0, 1]", "places 2 experts, this model has 8")):  # fmt: skip
            file.write_text(text)
            self.refused("--placement", f"file:{file}", naming=naming)

    def test_what_fits_elsewhere_is_a_skipped_row(self) -> None:
        rows = self.rows("--check-only", "--experts", "7,8", "--placement", "eplb-global",
                         "--dispatcher", "alltoallv", ranks=2)  # fmt: skip
        statuses = {(row["experts"], row["status"]) for row in rows}
        self.assertEqual({("7", "skipped"), ("8", "ok")}, statuses)


if __name__ == "__main__":
    unittest.main()
