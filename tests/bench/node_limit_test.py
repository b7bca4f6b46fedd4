#!/usr/bin/env python3
"""Groups of experts on nodes: a token reaches at most M of them, and rows say what holds."""

import tempfile
import unittest
from pathlib import Path

from command import rows_of, run

# DeepSeek-V3's router (sigmoid, bias, 4 of 8 groups, k 8) with fewer experts, found sooner.
MODEL = ("--preset", "deepseek-v3", "--scale", "1/8", "--experts", "64")
PLAN = ("--plan-only", "--dispatcher", "alltoallv", "--tokens", "256")


class NodeLimit(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.csv = Path(folder.name) / "results.csv"

    def rows(self, *arguments: str, ranks: int = 0) -> list[dict[str, str]]:
        done = run(*arguments, "--progress", "never", "--csv", str(self.csv), ranks=ranks)
        self.assertEqual(0, done.returncode, done.stderr)
        self.printed = done.stdout
        return [row for row in rows_of(self.csv) if row["phase"] == "dispatch"]

    def refused(self, *arguments: str, naming: str) -> None:
        done = run(*arguments, "--csv", str(self.csv))
        self.assertEqual(2, done.returncode, done.stderr)
        self.assertIn(naming, done.stderr)

    def test_no_token_goes_beyond_its_nodes(self) -> None:
        """On real ranks, through the router kernel, with loads that push against the limit."""
        rows = self.rows("--check-only", "--experts", "32", "--topk", "4", "--node-limit",
                         "none,1,2,4", "--ranks-per-node", "1", "--tokens", "64", "--skew",
                         "uniform,hot:2/0.3", "--dispatcher", "alltoallv,hierarchical",
                         "--score", "softmax,sigmoid", ranks=4)  # fmt: skip
        self.assertEqual(4 * 2 * 2 * 2, len(rows))
        for row in rows:
            limit = row["node_limit"]
            if row["status"] == "skipped":  # two hot experts want more of their nodes than 1 allows
                self.assertEqual(("1", "hot:2/0.3"), (limit, row["skew"]), row["reason"])
                continue
            self.assertLessEqual(int(row["nodes_per_token_max"]), int(limit or 4))
            if limit in ("1", "2"):
                self.assertEqual(("4", limit), (row["groups"], row["topk_groups"]))
                self.assertLess(float(row["load_error"]), 0.01)
            else:  # a limit of all nodes is none
                self.assertEqual(("1", "1", ""), (row["groups"], row["topk_groups"],
                                                  row["load_error"]))  # fmt: skip

    def test_the_plan_is_what_runs(self) -> None:
        work = ("--experts", "32", "--topk", "4", "--node-limit", "2", "--ranks-per-node", "1",
                "--tokens", "64", "--skew", "lognormal:1", "--dispatcher", "alltoallv")  # fmt: skip
        planned = self.rows("--plan-only", "--ranks", "4", *work)[0]
        (ran,) = self.rows("--check-only", *work, ranks=4)
        self.assertEqual(planned["plan_hash"], ran["plan_hash"])

    def test_groups_of_the_model(self) -> None:
        """DeepSeek-V3's 4 of 8 groups: on 8 nodes 4, on 4 nodes no limit, on 16 said not to be."""
        reach = {}
        for nodes in (4, 8, 16):
            (row,) = self.rows(*PLAN, *MODEL, "--skew", "uniform", "--ranks", str(nodes),
                               "--ranks-per-node", "1")  # fmt: skip
            reach[nodes] = row
        self.assertEqual(["", "4", ""], [row["node_limit"] for row in reach.values()])
        self.assertEqual(["4", "4", "8"], [r["nodes_per_token_max"] for r in reach.values()])
        self.assertIn("16 nodes share 8 groups", reach[16]["reason"])
        self.assertIn("the 4 of a token reach 8 nodes", self.printed)
        self.assertEqual(["", ""], [reach[4]["reason"], reach[8]["reason"]])

    def test_hierarchical_balancing_keeps_groups_on_their_node(self) -> None:
        for limit in ((), ("--node-limit", "3")):
            with self.subTest(limit):
                rows = self.rows(*PLAN, *MODEL, "--ranks", "16", "--ranks-per-node", "2",
                                 "--placement", "contiguous,eplb-hier", "--replicas", "32",
                                 "--skew", "lognormal:0.5", *limit)  # fmt: skip
                self.assertEqual(["contiguous", "eplb-hier"], [row["placement"] for row in rows])
                allowed = limit[1] if limit else "4"
                self.assertEqual({allowed}, {row["node_limit"] for row in rows})
                self.assertEqual({allowed}, {row["nodes_per_token_max"] for row in rows})
                before, after = (float(row["rank_max_over_mean"]) for row in rows)
                self.assertLess(after, before)
        (spread,) = self.rows(*PLAN, *MODEL, "--ranks", "16", "--ranks-per-node", "2",
                              "--placement", "eplb-global", "--replicas", "32", "--skew",
                              "lognormal:0.5")  # fmt: skip
        self.assertGreater(int(spread["nodes_per_token_max"]), 4)
        self.assertEqual("", spread["node_limit"])

    def test_limits_that_cannot_be(self) -> None:
        plan = ("--plan-only", "--experts", "30", "--topk", "4", "--ranks")
        self.refused(*plan, "8", "--ranks-per-node", "2", "--node-limit", "5",
                     naming="span 4 node(s)")  # fmt: skip
        self.refused(*plan, "8", "--ranks-per-node", "2", "--node-limit", "2",
                     naming="30 experts do not fill 4 nodes")  # fmt: skip
        self.refused(*plan, "6", "--ranks-per-node", "4", "--node-limit", "1",
                     naming="do not fill nodes of 4")  # fmt: skip
        self.refused(*plan, "10", "--ranks-per-node", "1", "--node-limit", "1",
                     naming="top-4 of the 3 experts")  # fmt: skip
        self.refused(*plan, "6", "--ranks-per-node", "2", "--node-limit", "1", "--placement",
                     "strided", naming="placement strided")  # fmt: skip


if __name__ == "__main__":
    unittest.main()
