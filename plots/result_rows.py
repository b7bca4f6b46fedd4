"""Reads a results.csv and merges its launches: what every figure starts from."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Row = dict[str, str]

# What one panel of a figure has in common; `skew` varies fastest.
PANEL = ("preset", "scale", "ranks", "ep", "nodes", "topology", "placement", "node_limit", "skew")
NEEDED = (
    *PANEL,
    "launch",
    "phase",
    "dispatcher",
    "tokens_per_rank",
    "median_us",
    "sample_ci95_lo_us",
    "sample_ci95_hi_us",
    "expert_max_over_mean",
    "rank_max_over_mean",
    "idle_fraction",
    "backend",
)


class BadFile(Exception):
    """The file holds nothing that could be drawn; the text says why."""


@dataclass(frozen=True)
class Point:
    """The time of one operation at one size, with its interval (equal to the time if unknown)."""

    tokens: int
    time_us: float
    low_us: float
    high_us: float


def read_rows(path: Path) -> list[Row]:
    try:
        with open(path, newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, strict=True)
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise BadFile(f"is no results.csv: it has no column {', '.join(missing)}")
            return list(reader)
    except OSError as error:
        raise BadFile(f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"is no CSV file: {error}") from error


def number(row: Row, name: str) -> float:
    try:
        return float(row[name])
    except (TypeError, ValueError) as error:
        raise BadFile(f"column {name}: '{row[name]}' is no number") from error


def panels(rows: list[Row]) -> dict[tuple[str, ...], list[Row]]:
    """The rows of each panel, in the order of the file. A baseline whose factor is empty does not
    depend on it and belongs to every panel that agrees otherwise."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row["phase"] != "baseline":
            found.setdefault(tuple(row[name] for name in PANEL), [])
    for key, members in found.items():
        for row in rows:
            free = row["phase"] == "baseline"
            if all(
                row[name] == value or (free and not row[name]) for name, value in zip(PANEL, key)
            ):
                members.append(row)
    return found


def launches(rows: list[Row]) -> int:
    return len({row["launch"] for row in rows})


def between_launches(medians: list[float]) -> tuple[float, float]:
    """The 95 % order-statistic interval of the median from 6 launches on, else the range."""
    ordered, n = sorted(medians), len(medians)
    rank, tail, term = 0, 0.0, 0.5**n
    while tail + term <= 0.025:
        tail, rank = tail + term, rank + 1
        term *= (n - rank + 1) / rank
    return ordered[max(rank, 1) - 1], ordered[n - max(rank, 1)]


def points(rows: list[Row]) -> list[Point]:
    """One point a size: of three launches or more the interval between them, else within one."""
    by_size: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row["median_us"] and row["tokens_per_rank"]:
            by_size[int(number(row, "tokens_per_rank"))].append(row)
    series = []
    for tokens, alike in sorted(by_size.items()):
        times = [number(row, "median_us") for row in alike]
        low = high = median(times)
        if launches(alike) >= 3:
            low, high = between_launches(times)
        elif alike[0]["sample_ci95_lo_us"] and alike[0]["sample_ci95_hi_us"]:
            low = min(number(row, "sample_ci95_lo_us") for row in alike)
            high = max(number(row, "sample_ci95_hi_us") for row in alike)
        series.append(Point(tokens, median(times), low, high))
    return series


def interval_sentence(rows: list[Row]) -> str:
    n = launches(rows)
    if n >= 6:
        return f"bars: 95 % interval between {n} launches"
    if n >= 3:
        return f"bars: range of the medians of {n} launches"
    return "bars: 95 % interval within a launch (the spread between launches is larger)"


def place_sentence(rows: list[Row]) -> str:
    """Where it was measured: ranks, nodes, back end, and the tier of the topology."""

    def values(name: str) -> str:
        return "/".join(sorted({row[name] for row in rows if row[name]})) or "?"

    nodes = f"{values('nodes')} node{'' if values('nodes') == '1' else 's'}"
    return (
        f"{values('ranks')} ranks on {nodes}, {values('backend')}, "
        f"topology: {values('topology')}"
    )


def model_name(key: tuple[str, ...]) -> str:
    fields = dict(zip(PANEL, key))
    scaled = fields["scale"] not in ("", "1", "1/1")
    return fields["preset"] + (f" at {fields['scale']}" if scaled else "")


def varying(keys: list[tuple[str, ...]]) -> list[str]:
    """Factors of a panel, beside preset, scale and skew, in which panels of the file differ."""
    return [
        name
        for i, name in enumerate(PANEL)
        if name not in ("preset", "scale", "skew") and len({key[i] for key in keys}) > 1
    ]


def panel_details(key: tuple[str, ...], names: list[str]) -> str:
    fields = dict(zip(PANEL, key))
    return ", ".join(f"{name.replace('_', ' ')} {fields[name] or 'none'}" for name in names)
