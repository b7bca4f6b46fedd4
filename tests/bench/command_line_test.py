#!/usr/bin/env python3
"""Wrong use ends with one sentence and exit code 2; listings and skipped rows are what they say."""

import tempfile
import unittest
from pathlib import Path

from command import rows_of, run


class WrongUse(unittest.TestCase):
    def refused(self, *arguments: str, naming: str, **options) -> None:
        done = run(*arguments, **options)
        self.assertEqual(2, done.returncode, done.stderr)
        sentences = [line for line in done.stderr.splitlines() if "_perf: " in line]
        self.assertEqual(1, len(sentences), done.stderr)
        self.assertIn(naming, sentences[0])
        self.assertEqual("", done.stdout)

    def test_every_kind_of_wrong_value(self) -> None:
        cases = {
            ("--nonsense",): "--nonsense",
            ("--preset", "mixtrl"): "--preset",
            ("--dispatcher", "allotallv"): "allotallv",
            ("--skew", "zipff:1"): "--skew",
            ("--tokens-spread", "1.5"): "'1.5'",
            ("--tokens-spread", "nan"): "'nan'",
            ("--tokens-spread", "0.5", "--tokens", "1,16777216"): "16777216 tokens",
            ("--inner", "0"): "--inner",
            ("--inner", "2", "--phases"): "--phases",
            ("--delay", "0"): "RANK/US",
            ("--delay", "0/0"): "RANK/US",
            ("--delay", "0/inf"): "RANK/US",
            ("--delay", "-1/5"): "RANK/US",
            ("--delay", "0/5"): "another rank",
            ("--delay", "0/5", "--check-only"): "--check-only",
            ("--skew", "masked:2"): "'masked:2'",
            ("--skew", "hotrank:2"): "'hotrank:2'",  # of one rank
            ("--skew", "local", "--plan-only", "--ranks", "8"): "rank 0 has 1",  # k = 2
            ("--topk", "9", "--experts", "8"): "top-9 of 8 experts",
            ("--target-imbalance", "0.9"): "'0.9'",
            ("--target-imbalance", "nan"): "'nan'",
            ("--target-imbalance", "2", "--skew", "zipf:1,uniform"): "'uniform' has nothing",
            ("--target-imbalance", "2", "--routing", "trace:t.jsonl"): "trace:t.jsonl",
            ("--capacity", "drop:0"): "'drop:0'",
            ("--capacity", "drop:1/weight"): "'drop:1/weight'",
            ("--tokens", "-1"): "'-1'",
            ("--tokens", "1e99"): "'1e99'",
            ("--timeout", "-1"): "--timeout",
            ("--schedule", "ring"): "window:W",
            ("--schedule", "window:0"): "'0'",
            ("--schedule", "per_expert", "--dispatcher", "hierarchical"): "hierarchical",
            ("--counts", "ring"): "allgather",
            ("--dtype", "fp4"): "fp8",
            ("--tokens", "1,,2"): "--tokens",
            ("--csv", "/no/such/folder/x.csv"): "/no/such/folder/x.csv",
            ("--benchmark_filter=nothing",): "nothing",
            ("--benchmark_repetitions=3",): "--samples",
            ("--benchmark_filter=(",): "regular expression",
            ("--ranks", "8"): "--plan-only",
            ("--score", "tanh"): "sqrt-softplus",
            ("--score", "sigmoid", "--routing", "ids"): "--routing kernel",
            ("--groups", "4"): "--topk-groups",
            ("--groups", "4", "--topk-groups", "2", "--routing", "ids"): "--routing kernel",
            ("--node-limit", "1", "--routing", "ids"): "--node-limit: has a meaning",
            ("--node-limit", "0"): "--node-limit: '0'",
            ("--node-limit", "2"): "span 1 node(s)",
            ("--node-limit", "1", "--groups", "4", "--topk-groups", "2"): "with --groups",
            ("--link-intra", "0"): "--link-intra",
            ("--link-intra", "5/x"): "--link-intra",
            ("--plan-only", "--ranks", "8", "--ranks-per-node", "4",
             "--link-intra", "5"): "--link-inter",
            ("--record-trace", "x", "--tokens", "1,2"): "--record-trace",
            ("--conventions", "--plan-only"): "--conventions",
        }
        for arguments, naming in cases.items():
            with self.subTest(arguments):
                self.refused(*arguments, naming=naming)

    def test_every_rank_ends_alike(self) -> None:
        self.refused("--ep", "3", naming="--ep", ranks=4)
        self.refused("--delay", "4/5", naming="0 to 3", ranks=4)
        self.refused("--csv", "/no/such/folder/x.csv", naming="--csv", ranks=4)

    def test_other_binaries(self) -> None:
        self.refused("--tokens", "x", naming="--tokens", binary="router_perf")
        self.refused("--dispatcher", "all", naming="--dispatcher", binary="collective_perf", ranks=2)
        self.refused("--baseline", "permute_only", naming="permute_only",
                     binary="collective_perf", ranks=2)  # fmt: skip
        self.refused("--minbytes", "0", naming="--minbytes", binary="collective_perf", ranks=2)

    def test_routers(self) -> None:
        for arguments, naming in (
            (("--groups", "4"), "--topk-groups"),
            (("--topk-groups", "2"), "--groups"),
            (("--groups", "3", "--topk-groups", "1"), "8 experts do not divide into 3 groups"),
            (("--groups", "8", "--topk-groups", "1"), "top-2 of the 1 experts"),
            (("--groups", "0"), "--groups: '0'"),
        ):
            with self.subTest(arguments):
                self.refused(*arguments, naming=naming, binary="router_perf")

    def test_empty_and_cut_data_files(self) -> None:
        for text in ("", '{"schema": 1, "presets": ['):
            with self.subTest(text), tempfile.TemporaryDirectory() as folder:
                (Path(folder) / "presets.json").write_text(text, encoding="utf-8")
                self.refused(naming="presets.json", MOEMARK_DATA=folder)


class Instead(unittest.TestCase):
    def test_help_version_and_list(self) -> None:
        self.assertIn("SYNOPSIS", run("--help").stdout)
        self.assertIn("deepep_v1_rdma", run("--help").stdout)
        self.assertIn("dispatch_perf", run("--version").stdout)
        [mixtral] = [line.split() for line in run("--list-presets").stdout.splitlines()
                     if line.startswith("mixtral-8x7b ")]  # fmt: skip
        self.assertEqual(["46.7", "12.9"], mixtral[6:8])  # 10^9 parameters, and of one token
        names = run("--list", "--tokens", "1,2").stdout.splitlines()
        self.assertIn(
            "dispatch/alltoallv/preset:tiny/T:1/E:8/k:2/skew:lognormal:0.75/nodes:1", names
        )

    def test_what_does_not_fit_is_a_row(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            self.assertEqual(0, run("--memory-limit", "1K", "--csv", str(path)).returncode)
            rows = rows_of(path)
            self.assertEqual({"skipped"}, {row["status"] for row in rows})
            self.assertTrue(all("memory limit" in row["reason"] for row in rows))

    def test_routers_that_return_no_plan_are_rows(self) -> None:
        grouped = ("--preset", "tiny-grouped")
        for arguments, reason in (
            (grouped, ""),
            ((*grouped, "--routing", "ids"), ""),
            ((*grouped, "--topk", "17"), "top-17 of the 16 experts"),
            ((*grouped, "--topk", "16", "--skew", "balanced"), "--routing ids"),
            (("--preset", "llama4-scout", "--scale", "1/16", "--ffn", "16"), ""),  # of sigmoids
        ):
            with self.subTest(arguments), tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "results.csv"
                run(*arguments, "--tokens", "8", "--csv", str(path), "--check-only")
                rows = rows_of(path)
                self.assertEqual({"skipped" if reason else "ok"}, {row["status"] for row in rows})
                self.assertTrue(all(reason in row["reason"] for row in rows))

    def test_scores_and_groups_are_cases(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            run("--score", "softmax,sqrt-softplus", "--groups", "4", "--topk-groups", "2",
                "--tokens", "64", "--warm", "--csv", str(path), binary="router_perf")  # fmt: skip
            rows = rows_of(path)
            self.assertEqual({"ok"}, {row["status"] for row in rows})
            self.assertEqual({"softmax", "sqrt-softplus"}, {row["score"] for row in rows})
            self.assertIn(
                "router/topk/preset:tiny/T:64/E:8/k:2/score:sqrt-softplus/groups:4/2/"
                "skew:lognormal:0.75",
                [row["case"] for row in rows],
            )
            run("--score", "sigmoid", "--check-only", "--csv", str(path), ranks=2)
            self.assertEqual({("ok", "sigmoid")}, {(r["status"], r["score"]) for r in rows_of(path)})

    def test_router_perf_runs_every_router(self) -> None:
        for experts, status, reason in (
            ("32", "ok", ""),
            ("30", "skipped", "30 experts do not divide into 4 groups"),
        ):
            with self.subTest(experts), tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "results.csv"
                run("--preset", "tiny-grouped", "--experts", experts, "--tokens", "64", "--warm",
                    "--csv", str(path), binary="router_perf")  # fmt: skip
                rows = rows_of(path)
                self.assertEqual(3, len(rows))
                self.assertEqual({(status, reason)}, {(r["status"], r["reason"]) for r in rows})

    def test_a_float_check_left_out_says_so_once_a_case(self) -> None:
        small = ("--tokens", "8", "--experts", "8")
        for arguments, reason in (
            (("--preset", "switch-base-128", "--hidden", "64", "--ffn", "64"), "2 matrices"),
            (("--hidden", "1024", "--ffn", "4096"), "100663296 expert weights"),
            ((), ""),
        ):
            with self.subTest(arguments), tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "results.csv"
                done = run("--check-only", *small, *arguments, "--csv", str(path), ranks=2)
                self.assertEqual(0, done.returncode, done.stderr)
                self.assertEqual(1 if reason else 0, done.stdout.count("no float check"))
                for row in rows_of(path):
                    self.assertEqual("ok", row["status"])
                    self.assertIn(reason, row["reason"])
                    self.assertEqual(bool(reason), bool(row["reason"]))


class Timed(unittest.TestCase):
    def test_sustained_operations_of_a_late_rank(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            done = run("--samples", "8", "--inner", "3", "--delay", "1/500", "--tokens", "16",
                       "--baseline", "ring", "--csv", str(path), ranks=3)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertIn("passed on", done.stdout)
            rows = rows_of(path)
            self.assertEqual(len(rows), len({row["case"] for row in rows}))  # twins are no rows
            for row in rows:
                self.assertEqual(("ok", "3", "1/500"),
                                 (row["status"], row["inner"], row["delay"]))  # fmt: skip
                self.assertIn("/delay:1/500/", row["case"])
                self.assertNotEqual("", row["delay_passed_on"], row["case"])
                self.assertGreater(float(row["median_us"]), 0)

    def test_nobody_waits_in_a_group_of_one(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "results.csv"
            done = run("--samples", "8", "--delay", "1/10", "--ep", "1,2", "--tokens", "16",
                       "--dispatcher", "alltoallv", "--csv", str(path), ranks=2)  # fmt: skip
            self.assertEqual(0, done.returncode, done.stderr)
            rows = [row for row in rows_of(path) if row["status"] == "ok"]
            self.assertEqual({("1", False), ("2", True)},
                             {(row["ep"], bool(row["delay_passed_on"])) for row in rows})  # fmt: skip


if __name__ == "__main__":
    unittest.main()
