"""Colours, sizes and the writing of files, the same for every figure."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402: the back end must be chosen first

# Okabe and Ito's palette: told apart with every form of colour blindness, and by the markers too.
BLUE, ORANGE, GREEN, SKY, RED, PURPLE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#56B4E9",
    "#D55E00",
    "#CC79A7",
)
BLACK, GREY, LIGHT = "#222222", "#767676", "#E4E4E4"

plt.rcParams.update(
    {
        "font.size": 9,
        "axes.titlesize": 9,
        "axes.labelsize": 9,
        "legend.fontsize": 9,
        "figure.dpi": 150,
        "savefig.dpi": 150,
        "svg.fonttype": "none",
        "svg.hashsalt": "moemark",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": GREY,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": BLACK,
        "ytick.labelcolor": BLACK,
        "axes.axisbelow": True,
    }
)


def save(figure: plt.Figure, folder: Path, name: str) -> list[Path]:
    """Writes NAME.png and NAME.svg; the same data gives the same bytes."""
    paths = [folder / f"{name}.png", folder / f"{name}.svg"]
    figure.savefig(paths[0], metadata={"Software": None})
    figure.savefig(paths[1], metadata={"Date": None, "Creator": None})
    plt.close(figure)
    return paths
