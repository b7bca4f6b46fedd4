"""The figures of made-up results exist, say what they must, and bad files get one sentence."""

import contextlib
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from made_up_results import ROOT, made_up_rows, row, times, write_results

sys.path.insert(0, str(ROOT / "plots"))

import figures  # noqa: E402: found through the line above


def draw(csv_file: Path, folder: Path) -> SimpleNamespace:
    """Calls the program in this process: loading matplotlib takes longer than drawing."""
    with contextlib.redirect_stderr(io.StringIO()) as stderr:
        code = figures.main([str(csv_file), "--out", str(folder)])
    return SimpleNamespace(returncode=code, stderr=stderr.getvalue())


def drawn_text(folder: Path, name: str) -> str:
    """The SVG of a figure: its text is written as text."""
    return (folder / f"{name}.svg").read_text(encoding="utf-8")


def draw_rows(tmp_path: Path, rows: list[dict[str, object]]) -> Path:
    write_results(tmp_path / "results.csv", rows)
    result = draw(tmp_path / "results.csv", tmp_path / "figures")
    assert (result.returncode, result.stderr) == (0, "")
    return tmp_path / "figures"


def test_draws_png_and_svg_of_both_figures(tmp_path: Path) -> None:
    folder = draw_rows(tmp_path, made_up_rows(3))
    names = {path.name for path in folder.iterdir()}
    assert names == {
        "time-against-tokens.png",
        "time-against-tokens.svg",
        "load-and-waste.png",
        "load-and-waste.svg",
    }
    assert (folder / "time-against-tokens.png").read_bytes().startswith(b"\x89PNG")


def test_time_figure_names_series_panels_and_conventions(tmp_path: Path) -> None:
    text = drawn_text(draw_rows(tmp_path, made_up_rows(3)), "time-against-tokens")
    for part in (
        "alltoallv",
        "alltoall_padded",
        "allgather_reducescatter",
        "all_reduce",
        "ring",
        "pingpong",
        "olmoe-1b-7b at 1/8, skew empirical:olmoe/c4/7",
        "dispatch",
        "combine",
        "tokens per rank",
        "time = slowest rank, median",
        "range of the medians of 3 launches",
        "4 ranks on 1 node, mpi, topology: host",
    ):
        assert part in text, part


@pytest.mark.parametrize(
    "launches, sentence",
    [
        (1, "95 % interval within a launch"),
        (2, "95 % interval within a launch"),
        (3, "range of the medians of 3 launches"),
        (6, "95 % interval between 6 launches"),
    ],
)
def test_caption_says_which_interval_is_drawn(tmp_path: Path, launches: int, sentence: str) -> None:
    rows = [entry for entry in made_up_rows(launches) if entry["preset"] == "tiny"]
    assert sentence in drawn_text(draw_rows(tmp_path, rows), "time-against-tokens")


def test_load_figure_names_the_wasted_share(tmp_path: Path) -> None:
    text = drawn_text(draw_rows(tmp_path, made_up_rows(1)[-99:]), "load-and-waste")
    assert "1.43: 30 % of expert time wasted" in text
    assert "load over the mean load" in text


def test_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = [entry for entry in made_up_rows(1) if entry["preset"] == "tiny"]
    first = drawn_text(draw_rows(tmp_path, rows), "load-and-waste")
    assert drawn_text(draw_rows(tmp_path, rows), "load-and-waste") == first


def test_panels_of_different_jobs_stay_apart(tmp_path: Path) -> None:
    rows = [
        row(1, "tiny", "", "uniform", 64, phase="dispatch", dispatcher="alltoallv", **times(9))
        for _ in range(2)
    ]
    rows[1]["ranks"] = 8
    text = drawn_text(draw_rows(tmp_path, rows), "time-against-tokens")
    assert "tiny, ranks 4, skew uniform" in text
    assert "tiny, ranks 8, skew uniform" in text


def test_skipped_rows_and_kernel_rows_are_left_out(tmp_path: Path) -> None:
    skipped = row(1, "tiny", "", "uniform", 64, phase="dispatch", dispatcher="hierarchical")
    kernel = row(1, "tiny", "", "", 64, phase="router", bench="router", **times(50))
    text = drawn_text(
        draw_rows(tmp_path, [*made_up_rows(1)[:33], skipped, kernel]), "time-against-tokens"
    )
    assert "hierarchical" not in text
    assert "router" not in text


@pytest.mark.parametrize(
    "content, sentence",
    [
        (None, "cannot be read: No such file"),
        ("", "is no results.csv: it has no column"),
        ("a,b\n1,2\n", "is no results.csv: it has no column"),
        (b"\xff\xfe\x00", "is no CSV file"),
    ],
)
def test_a_bad_file_gets_one_sentence_and_exit_code_2(
    tmp_path: Path, content: str | bytes | None, sentence: str
) -> None:
    path = tmp_path / "bad.csv"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    result = draw(path, tmp_path / "figures")
    assert result.returncode == 2
    assert sentence in result.stderr and str(path) in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "figures").exists()


def test_a_file_without_times_or_with_a_bad_number_is_refused(tmp_path: Path) -> None:
    rows = [entry for entry in made_up_rows(1) if entry["preset"] == "tiny"]
    for bad, sentence in (("", "holds no row with a time"), ("fast", "'fast' is no number")):
        write_results(tmp_path / "bad.csv", [entry | {"median_us": bad} for entry in rows])
        result = draw(tmp_path / "bad.csv", tmp_path / "figures")
        assert result.returncode == 2
        assert sentence in result.stderr
