"""What transcoding costs: our one pass beside one ffmpeg per rendition, in the same run.

`python -m benchmarks.media [--media DIR] [--rounds N]`; of several rounds the cheapest counts. How
copies of pictures and sounds are recognised is measured by `python -m benchmarks.fingerprints`.
"""

import argparse
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import one_ffmpeg_each
from benchmarks.measuring import Cost, bytes_in, run_all
from chalicelib.media.command import build_command, build_remux
from chalicelib.media.filters import frame_rate
from chalicelib.media.jobs import Submission, full_job, preview_job
from chalicelib.media.ladder import ladder
from chalicelib.media.models import Probe, Rendition
from chalicelib.media.plan import Movie, Plan
from chalicelib.media.probe import probe
from chalicelib.media.reading import read_plan
from chalicelib.media.remux import can_remux, can_remux_sound
from chalicelib.media.spans import find_span

MEDIA = Path(__file__).parents[2] / "shared" / "media" / "given"
CLIPS = (
    "landscape_1080p30_bbb_3s.mp4",
    "landscape_720p25_10s.mp4",
    "portrait_1080x1920_3s.mp4",
    "hdr10_pq_hevc10_2s.mp4",
)
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SUBMISSION = Submission("token", {}, "queue", "role")
SOURCE, OUTPUTS, WORK = "s3://uploads/a", "s3://media/v/a/1.1", "s3://media/w/a/1.1"
SCORES = {"VMAF": r"VMAF score: ([\d.]+)", "SSIM": r"All:([\d.]+)"}


@dataclass(frozen=True)
class Measured:
    """One source; costs of our pass, of the baseline and of the preview, and the rungs' scores."""

    name: str
    ours: Cost
    baseline: Cost
    preview: Cost
    remuxed: bool
    bytes: tuple[int, int]
    scores: list[tuple[str, dict[str, str], dict[str, str]]]


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.media", description=__doc__)
    parser.add_argument("--media", type=Path, default=MEDIA, help="a folder of real clips")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="media-") as folder:
        root = Path(folder)
        sources = [path for name in CLIPS if (path := options.media / name).exists()]
        sources.append(_generate(root / "generated 4K 3 s.mp4"))
        measured = [
            _measure(source, root / f"{place}", options.rounds)
            for place, source in enumerate(track(sources, "Sources", console=console))
        ]
    console.print(_costs(measured), _previews(measured), _qualities(measured))
    console.print("Recognition of pictures and sounds: python -m benchmarks.fingerprints")


def _generate(path: Path) -> Path:
    noise = "testsrc2=size=3840x2160:rate=30:duration=3,noise=alls=6:allf=t"
    given = ["-f", "lavfi", "-i", noise, "-f", "lavfi", "-i", "sine=duration=3"]
    codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    run_all([[FFMPEG, "-nostdin", "-v", "error", *given, *codec, str(path)]], path.parent)
    return path


def _measure(source: Path, root: Path, rounds: int) -> Measured:
    found = probe(source)
    renditions = ladder(found.width, found.height)
    full = full_job(
        source=SOURCE,
        destination=OUTPUTS,
        work=WORK,
        renditions=renditions,
        has_audio=found.audio is not None,
        duration_ms=found.duration_ms,
        submission=SUBMISSION,
    )
    preview = preview_job(
        source=SOURCE,
        destination=OUTPUTS,
        rendition=renditions[-1],
        remux=can_remux(found),
        has_audio=found.audio is not None,
        sound_remux=can_remux_sound(found),
        submission=SUBMISSION,
    )
    ours, baseline = root / "ours", root / "baseline"
    costs: list[list[Cost]] = [[], [], []]
    for _ in range(rounds):
        costs[0].append(_run_job(full, source, found, ours))
        baseline.mkdir(parents=True, exist_ok=True)
        commands = one_ffmpeg_each.commands(FFMPEG, source, found, renditions, baseline)
        costs[1].append(run_all(commands, baseline))
        costs[2].append(_run_job(preview, source, found, root / "preview"))
    one_pass, each, preview_cost = (min(runs, key=lambda cost: cost.cpu) for runs in costs)
    scores = [_compare(source, found, rendition, ours, baseline) for rendition in renditions]
    sizes = (bytes_in(ours / "0", ".cmfv"), bytes_in(baseline, ".cmfv"))
    return Measured(source.stem, one_pass, each, preview_cost, can_remux(found), sizes, scores)


def _run_job(document: dict[str, Any], source: Path, found: Probe, folder: Path) -> Cost:
    """Do a job as the worker does, without probing, fetching and storing."""
    plan = read_plan(document)
    folders = {place: folder / str(place) for place in range(len(plan.groups))}
    for made in folders.values():
        made.mkdir(parents=True, exist_ok=True)
    command = build_command(
        Path(FFMPEG),
        source,
        {place: made for place, made in folders.items() if not _twin(plan, place)},
        images=[],
        plan=plan,
        probe=found,
        span=find_span(plan, found),
        seconds=3600,
    )
    return run_all([command, *_remuxes(plan, folders)], folder)


def _remuxes(plan: Plan, folders: dict[int, Path]) -> list[list[str]]:
    commands = []
    for place, folder in folders.items():
        if twin := _twin(plan, place):
            stream, rung = twin
            home = folders[plan.groups.index(stream)]
            argv = build_remux(
                Path(FFMPEG), home, stream=stream, rung=rung, target=folder / "movie.mp4"
            )
            # Only when the playlists are finished is the sound's file called as it will be.
            commands.append([part.replace(".cmfa", ".cmfv") for part in argv])
    return commands


def _twin(plan: Plan, place: int) -> Any:
    group = plan.groups[place]
    return plan.twin_of(group) if isinstance(group, Movie) else None


def _compare(
    source: Path, found: Probe, rendition: Rendition, ours: Path, baseline: Path
) -> tuple[str, dict[str, str], dict[str, str]]:
    made = ours / "0" / f"main_{rendition.name}.cmfv"
    theirs = one_ffmpeg_each.rung_file(baseline, rendition)
    scores = [_score(path, source, found, rendition) for path in (made, theirs)]
    return rendition.name, scores[0], scores[1]


def _score(made: Path, source: Path, found: Probe, rendition: Rendition) -> dict[str, str]:
    """Compare a rung with the source in its size; of HDR there is nothing to compare with."""
    if found.transfer != "sdr":
        return {}
    size = f"{rendition.width}:{rendition.height}"
    graph = (
        f"[0:v]setpts=PTS-STARTPTS,split[a][c];[1:v]fps={frame_rate(found):.6g},"
        f"setpts=PTS-STARTPTS,scale={size}:flags=bicubic:in_color_matrix=bt709:"
        "out_color_matrix=bt709,format=yuv420p,split[b][d];[a][b]libvmaf=n_threads=2[v];[c][d]ssim[s]"
    )
    given = [FFMPEG, "-nostdin", "-hide_banner", "-i", str(made), "-i", str(source)]
    outputs = ["-lavfi", graph, "-map", "[v]", "-map", "[s]", "-f", "null", "-"]
    ran = subprocess.run(  # noqa: S603 - our own arguments
        [*given, *outputs], capture_output=True, text=True, check=False, timeout=600
    )
    found_scores = {name: re.search(pattern, ran.stderr) for name, pattern in SCORES.items()}
    return {name: match[1] for name, match in found_scores.items() if match}


def _costs(measured: list[Measured]) -> Table:
    table = Table(title="One pass with all extras, beside one ffmpeg per rendition (≤ 0.70 CPU)")
    for column in (
        "source",
        "CPU s",
        "baseline",
        "ratio",
        "wall s",
        "baseline",
        "peak MB",
        "bytes",
    ):
        table.add_column(column, justify="left" if column == "source" else "right")
    for one in measured:
        table.add_row(
            one.name,
            f"{one.ours.cpu:.2f}",
            f"{one.baseline.cpu:.2f}",
            f"{one.ours.cpu / one.baseline.cpu:.2f}",
            f"{one.ours.wall:.2f}",
            f"{one.baseline.wall:.2f}",
            f"{one.ours.peak / 1e6:.0f}",
            f"{one.bytes[0] / one.bytes[1]:.3f}",
        )
    return table


def _previews(measured: list[Measured]) -> Table:
    table = Table(title="Preview, as a share of the ladder's time (≤ 0.25, remuxed ≤ 0.02)")
    for column in ("source", "how", "wall s", "share of wall", "share of CPU"):
        table.add_column(column, justify="left" if column in ("source", "how") else "right")
    for one in measured:
        table.add_row(
            one.name,
            "remuxed" if one.remuxed else "lowest rung",
            f"{one.preview.wall:.2f}",
            f"{one.preview.wall / one.ours.wall:.3f}",
            f"{one.preview.cpu / one.ours.cpu:.3f}",
        )
    return table


def _qualities(measured: list[Measured]) -> Table:
    table = Table(title="Rungs beside the source: ours / baseline")
    for column in ("source", "rung", *SCORES):
        table.add_column(column, justify="left" if column == "source" else "right")
    for one in measured:
        for rung, ours, theirs in one.scores:
            pairs = [f"{ours.get(name, '-')} / {theirs.get(name, '-')}" for name in SCORES]
            table.add_row(one.name, rung, *pairs)
    return table


if __name__ == "__main__":
    main()
