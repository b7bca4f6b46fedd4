"""Expert and rank load of every model and skew, with the share of expert time it wastes."""

from pathlib import Path

import result_rows as rr
import style
from style import plt

BAR = 0.36


def largest_rows(rows: list[rr.Row]) -> dict[tuple[str, ...], rr.Row]:
    """Of every panel one row of the largest token count; load does not depend on the launch."""
    loaded = [
        row
        for row in rows
        if row["rank_max_over_mean"]
        and row["expert_max_over_mean"]
        and row["idle_fraction"]
        and row["tokens_per_rank"]
        and row["phase"] != "baseline"
    ]
    return {
        key: max(members, key=lambda row: rr.number(row, "tokens_per_rank"))
        for key, members in rr.panels(loaded).items()
    }


def draw(rows: list[rr.Row], folder: Path) -> list[Path]:
    largest = largest_rows(rows)
    if not largest:
        return []
    extra = rr.varying(list(largest))
    height = 0.72 * len(largest) + 1.75
    figure, axes = plt.subplots(figsize=(9, height))
    expert = [rr.number(row, "expert_max_over_mean") for row in largest.values()]
    rank = [rr.number(row, "rank_max_over_mean") for row in largest.values()]
    places = list(range(len(largest)))
    axes.barh([y - BAR / 2 for y in places], expert, BAR, color=style.SKY, label="fullest expert")
    axes.barh([y + BAR / 2 for y in places], rank, BAR, color=style.BLUE, label="fullest rank")
    axes.axvline(1, color=style.BLACK, linewidth=1.2, linestyle="--", label="mean")
    for y, load, row in zip(places, rank, largest.values()):
        wasted = rr.number(row, "idle_fraction")
        axes.text(
            load,
            y + BAR / 2,
            f"  {load:.2f}: {100 * wasted:.0f} % of expert time wasted",
            va="center",
            fontsize=8.5,
        )
    for y, load in zip(places, expert):
        axes.text(load, y - BAR / 2, f"  {load:.2f}", va="center", fontsize=8.5, color=style.GREY)
    axes.set_yticks(places, [label(key, row, extra) for key, row in largest.items()])
    axes.invert_yaxis()
    # Room for the number, or the sentence, beside the longest bar of either kind.
    axes.set_xlim(0, max(max(expert) / 0.9, max(rank) / 0.58, 1.1))
    axes.set_xlabel("load over the mean load (received assignments)")
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=style.LIGHT, linewidth=0.8)
    finish(figure, height, list(largest.values()))
    return style.save(figure, folder, "load-and-waste")


def label(key: tuple[str, ...], row: rr.Row, extra: list[str]) -> str:
    details = rr.panel_details(key, extra)
    first = f"{rr.model_name(key)}{', ' + details if details else ''}"
    return f"{first}\n{key[-1]}, {int(rr.number(row, 'tokens_per_rank')):,} tokens"


def finish(figure: plt.Figure, height: float, rows: list[rr.Row]) -> None:
    figure.tight_layout(rect=(0, 0.42 / height, 1, 1 - 0.68 / height))
    figure.suptitle(
        "Load of experts and ranks: everybody waits for the fullest",
        x=0.01,
        y=1 - 0.12 / height,
        ha="left",
        va="top",
        fontsize=13,
        fontweight="bold",
    )
    figure.legend(
        loc="upper right", ncol=3, frameon=False, bbox_to_anchor=(0.995, 1 - 0.4 / height)
    )
    figure.text(
        0.01,
        0.14 / height,
        color=style.GREY,
        fontsize=8,
        s=(
            "wasted = 1 - mean / max over ranks, if time follows load; at the largest token "
            f"count; {rr.place_sentence(rows)}"
        ),
    )
