"""Made-up results in the real schema: what a quick run of a few launches would write."""

import csv
import json
import random
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
COLUMNS = [
    column["name"]
    for column in json.loads((ROOT / "results" / "schema.json").read_text(encoding="utf-8"))[
        "columns"
    ]
]

CASES = [
    ("tiny", "", "uniform", 1.03, 1.1),
    ("tiny", "", "empirical:mixtral/c4/0", 1.14, 1.31),
    ("one-expert-per-rank", "", "uniform", 1.02, 1.02),
    ("one-expert-per-rank", "", "lognormal:c4", 1.55, 1.55),
    ("olmoe-1b-7b", "1/8", "uniform", 1.01, 1.12),
    ("olmoe-1b-7b", "1/8", "empirical:olmoe/c4/7", 1.43, 4.2),
]
# Start-up in us, us per token, and how much of the load imbalance the time follows.
DISPATCHERS = {
    "alltoallv": (22, 0.30, 1.0),
    "alltoall_padded": (20, 0.36, 2.0),
    "allgather_reducescatter": (30, 0.62, 0.0),
    "raw_alltoallv": (20, 0.29, 1.0),
}
BASELINES = {"all_reduce": (18, 0.45), "ring": (8, 0.11), "pingpong": (4, 0.10)}
TOKENS = (64, 256, 1024)


def row(
    launch: int, preset: str, scale: str, skew: str, tokens: int, **more: object
) -> dict[str, object]:
    return {
        "schema_version": 1,
        "run_id": "20250131T120000Z-1a2b",
        "launch": launch,
        "case": f"dispatch/{preset}/T:{tokens}/skew:{skew}",
        "status": "ok",
        "bench": "dispatch",
        "backend": "mpi",
        "topology": "host",
        "ranks": 4,
        "ep": 4,
        "nodes": 1,
        "ranks_per_node": 4,
        "preset": preset,
        "scale": scale,
        "skew": skew,
        "tokens_per_rank": tokens,
        "sync": "barrier",
        "clock": "steady",
        **more,
    }


def times(middle: float) -> dict[str, object]:
    return {
        "n": 100,
        "n_invalid": 0,
        "min_us": round(middle * 0.9, 3),
        "median_us": round(middle, 3),
        "sample_ci95_lo_us": round(middle * 0.99, 3),
        "sample_ci95_hi_us": round(middle * 1.01, 3),
        "max_us": round(middle * 3, 3),
        "outliers": 4,
    }


def made_up_rows(launches: int) -> list[dict[str, object]]:
    noise = random.Random(1)
    rows = []
    for launch in range(1, launches + 1):
        for preset, scale, skew, rank_load, expert_load in CASES:
            load = {
                "rank_max_over_mean": rank_load,
                "expert_max_over_mean": expert_load,
                "idle_fraction": round(1 - 1 / rank_load, 6),
            }
            for tokens in TOKENS:
                common = (launch, preset, scale, skew, tokens)
                for name, (start, slope, follows) in DISPATCHERS.items():
                    for phase, factor in (("dispatch", 1.0), ("combine", 1.15)):
                        middle = factor * (start + slope * tokens * (1 + follows * (rank_load - 1)))
                        rows.append(
                            row(
                                *common,
                                phase=phase,
                                dispatcher=name,
                                ratio_to_reference=1.1,
                                efficiency=0.45,
                                **load,
                                **times(middle * noise.lognormvariate(0, 0.06)),
                            )
                        )
                for name, (start, slope) in BASELINES.items():
                    middle = (start + slope * tokens) * noise.lognormvariate(0, 0.06)
                    rows.append(row(*common, phase="baseline", dispatcher=name, **times(middle)))
    return rows


def write_results(path: Path, rows: list[dict[str, object]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
