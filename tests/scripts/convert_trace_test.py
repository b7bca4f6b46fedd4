#!/usr/bin/env python3
"""scripts/convert-trace: every input to every output, and what dispatch_perf makes of the outputs
(convert_trace_test.py DISPATCH_PERF)."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from made_up_results import ROOT

DISPATCH_PERF = sys.argv.pop(1)

# Stands in for torch: a "tensor" is a JSON list behind the two letters with which .pt files begin.
FAKE_TORCH = """
import json

class Tensor:
    def __init__(self, values): self.values = values
    def tolist(self): return self.values

def load(path, map_location, weights_only):
    assert weights_only and map_location == "cpu"
    def tensors(pairs):
        names = ("topk_ids_of_layer", "global_physical_count", "logical_count",
                 "last_physical_to_logical_map")
        return {key: Tensor(value) if key in names else value for key, value in pairs}
    with open(path, "rb") as file:
        return json.loads(file.read()[2:], object_pairs_hook=tensors)
"""
NO_TORCH = 'raise ImportError("no torch here")\n'


def megatron(step: int, layer: int, rank: int, ids: list, **more: object) -> dict:
    return {"step": step, "stage": "pre_dispatch", "block": "decoder", "layer": layer, "rank": rank,
            "num_tokens": len(ids), "topk": len(ids[0]), "top_indices": ids, **more}  # fmt: skip


class Converted(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.out = self.folder / "out"
        self.torch(FAKE_TORCH)

    def torch(self, source: str) -> None:
        (self.folder / "torch.py").write_text(source)

    def file(self, name: str, *lines: dict) -> Path:
        path = self.folder / name
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    def dump(self, name: str, content: dict) -> Path:
        path = self.folder / name
        path.write_bytes(b"PK" + json.dumps(content).encode())
        return path

    def run_it(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ROOT / "scripts" / "convert-trace", *map(str, arguments), "-o", self.out],
            capture_output=True,
            text=True,
            env=os.environ | {"PYTHONPATH": str(self.folder)},
            check=False,
        )

    def converted(self, *arguments: object) -> bytes:
        done = self.run_it(*arguments)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return self.out.read_bytes()

    def lines(self, *arguments: object) -> list[dict]:
        return [json.loads(line) for line in self.converted(*arguments).splitlines()]

    def refused(self, *arguments: object, naming: str) -> None:
        done = self.run_it(*arguments)
        self.assertEqual(2, done.returncode)
        self.assertIn(naming, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        self.assertFalse(self.out.exists())


class Megatron(Converted):
    def setUp(self) -> None:
        super().setUp()
        self.ranks = [
            self.file("rank1", megatron(0, 3, 1, [[2, 3]]), megatron(1, 3, 1, [[0, 3]]),
                      megatron(0, 3, 1, [[0, 1]], block="mtp", mtp_idx=0)),
            self.file("rank0", megatron(0, 3, 0, [[1, 0], [-1, 2]])),
        ]  # fmt: skip

    def test_one_file_of_all_ranks_in_order(self) -> None:
        lines = self.lines(*self.ranks, "--experts", "4")
        self.assertEqual([(0, 3, 0), (0, 3, 1), (1, 3, 1)],
                         [(line["step"], line["layer"], line["rank"]) for line in lines])  # fmt: skip
        self.assertEqual([[1, 0], [2, -1]], lines[0]["top_indices"])
        self.assertEqual({4}, {line["num_experts"] for line in lines})
        self.assertNotIn("weights", lines[0])

    def test_compact_and_back(self) -> None:
        lines = self.lines(*self.ranks)
        compact = self.converted(*self.ranks, "--to", "compact")
        self.assertTrue(compact.startswith(b"MOETRC1\0\1\0\0\0"))
        (self.folder / "compact").write_bytes(compact)
        self.assertEqual(lines, self.lines(self.folder / "compact"))

    def test_loads(self) -> None:
        self.assertEqual(b"2,1,2,2\n", self.converted(*self.ranks, "--to", "weights"))
        self.refused_counts()
        whole = self.file("whole", megatron(0, 1, 0, [[1, 0], [2, 1]]), megatron(0, 7, 0, [[3, 2]]))
        text = self.converted(whole, "--to", "counts", "--model", "m", "--domain", "d").decode()
        self.assertEqual(["m,d,1,topk,0,1,2", "m,d,1,topk,1,2,2", "m,d,1,topk,2,1,2"],
                         text.split("\r\n")[1:4])  # fmt: skip
        self.assertIn("m,d,7,topk,0,0,1\r\n", text)

    def refused_counts(self) -> None:
        self.out.unlink()
        self.refused(*self.ranks, "--to", "counts", naming="layer 3: 7 assignments are no multiple")


class Sglang(Converted):
    def test_per_token_tables_are_of_experts_not_of_slots(self) -> None:
        dump = self.dump("token.pt", {
            "records": [{"forward_pass_id": 9, "rank": 1, "gatherer_key": "primary",
                         "input_ids": [5, 6], "misc_objects": [],
                         "topk_ids_of_layer": [[[-1] * 8] * 2,
                                               [[4, 0] + [-1] * 6, [3, 1] + [-1] * 6]],
                         "global_physical_count": [[0] * 5, [1, 1, 0, 1, 1]]}],
            "last_physical_to_logical_map": [[0, 1, 2, 3, 0], [0, 1, 2, 3, 2]]})  # fmt: skip
        [line] = self.lines(dump)  # layer 0 is dense
        self.assertEqual((9, 1, 1, 2), tuple(line[f] for f in ("step", "layer", "rank", "topk")))
        self.assertEqual([[2, 0], [3, 1]], line["top_indices"])
        self.assertEqual(4, line["num_experts"])

    def test_per_pass_counts_of_all_files(self) -> None:
        logical = [[0, 1, 2, 1]]
        files = [
            self.dump(f"pass{rank}.pt", {
                "records": [{"forward_pass_id": p, "rank": rank, "gatherer_key": "primary",
                             "global_physical_count": [[1, 2, 3, rank]]} for p in (0, 1)],
                "last_physical_to_logical_map": logical})
            for rank in (0, 1)
        ]  # fmt: skip
        self.assertEqual(b"4,10,12\n", self.converted(*files, "--to", "weights"))
        self.out.unlink()
        self.refused(*files, naming="no tables")
        self.refused(*files, "--to", "counts", naming="--topk")
        self.refused(*files, "--to", "counts", "--topk", "4", naming="no multiple of k 4")
        text = self.converted(*files, "--to", "counts", "--topk", "2").decode()
        self.assertIn("recorded,recorded,0,topk,2,12,13\r\n", text)

    def test_statistics(self) -> None:
        dump = self.dump("stat.pt", {"rank": 0, "average_utilization_rate_over_window": None,
                                     "logical_count": [[[0, 0], [1, 2]], [[0, 0], [3, 4]]]})  # fmt: skip
        self.assertEqual(b"4,6\n", self.converted(dump, "--to", "weights"))

    def test_what_is_no_dump(self) -> None:
        self.refused(self.dump("x.pt", {"records": [{}]}), naming="no dump of SGLang")
        (self.folder / "y.pt").write_bytes(b"PKx")
        self.refused(self.folder / "y.pt", naming="torch cannot load it")
        self.torch(NO_TORCH)
        self.refused(self.folder / "y.pt", naming="needs torch")


class WrongFiles(Converted):
    def test_one_sentence_with_file_and_line(self) -> None:
        good = megatron(0, 0, 0, [[0, 1]])
        for line, naming in (
            ({**good, "num_tokens": 2}, "num_tokens is 2"),
            ({**good, "topk": 3}, "tokens of 3"),
            ({**good, "top_indices": [[0, 0.5]]}, "no whole number"),
            ({**good, "top_indices": 5}, "line 2"),
            ({**good, "weights": [[1]]}, "weights"),
            ({"step": 0}, "'layer' is missing"),
            ([], "line 2"),
        ):
            with self.subTest(line):
                self.refused(self.file("bad", good, line), naming=f"{self.folder}/bad: line 2")
                self.refused(self.file("bad", good, line), naming=naming)
        self.refused(self.folder / "nowhere", naming="nowhere: No such file")
        (self.folder / "cut").write_bytes(b"MOETRC1\0\1\0")
        self.refused(self.folder / "cut", naming="cut: the file is cut")
        (self.folder / "new").write_bytes(b"MOETRC1\0\2" + bytes(23))
        self.refused(self.folder / "new", naming="version is 2")
        self.refused(self.file("e", good), "--experts", "1", naming="names expert 1 of 1")
        mixed = self.file("k", good, megatron(0, 1, 0, [[0]]))
        self.refused(mixed, "--to", "compact", naming="k differs between tables: [1, 2]")
        self.refused(self.file("e", good), "--model", "a,b", naming="comma")


class IntoDispatchPerf(Converted):
    def plan_hash(self, *arguments: str) -> str:
        path = self.folder / "plan.csv"
        done = subprocess.run(
            [DISPATCH_PERF, "--plan-only", "--quiet", "--dispatcher", "alltoallv", "--experts", "4",
             "--ranks", "2", "--csv", str(path), *arguments],
            capture_output=True, text=True, check=False)  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        with path.open(encoding="utf-8") as file:
            return next(csv.DictReader(file))["plan_hash"]

    def test_every_output_is_read(self) -> None:
        ranks = [self.file(f"rank{r}", megatron(2, 5, r, [[r, 3], [2, r]])) for r in (0, 1)]
        hashes = set()
        for form in ("lines", "compact"):
            self.converted(*ranks, "--experts", "4", "--to", form)
            hashes.add(self.plan_hash("--routing", f"trace:{self.out}/2/5"))
        self.assertEqual(1, len(hashes))
        for form in ("counts", "weights", "lines", "compact"):
            self.converted(*ranks, "--experts", "4", "--to", form)
            hashes.add(self.plan_hash("--skew", f"load:{self.out}"))
        self.assertEqual(2, len(hashes))  # one load, whatever the form


if __name__ == "__main__":
    unittest.main()
