#!/usr/bin/env python3
"""A run that is killed, interrupted or hangs leaves a valid results file and no processes behind."""

import csv
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

BIN = Path(sys.argv.pop(1))
MPIRUN = sys.argv.pop(1)
CHECK = Path(__file__).resolve().parent.parent.parent / "scripts" / "check-results"
# How long to wait for what must come: reached only by a test that fails.
PATIENCE_S = 90
# Without progress for so long, a run counts as hanging; a case takes a fraction of it.
TIMEOUT_S = 10


def processes_of(session: int) -> list[int]:
    """The living processes of a session. mpirun puts its ranks into process groups of their own,
    which a signal to its own group would not reach."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # pid (name) state parent group session ...; a name may hold blanks and brackets.
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(int(stat.parent.name))
    return found


def has_open(process: int, path: Path) -> bool:
    return any(
        link.is_symlink() and link.readlink() == path.resolve()
        for link in Path(f"/proc/{process}/fd").iterdir()
    )


def kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


class KilledRun(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.path = self.folder / "results.csv"
        # 300 cases of three groups, each warmed up for 50 ms at least: nothing ends by itself
        # before the test has seen two rows.
        tokens = ",".join(map(str, range(1, 301)))
        with (self.folder / "output").open("w", encoding="utf-8") as output:
            self.run = subprocess.Popen(
                [MPIRUN, "--quiet", "-n", "2", str(BIN / "dispatch_perf"), "--quiet",
                 "--tokens", tokens, "--samples", "8", "--csv", str(self.path),
                 "--timeout", str(TIMEOUT_S)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                # What a killed mpirun cannot remove, the test removes with its folder.
                env=os.environ | {"TMPDIR": folder.name,
                                  "OMPI_MCA_btl_vader_backing_directory": folder.name},
            )  # fmt: skip
        self.addCleanup(self.end)

    def end(self) -> None:
        for process in processes_of(self.run.pid):
            kill(process)
        self.run.wait()

    def output(self) -> str:
        return (self.folder / "output").read_text(encoding="utf-8", errors="replace")

    def wait_until(self, what: str, reached) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not reached():
            if time.monotonic() > deadline:
                self.fail(f"after {PATIENCE_S} s still not: {what}\n{self.output()}")
            time.sleep(0.01)

    def lines(self) -> int:
        return self.path.read_bytes().count(b"\n") if self.path.exists() else 0

    def run_until_two_rows(self) -> list[int]:
        self.wait_until(
            "a header and two rows", lambda: self.lines() >= 3 or self.run.poll() is not None
        )
        self.assertIsNone(self.run.poll(), f"the run ended by itself\n{self.output()}")
        processes = processes_of(self.run.pid)
        self.assertGreaterEqual(len(processes), 3, "mpirun and two ranks")
        return processes

    def check_file(self) -> None:
        text = self.path.read_bytes()
        # A row is one write(2), so that no moment to die leaves part of a line.
        self.assertTrue(text.endswith(b"\n"), text[-200:])
        with self.path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file, strict=True)
        self.assertGreaterEqual(len(rows), 2)
        self.assertEqual({len(header)}, {len(row) for row in rows})
        check = subprocess.run(
            [sys.executable, str(CHECK), str(self.path)],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        self.assertEqual((0, ""), (check.returncode, check.stderr))

    def wait_until_nothing_runs(self) -> None:
        self.wait_until("every process ended", lambda: not processes_of(self.run.pid))

    def test_killed(self) -> None:
        for process in self.run_until_two_rows():
            kill(process)
        self.assertEqual(-signal.SIGKILL, self.run.wait(PATIENCE_S))
        self.wait_until_nothing_runs()
        self.check_file()

    def test_writing_rank_killed_alone(self) -> None:
        """A rank that dies ends the whole job, and mpirun says so."""
        writers = [p for p in self.run_until_two_rows() if has_open(p, self.path)]
        self.assertEqual(1, len(writers), "one rank writes")
        kill(writers[0])
        self.assertNotEqual(0, self.run.wait(PATIENCE_S), self.output())
        self.wait_until_nothing_runs()
        self.check_file()

    def test_interrupted(self) -> None:
        """As by Ctrl-C: mpirun ends the ranks and does not claim success."""
        self.run_until_two_rows()
        self.run.send_signal(signal.SIGINT)
        self.assertNotEqual(0, self.run.wait(PATIENCE_S), self.output())
        self.wait_until_nothing_runs()
        self.check_file()

    def test_hanging(self) -> None:
        """A rank that never comes: the others say what they wait in, and the run ends."""
        processes = self.run_until_two_rows()
        ranks = [p for p in processes if has_open(p, self.path)]
        os.kill(ranks[0], signal.SIGSTOP)
        self.assertEqual(3, self.run.wait(PATIENCE_S), self.output())
        self.assertRegex(
            self.output(),
            rf"dispatch_perf: rank 1: no progress for {TIMEOUT_S} s while "
            r"(preparing|timing|preparing and checking) \S+/preset:tiny/\S+: the run is ended",
        )
        self.wait_until_nothing_runs()
        self.check_file()


if __name__ == "__main__":
    unittest.main()
