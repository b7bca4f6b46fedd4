"""Time against tokens: dispatch and combine of every dispatcher beside the other collectives."""

import itertools
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter

import result_rows as rr
import style
from style import plt

PHASES = ("dispatch", "combine")
SKEWS_A_LINE = 2  # more skews of a model go on in the next line of panels
DETAILS = ("schedule", "counts", "dtype", "capacity", "pass", "routing", "sync")


@dataclass(frozen=True)
class Look:
    colour: str
    marker: str
    dash: str


KNOWN = {
    "alltoallv": Look(style.BLUE, "o", "-"),
    "alltoall_padded": Look(style.ORANGE, "s", "-"),
    "allgather_reducescatter": Look(style.GREEN, "^", "-"),
    "raw_alltoallv": Look(style.BLACK, "", ":"),
    "all_reduce": Look(style.RED, "D", "--"),
    "bisection": Look(style.PURPLE, "D", "-."),
    "ring": Look(style.PURPLE, "v", "--"),
    "pingpong": Look(style.SKY, "x", "--"),
}
OTHERS = itertools.cycle(
    [
        Look(style.GREY, "P", "-"),
        Look("#8C6D31", "*", "-"),
        Look("#5254A3", "h", "-"),
        Look("#637939", "<", "-"),
    ]
)


def look_of(label: str, looks: dict[str, Look]) -> Look:
    """The same operation looks the same in every panel; known names have a look of their own."""
    if label not in looks:
        looks[label] = KNOWN.get(label) or next(OTHERS)
    return looks[label]


def series(rows: list[rr.Row], phase: str) -> dict[str, list[rr.Row]]:
    """The lines of a panel: dispatchers of the phase and baselines, by label."""
    members = [row for row in rows if row["phase"] in (phase, "baseline") and row["median_us"]]
    lines: dict[str, list[rr.Row]] = {}
    for row in members:
        alike = [other for other in members if other["dispatcher"] == row["dispatcher"]]
        details = [
            row[name]
            for name in DETAILS
            if row.get(name) and len({other.get(name) for other in alike}) > 1
        ]
        lines.setdefault(" ".join([row["dispatcher"], *details]), []).append(row)
    return lines


def readable_time(microseconds: float, _position: int = 0) -> str:
    for scale, unit in ((1, "us"), (1e3, "ms"), (1e6, "s")):
        if microseconds < 1000 * scale or unit == "s":
            return f"{microseconds / scale:g} {unit}"
    raise AssertionError("unreachable")


def draw_panel(
    axes: Axes, rows: list[rr.Row], phase: str, looks: dict[str, Look]
) -> list[rr.Point]:
    """Draws the lines and returns their points, from which limits are set for a line of panels."""
    drawn: list[rr.Point] = []
    for label, members in series(rows, phase).items():
        points, look = rr.points(members), look_of(label, looks)
        drawn += points
        times = [point.time_us for point in points]
        errors = [
            [point.time_us - min(point.low_us, point.time_us) for point in points],
            [max(point.high_us, point.time_us) - point.time_us for point in points],
        ]
        axes.errorbar(
            [point.tokens for point in points],
            times,
            yerr=errors,
            label=label,
            color=look.colour,
            marker=look.marker,
            linestyle=look.dash,
            markersize=4.5,
            linewidth=1.4,
            elinewidth=1,
            capsize=2,
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    sizes = sorted({point.tokens for point in drawn}) or [1]
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.set_xlim(sizes[0] / 1.25, sizes[-1] * 1.25)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y", color=style.LIGHT, linewidth=0.8)
    return drawn


def set_time_axis(axes: Axes, points: list[rr.Point]) -> None:
    """Limits around the points; names the powers of ten, and more where few of them are shown."""
    low = min(point.low_us or point.time_us for point in points) / 1.3
    high = max(point.high_us for point in points) * 1.3
    axes.set_ylim(low, high)
    axes.yaxis.set_major_formatter(FuncFormatter(readable_time))
    narrow = high / low < 50
    show = (
        (lambda value, _: readable_time(value) if f"{value:e}"[0] in "25" else "")
        if narrow
        else (lambda value, _: "")
    )
    axes.yaxis.set_minor_formatter(FuncFormatter(show))
    axes.set_ylabel("time, slowest rank")


def lines_of_panels(keys: list[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Which panels stand side by side: those that differ in skew only, two skews a line."""
    by_model: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for key in keys:
        by_model.setdefault(key[:-1], []).append(key)
    return [
        alike[i : i + SKEWS_A_LINE]
        for alike in by_model.values()
        for i in range(0, len(alike), SKEWS_A_LINE)
    ]


def draw(rows: list[rr.Row], folder: Path) -> list[Path]:
    timed = [row for row in rows if row["phase"] in (*PHASES, "baseline") and row["median_us"]]
    panels = {
        key: members
        for key, members in rr.panels(timed).items()
        if any(row["tokens_per_rank"] for row in members)
    }
    if not panels:
        raise rr.BadFile("holds no row of dispatch or combine with a time")
    lines, extra = lines_of_panels(list(panels)), rr.varying(list(panels))
    columns = len(PHASES) * max(len(line) for line in lines)
    height = 2.75 * len(lines) + 1.6
    figure, grid = plt.subplots(
        len(lines), columns, figsize=(3.3 * columns + 0.6, height), sharey="row", squeeze=False
    )
    looks: dict[str, Look] = {}
    for axes_line, line in zip(grid, lines):
        for axes in axes_line[len(PHASES) * len(line) :]:
            axes.set_visible(False)
        drawn: list[rr.Point] = []
        for i, (key, phase) in enumerate(itertools.product(line, PHASES)):
            axes = axes_line[i]
            drawn += draw_panel(axes, panels[key], phase, looks)
            axes.set_title(phase, loc="left", color=style.GREY)
            if phase == PHASES[0]:
                details = ", ".join(
                    filter(None, [rr.model_name(key), rr.panel_details(key, extra)])
                )
                axes.annotate(
                    f"{details}, skew {key[-1]}",
                    (0, 1),
                    (0, 20),
                    fontweight="bold",
                    xycoords="axes fraction",
                    textcoords="offset points",
                ).set_in_layout(False)
        set_time_axis(axes_line[0], drawn)
    for axes in grid.flat:
        axes.set_xlabel("tokens per rank")
    finish(figure, height, looks, timed)
    return style.save(figure, folder, "time-against-tokens")


def finish(figure: plt.Figure, height: float, looks: dict[str, Look], rows: list[rr.Row]) -> None:
    """Title, one legend for all panels, and the conventions; sizes in inches from the edges."""
    handles = {
        label: handle
        for axes in figure.axes
        if axes.get_visible()
        for handle, label in zip(*axes.get_legend_handles_labels())
    }
    order = [label for label in [*KNOWN, *sorted(looks)] if label in handles]
    order = list(dict.fromkeys(order))
    figure.tight_layout(rect=(0, 0.75 / height, 1, 1 - 0.75 / height), w_pad=1.2, h_pad=3.2)
    figure.suptitle(
        "Dispatch and combine of expert parallelism beside other collectives",
        x=0.01,
        y=1 - 0.12 / height,
        ha="left",
        va="top",
        fontsize=13,
        fontweight="bold",
    )
    columns = min(len(order), max(2, int(figure.get_figwidth() / 1.9)))
    figure.legend(
        [handles[label] for label in order],
        order,
        loc="lower center",
        ncol=columns,
        frameon=False,
        bbox_to_anchor=(0.5, 0.33 / height),
    )
    figure.text(
        0.01,
        0.12 / height,
        color=style.GREY,
        fontsize=8,
        s=(f"time = slowest rank, median; {rr.interval_sentence(rows)}; {rr.place_sentence(rows)}"),
    )
