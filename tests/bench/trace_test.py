#!/usr/bin/env python3
"""A recorded routing replayed is the same routing: bytes, hashes, imbalance, and the record of it."""

import json
import tempfile
import unittest
from pathlib import Path

from command import rows_of, run

# What a replay cannot know: how the table came about.
ABOUT_THE_DRAW = {"case", "run_id", "skew", "tokens_spread", "tokens_per_rank", "routing",
                  "load_error"}  # fmt: skip


class Traces(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.trace = self.folder / "trace.jsonl"
        self.csv = self.folder / "results.csv"

    def ok(self, *arguments: str, ranks: int = 4) -> list[dict[str, str]]:
        done = run("--check-only", "--quiet", "--csv", str(self.csv), *arguments, ranks=ranks)
        self.assertEqual(0, done.returncode, done.stderr)
        return rows_of(self.csv)

    def record(self, *arguments: str, ranks: int = 4) -> list[dict[str, str]]:
        return self.ok("--record-trace", str(self.trace), *arguments, ranks=ranks)

    def refused(self, source: str, *arguments: str, naming: str, ranks: int = 0) -> None:
        done = run("--routing", source, *arguments, ranks=ranks)
        self.assertEqual(2, done.returncode, done.stderr)
        sentences = [line for line in done.stderr.splitlines() if "_perf: " in line]
        self.assertEqual(1, len(sentences), done.stderr)
        self.assertIn("--routing", sentences[0])
        self.assertIn(naming, sentences[0])
        self.assertEqual("", done.stdout)


class Replay(Traces):
    def test_is_the_recorded_run(self) -> None:
        for routing, preset, draw in (
            ("kernel", "tiny", ("masked:0.2", "--tokens-spread", "0.5")),
            ("ids", "tiny", ("hot:1/0.5",)),
            ("kernel", "tiny-grouped", ("lognormal:1",)),
            ("ids", "tiny-grouped", ("uniform",)),  # in more groups than its router can choose
        ):
            common = ("--preset", preset, "--dispatcher", "all", "--ranks-per-node", "2")
            recorded = self.record(*common, "--routing", routing, "--tokens", "40", "--skew", *draw)
            again = self.folder / "again.jsonl"
            replayed = self.ok(*common, "--routing", f"trace:{self.trace}",
                               "--record-trace", str(again))  # fmt: skip
            self.assertEqual({"ok"}, {row["status"] for row in replayed})
            self.assertEqual({"trace"}, {row["routing"] for row in replayed})
            self.assertIn("/skew:trace:trace.jsonl/", replayed[0]["case"])
            self.assertEqual([{**row, **dict.fromkeys(ABOUT_THE_DRAW)} for row in recorded],
                             [{**row, **dict.fromkeys(ABOUT_THE_DRAW)} for row in replayed])  # fmt: skip
            self.assertTrue(all(row["plan_hash"] and row["result_hash"] for row in replayed))
            self.assertEqual(self.trace.read_text(), again.read_text())

    def test_a_plan_says_the_same(self) -> None:
        for preset in ("tiny", "tiny-grouped"):
            common = ("--preset", preset, "--dispatcher", "alltoallv")
            recorded = self.record(*common, "--tokens", "16")
            for source in (("--routing", f"trace:{self.trace}"), ("--tokens", "16")):
                done = run("--plan-only", "--ranks", "4", "--csv", str(self.csv), *common, *source)
                self.assertEqual(0, done.returncode, done.stderr)
                for column in ("plan_hash", "bytes_intra", "messages", "rank_max_over_mean"):
                    self.assertEqual(
                        {row[column] for row in recorded if row["phase"] == "dispatch"},
                        {row[column] for row in rows_of(self.csv) if row["phase"] == "dispatch"},
                    )

    def test_of_a_model_whose_router_could_not_choose_so(self) -> None:
        """30 experts are no four groups: the table is taken as it is."""
        self.record("--experts", "30", "--topk", "1", "--tokens", "16")
        rows = self.ok("--preset", "tiny-grouped", "--experts", "30", "--routing",
                       f"trace:{self.trace}")  # fmt: skip
        self.assertEqual({"ok"}, {row["status"] for row in rows})

    def test_of_lines_that_another_program_wrote(self) -> None:
        """Megatron's fields, without weights and experts; a step and layer by number."""
        lines = [
            {"step": step, "stage": "pre_dispatch", "block": "decoder", "layer": layer,
             "rank": rank, "num_tokens": 2, "topk": 3,
             "top_indices": [[(rank + step + layer + j) % 8 for j in range(3)], [5, 2, -1]]}
            for rank in (4, 0) for step in (3, 4) for layer in (1, 2)
        ]  # fmt: skip
        self.trace.write_text("".join(json.dumps(line) + "\n" for line in lines))
        again = self.folder / "again.jsonl"
        self.ok("--routing", f"trace:{self.trace}/4/1", "--record-trace", str(again), ranks=2)
        tables = [json.loads(line) for line in again.read_text().splitlines()]
        self.assertEqual([[[5, 6, 7], [5, 2, -1]], [[1, 2, 3], [5, 2, -1]]],
                         [table["top_indices"] for table in tables])  # fmt: skip

    def test_its_load_can_be_drawn_from(self) -> None:
        self.record("--tokens", "64", "--skew", "hot:1/0.5")
        hot = self.ok("--tokens", "512", "--skew", f"load:{self.trace}")
        even = self.ok("--tokens", "512", "--skew", "uniform")
        worst = {name: {float(row["expert_max_over_mean"]) for row in rows}
                 for name, rows in (("hot", hot), ("even", even))}  # fmt: skip
        self.assertGreater(min(worst["hot"]), 1.5 * max(worst["even"]))


class WrongUse(Traces):
    def test_what_does_not_fit(self) -> None:
        self.record("--tokens", "4", ranks=2)
        source = f"trace:{self.trace}"
        self.refused(source, naming="the trace has 2 ranks, the job has 1")
        self.refused(source, "--plan-only", "--ranks", "8", naming="the job has 8")
        self.refused(source, "--experts", "16", naming="of 8 experts, the model has 16", ranks=2)
        self.refused(source + "/0/7", naming="step 0 layer 7 is not recorded", ranks=2)
        for flag in ("--tokens", "--topk"):
            self.refused(source, flag, "2", naming=flag, ranks=2)
        self.refused(source, "--skew", "uniform", naming="--skew", ranks=2)
        # One model that fits is enough; the other's rows say why not.
        rows = self.ok("--routing", source, "--experts", "8,16", ranks=2)
        self.assertEqual({"ok", "skipped"}, {row["status"] for row in rows})
        self.assertEqual({"it is of 8 experts, the model has 16"},
                         {row["reason"] for row in rows if row["status"] == "skipped"})  # fmt: skip

    def test_files_that_are_no_traces(self) -> None:
        """On every rank, whatever the file: one sentence with line or byte, exit code 2."""
        for text, naming in (
            ("", "no recorded file"),
            ("hello", "byte 0"),
            ('{"step":0}\n', "line 1: field 'layer' is missing"),
            ("[[1,2],[3,4]]", "--skew load:FILE"),
            ("model,domain,layer,choice,expert,count,tokens\n", "--skew load:FILE"),
            ("MOETRC1\0", "byte 8: the file is cut"),
        ):
            self.trace.write_text(text)
            for ranks in (0, 3):
                with self.subTest(text=text, ranks=ranks):
                    self.refused(f"trace:{self.trace}", naming=naming, ranks=ranks)
        self.refused("trace:/no/such/file", naming="no such file", ranks=3)
        self.refused(f"trace:{self.folder}", naming="no regular file")
        self.refused("trace:", naming="trace:FILE/STEP/LAYER")
        self.refused("trace", naming="trace:FILE")


if __name__ == "__main__":
    unittest.main()
