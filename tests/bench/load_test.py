#!/usr/bin/env python3
"""What decides how much load goes where: what capacities drop."""

import json
import tempfile
import unittest
from pathlib import Path

from command import rows_of, run


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
