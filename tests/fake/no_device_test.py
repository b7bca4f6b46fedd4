#!/usr/bin/env python3
"""What the binaries of the back end nccl say where they cannot run: one sentence, one exit code.

usage: no_device_test.py NCCL_BIN MPIRUN
"""

import os
import subprocess
import sys
import unittest
from pathlib import Path

NCCL_BIN, MPIRUN = Path(sys.argv[1]), sys.argv[2]


def run(ranks: int, *options: str, **environment: str) -> subprocess.CompletedProcess:
    command = [MPIRUN, "-n", str(ranks), str(NCCL_BIN / "dispatch_perf"), *options]
    return subprocess.run(
        command, capture_output=True, text=True, env=dict(os.environ, **environment)
    )


class NoDeviceTest(unittest.TestCase):
    def own_lines(self, text: str) -> list[str]:
        return [line for line in text.splitlines() if line.startswith("dispatch_perf:")]

    def test_without_a_device(self):
        done = run(1, "--check-only", FAKE_DEVICES="0")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertEqual(
            self.own_lines(done.stderr),
            ["dispatch_perf: no usable CUDA device: no CUDA-capable device is detected"],
        )

    def test_more_ranks_than_devices(self):
        done = run(3, "--check-only", FAKE_DEVICES="2")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(
            self.own_lines(done.stderr),
            [
                "dispatch_perf: this host has 3 ranks for 2 CUDA devices: one process a device"
            ],
        )

    def test_old_nccl(self):
        done = run(2, "--check-only", FAKE_NCCL_VERSION="21805")
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertEqual(
            self.own_lines(done.stderr),
            ["dispatch_perf: NCCL 2.18 is loaded, 2.19 or later is needed"],
        )

    def test_no_unique_id(self):
        done = run(2, "--check-only", FAKE_NO_UNIQUE_ID="1")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("NCCL makes no unique id", done.stderr)

    def test_lost_peer(self):
        done = run(2, "--check-only", FAKE_ASYNC_ERROR="1", FAKE_STALL="50")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("NCCL: ", done.stderr)

    def test_timeout_ends_a_stalled_device(self):
        options = ["--check-only", "--timeout", "1"]
        done = run(2, *options, FAKE_STALL="50", FAKE_LIMIT_MS="60000")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("no progress for 1 s", done.stderr)
        self.assertIn("NCCL: the device's work did not end in time", done.stderr)

    def test_help_needs_no_device(self):
        done = run(1, "--help", FAKE_DEVICES="0")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
