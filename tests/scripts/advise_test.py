#!/usr/bin/env python3
"""scripts/advise: winners and regions of a made-up plan, what it hands to dispatch_perf, and a plan of
the real one (advise_test.py DISPATCH_PERF)."""

import csv
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from made_up_results import ROOT, row, write_results

DISPATCH_PERF = sys.argv.pop(1)
LINKS = ("--link-intra", "100", "--link-inter", "10")
GIVEN = ("--preset", "tiny", "--ranks", "16", "--ranks-per-node", "8", *LINKS)

# Stands in for dispatch_perf: notes its arguments, and copies the plan.csv that lies beside it.
FAKE = """#!/usr/bin/env python3
import pathlib, shutil, sys
here = pathlib.Path(__file__).parent
(here / "arguments").write_text(" ".join(sys.argv[1:]))
shutil.copy(here / "plan.csv", sys.argv[sys.argv.index("--csv") + 1])
"""


def advise(*arguments: str, dispatch_perf: str = DISPATCH_PERF) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "advise", *arguments, "--dispatch-perf", dispatch_perf],
        capture_output=True,
        text=True,
        check=False,
    )


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def planned(tokens: int, dispatcher: str, bound: float, buffers: int, **more: object):
    """A row of a plan, one phase."""
    exact = {"bytes_intra": 4096, "bytes_inter": 512, "metadata_bytes": 1, "messages": 30}
    return row(1, "tiny", "1/1", "uniform", tokens, phase="round_trip", dispatcher=dispatcher,
               bound_us=bound, buffer_bytes=buffers, **(exact | more))  # fmt: skip


class MadeUpPlan(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.fake = self.folder / "dispatch_perf"
        self.fake.write_text(FAKE, encoding="utf-8")
        self.fake.chmod(0o755)

    def advise(self, rows: list[dict[str, object]], *arguments: str):
        write_results(self.folder / "plan.csv", rows)
        done = advise(*GIVEN, "--tokens", "1", *arguments, dispatch_perf=str(self.fake))
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        return done.stdout

    def winners(self, rows: list[dict[str, object]]) -> list[list[str]]:
        text = self.advise(rows)
        table = text[text.index(": winners") :].split("\n\n")[0]
        return [line.split() for line in table.splitlines()[2:]]

    def test_regions_hold_what_neighbouring_sizes_share(self) -> None:
        rows = []
        for tokens, a, b in ((64, 30, 20), (128, 30, 24), (256, 30, 40), (512, 60, 60)):
            rows += [planned(tokens, "alltoallv", a, 10), planned(tokens, "hierarchical", b, 20)]
        self.assertEqual(
            [
                ["64..128", "hierarchical", "alltoallv", "1.25..1.50", "x", "1.25..1.50", "x",
                 "alltoallv"],
                # At a tie of bounds less memory wins.
                ["256..512", "alltoallv", "hierarchical", "1.00..1.33", "x", "1.00", "x",
                 "alltoallv"],
            ],
            self.winners(rows),
        )  # fmt: skip

    def test_one_strategy_none_and_nothing_to_move(self) -> None:
        skipped = {"status": "skipped", "reason": "uneven nodes", "bound_us": "", "buffer_bytes": ""}
        rows = [planned(1, "alltoallv", 5, 10), planned(2, "alltoallv", 0, 10),
                planned(3, "alltoallv", 0, 0) | skipped]  # fmt: skip
        self.assertEqual(
            [
                ["1", "alltoallv", "-", "-", "1.00", "x", "alltoallv"],
                ["2", "all:", "nothing", "leaves", "its", "rank", "-", "-", "-", "alltoallv"],
                ["3", "none", "can", "run", "-", "-", "-", "-"],
            ],
            self.winners(rows),
        )
        self.assertIn("alltoallv: skipped, uneven nodes", self.advise(rows))

    def test_cells_and_csv_say_the_same(self) -> None:
        path = self.folder / "advice.csv"
        rows = [planned(64, "alltoallv", 1500, 3 << 20), planned(64, "hierarchical", 1000, 10)]
        text = self.advise(rows, "--csv", str(path))
        self.assertIn("hierarchical  4 KiB  512 B       1 B        30     10 B    1 ms     1.00 x", text)
        self.assertIn("alltoallv     4 KiB  512 B       1 B        30    3 MiB  1.5 ms     1.50 x", text)
        self.assertEqual(
            [("hierarchical", "1", "1"), ("alltoallv", "1.5", "0")],
            [(row["dispatcher"], row["over_best"], row["best"]) for row in rows_of(path)],
        )

    def test_options_reach_dispatch_perf(self) -> None:
        rows = [planned(64, "alltoallv", 1, 1)]
        self.advise(rows, "--skew", "local", "--ep", "8", "--dispatcher", "alltoallv")
        arguments = (self.folder / "arguments").read_text(encoding="utf-8")
        for part in ("--plan-only", "--preset tiny --tokens 1 --ranks 16 --ranks-per-node 8",
                     "--link-intra 100 --link-inter 10", "--dispatcher alltoallv",
                     "--skew local --ep 8"):  # fmt: skip
            self.assertIn(part, arguments)

    def test_only_the_phase_asked_for_counts(self) -> None:
        rows = [planned(64, "alltoallv", 1, 1), planned(64, "alltoallv", 7, 1) | {"phase": "combine"}]
        self.assertIn("7 us", self.advise(rows, "--phase", "combine"))
        self.assertNotIn("7 us", self.advise(rows))


class RealPlan(unittest.TestCase):
    def test_the_winner_has_the_least_bound_of_the_plan(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            plan, advice = Path(folder) / "plan.csv", Path(folder) / "advice.csv"
            arguments = [*GIVEN, "--tokens", "16,64", "--experts", "64", "--topk", "8"]
            subprocess.run([DISPATCH_PERF, "--plan-only", "--quiet", "--dispatcher", "all",
                            *arguments, "--csv", plan], check=True)  # fmt: skip
            done = advise(*arguments, "--csv", str(advice))
            self.assertEqual(0, done.returncode, done.stderr)
            best = {row["tokens_per_rank"]: row for row in rows_of(advice) if row["best"] == "1"}
            self.assertEqual({"16", "64"}, set(best))
            for tokens, winner in best.items():
                bounds = [float(row["bound_us"]) for row in rows_of(plan)
                          if (row["phase"], row["tokens_per_rank"]) == ("round_trip", tokens)
                          and row["status"] == "ok"]  # fmt: skip
                self.assertGreaterEqual(len(bounds), 6)
                self.assertEqual(min(bounds), float(winner["bound_us"]))
                # Slow links between nodes: a token crosses them once.
                self.assertEqual("hierarchical", winner["dispatcher"])

    def test_placements_are_workloads_of_their_own(self) -> None:
        done = advise(*GIVEN, "--tokens", "64", "--skew", "zipf:1", "--placement",
                      "contiguous,eplb-global", "--replicas", "16", "--experts", "64")  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn(", skew zipf:1, 16 ranks", done.stdout)
        self.assertIn(", skew zipf:1, eplb-global for zipf:1 with 16 replicas, 16 ranks", done.stdout)

    def test_strategies_that_do_not_apply_are_named(self) -> None:
        done = advise("--preset", "tiny", "--tokens", "16", "--ranks", "6", "--ranks-per-node", "4",
                      *LINKS)  # fmt: skip
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("hierarchical: skipped, ", done.stdout)

    def test_wrong_use_is_one_sentence(self) -> None:
        for arguments, naming in (
            (("--preset", "tinny", *GIVEN[2:], "--tokens", "1"), "tinny"),
            ((*GIVEN, "--tokens", "x"), "--tokens: 'x'"),
            ((*GIVEN, "--tokens", "1", "--nonsense"), "--nonsense"),
            ((*GIVEN[:6], "--tokens", "1"), "--link-intra or --link-inter: missing"),
            ((*GIVEN, "--tokens", "1", "--csv", "/no/such/folder/x.csv"), "/no/such/folder/x.csv"),
        ):
            with self.subTest(arguments):
                done = advise(*arguments)
                self.assertEqual(2, done.returncode, done.stderr)
                self.assertIn(naming, done.stderr)
                self.assertNotIn("Traceback", done.stderr)
        done = advise(*GIVEN, "--tokens", "1", dispatch_perf="/no/such/dispatch_perf")
        self.assertEqual(2, done.returncode)
        self.assertIn("/no/such/dispatch_perf", done.stderr)


if __name__ == "__main__":
    unittest.main()
