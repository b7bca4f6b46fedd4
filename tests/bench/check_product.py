#!/usr/bin/env python3
"""Every way to carry tokens, checked bit for bit over ranks, nodes, load, k, types, exchanges and
placements.

usage: check_product.py BIN MPIRUN cover|all

cover: so few runs that any two values of different factors meet in one of them; all: the product in
the contiguous placement, in one run for each number of ranks and ranks a node.
"""

import csv
import itertools
import subprocess
import sys
import tempfile
from pathlib import Path

EXPERTS = 16
REPLICAS = 8  # of planned placements: as many slots as any number of ranks divides
TIMEOUT_S = 3600  # of one run, which may be a large part of the product
# Ranks and ranks a node: every divisor, so that nodes are even; 3 ranks in nodes of 2 are not.
PLACES = [(r, g) for r in (1, 2, 3, 4, 6, 8) for g in range(1, r + 1) if r % g == 0] + [(3, 2)]
FACTORS = {
    "place": PLACES,
    "load": ["uniform", "lognormal:1", "zipf:1", "hot:1/1", "hotrank:4", "local", "masked:0.3",
             "hash", "ragged"],
    "topk": [1, 2, 8, EXPERTS],
    "dtype": ["fp32", "bf16", "fp8"],
    "combine": ["fp32", "bf16"],
    "pass": ["forward", "backward"],
    "schedule": ["library", "pairwise", "window:2", "per_expert"],
    "counts": ["alltoall", "allgather"],
    "placement": ["contiguous", "random", "eplb-global"],
}  # fmt: skip
# What may be skipped, and why.
REASONS = [
    "as many ranks of the EP group",
    "shared memory does not reach across hosts",
    "has no schedule",
    "does not exchange counts",
    "do not travel as fp8",
    "hotrank",
    "local",
]


def pairs_of(run: tuple) -> set:
    return set(itertools.combinations(enumerate(run), 2))


def cover(factors: list[list]) -> list[tuple]:
    """Runs in which any two values of two factors meet: each run extends one missing pair greedily,
    value by value, by what meets most missing pairs."""
    missing = set()
    for (i, first), (j, second) in itertools.combinations(enumerate(factors), 2):
        missing |= {((i, a), (j, b)) for a in first for b in second}
    order = sorted(missing, key=repr)
    runs = []
    for pair in order:
        if pair not in missing:
            continue
        chosen = dict(pair)
        for i, values in enumerate(factors):
            if i in chosen:
                continue

            def newly_met(value, i=i, chosen=chosen) -> int:
                return sum(
                    tuple(sorted([(i, value), other], key=lambda x: x[0])) in missing
                    for other in chosen.items()
                )

            chosen[i] = max(values, key=newly_met)
        run = tuple(chosen[i] for i in range(len(factors)))
        missing -= pairs_of(run)
        runs.append(run)
    return runs


def possible(ranks: int, load: str, topk: int | str) -> bool:
    """Whether any of the run's cases can be; a list of loads is one that can."""
    if load == "hotrank:4":
        return ranks >= 4
    if load == "local":
        return any(int(k) <= EXPERTS // ranks for k in str(topk).split(","))
    return True


def product() -> list[tuple]:
    """The whole product: a run a place, ragged ranks apart, whose lists multiply all the others."""
    others = [",".join(map(str, FACTORS[name])) for name in list(FACTORS)[2:-1]] + ["contiguous"]
    runs = []
    for place in PLACES:
        loads = [x for x in FACTORS["load"][:-1] if possible(place[0], x, others[0])]
        runs += [(place, load, *others) for load in (",".join(loads), "ragged")]
    return runs


def check(bin_folder: Path, mpirun: str, run: dict, path: Path) -> str | None:
    """What is wrong with the run."""
    ranks, per_node = run["place"]
    load = ["--skew", run["load"]]
    if run["load"] == "ragged":
        load = ["--skew", "uniform", "--tokens-spread", "1"]
    place = ["--placement", run["placement"]]
    if run["placement"].startswith("eplb"):
        place += ["--replicas", str(REPLICAS)]
    done = subprocess.run(
        [mpirun, "-n", str(ranks), str(bin_folder / "dispatch_perf"), "--quiet", "--check-only",
         "--progress", "never", "--ranks-per-node", str(per_node), *load, *place, "--tokens", "3",
         "--experts", str(EXPERTS), "--topk", str(run["topk"]), "--dtype", run["dtype"],
         "--combine-dtype", run["combine"], "--pass", run["pass"], "--schedule", run["schedule"], "--counts",
         run["counts"], "--dispatcher", "all", "--csv", str(path)],
        capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    if not possible(ranks, run["load"], run["topk"]):
        refused = done.returncode == 2 and f"--skew: '{run['load']}'" in done.stderr
        return None if refused else f"not refused: exit code {done.returncode}: {done.stderr}"
    if done.returncode != 0:
        return f"exit code {done.returncode}: {done.stderr.strip()}"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # Gradients of fp8 rows are skipped, all of them; every other run checks something.
    skips_all = (run["pass"], run["dtype"]) == ("backward", "fp8")
    if skips_all == any(row["status"] == "ok" for row in rows):
        return "fp8 gradients were checked" if skips_all else "no row was checked"
    for row in rows:
        skipped_well = row["status"] == "skipped" and any(r in row["reason"] for r in REASONS)
        if row["status"] != "ok" and not skipped_well:
            return f"{row['case']}: {row['status']}, {row['reason']}"
    return None


def main() -> int:
    bin_folder, mpirun, extent = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    values = list(FACTORS.values())
    runs = cover(values) if extent == "cover" else product()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for number, run in enumerate(runs):
            named = dict(zip(FACTORS, run, strict=True))
            wrong = check(bin_folder, mpirun, named, Path(folder) / f"{number}.csv")
            if wrong:
                failures += 1
                print(f"{named}: {wrong}", flush=True)
    print(f"{len(runs)} runs, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
