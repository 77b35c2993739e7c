"""Render sample clips with ffmpeg, two at a time, each only once per cache directory."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.clips.recipe import FRAME_RATE, HEIGHT, WIDTH, Recipe
from infra.clips.recipes import RECIPES

AT_ONCE = 2
TIMEOUT_SECONDS = 120
FADE_SECONDS = 0.4


class ClipFailed(Exception):
    """ffmpeg didn't make a clip; the message has the clip and ffmpeg's last words."""


@dataclass(frozen=True)
class Clip:
    """A finished clip: who posts it with which text, and its file."""

    slug: str
    title: str
    description: str
    creator: str
    path: Path


def render_clips(
    ffmpeg: Path, cache: Path, count: int, report: Callable[[str], None]
) -> Iterator[Clip]:
    """Yield the first `count` clips, each as soon as it is there; what `cache` holds comes first.

    Raises ClipFailed when ffmpeg fails or takes longer than two minutes for a clip.
    """
    cache.mkdir(parents=True, exist_ok=True)
    clips = [(recipe, _clip(recipe, cache)) for recipe in RECIPES[:count]]
    missing = [(recipe, clip) for recipe, clip in clips if not clip.path.exists()]
    yield from (clip for _, clip in clips if clip.path.exists())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        rendering = {pool.submit(_render, ffmpeg, r, clip.path): clip for r, clip in missing}
        try:
            for done, future in enumerate(as_completed(rendering), start=1):
                future.result()
                report(f"{done}/{len(missing)} clips rendered")
                yield rendering[future]
        finally:
            pool.shutdown(cancel_futures=True)


def _clip(recipe: Recipe, cache: Path) -> Clip:
    path = cache / f"{recipe.slug}-{_fingerprint(recipe)}.mp4"
    return Clip(recipe.slug, recipe.title, recipe.description, recipe.creator, path)


def _fingerprint(recipe: Recipe) -> str:
    """Return a hash of all that decides how a clip looks and sounds, the brushes included."""
    layers = [(layer.painter.__name__, sorted(layer.options.items())) for layer in recipe.layers]
    parts = [repr(layers), _graph(recipe), *_output_options(recipe)]
    folder = Path(__file__).parent
    brushes = [(folder / name).read_text() for name in ("scenery.py", "things.py")]
    return hashlib.sha256("\0".join(parts + brushes).encode()).hexdigest()[:16]


def _render(ffmpeg: Path, recipe: Recipe, path: Path) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.part.mp4")
    with TemporaryDirectory(prefix="clip-") as scratch:
        stills = _paint(recipe, Path(scratch))
        inputs = [option for still in stills for option in ("-framerate", "30", "-i", str(still))]
        graph = ["-filter_complex_threads", "1", "-filter_complex", _graph(recipe)]
        command = [str(ffmpeg), "-v", "error", "-nostdin", "-y", *inputs, *graph]
        try:
            _run([*command, *_output_options(recipe), str(unfinished)], recipe.slug)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)


def _paint(recipe: Recipe, scratch: Path) -> list[Path]:
    paths = []
    for place, layer in enumerate(recipe.layers):
        paths.append(scratch / f"{place}.png")
        layer.painter(**layer.options).save(paths[-1], compress_level=1)
    return paths


def _run(command: list[str], slug: str) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_SECONDS)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()[-600:]
        raise ClipFailed(f"ffmpeg could not make the clip {slug}: {said}") from error
    except subprocess.TimeoutExpired as error:
        raise ClipFailed(f"The clip {slug} took longer than {TIMEOUT_SECONDS} s.") from error


def _graph(recipe: Recipe) -> str:
    """Return the filter graph: the base, the layers over it, the fades; then the sound."""
    size = f"scale={WIDTH}:{HEIGHT}:flags=bicubic,setsar=1,format=yuv420p"
    chains = [f"{recipe.base},{size}[scene0]"]
    for place, layer in enumerate(recipe.layers):
        motion = f",{layer.motion}" if layer.motion else ""
        still = f"format=yuva420p,loop=-1:1:0,setpts=N/({FRAME_RATE}*TB){motion}"
        chains.append(f"[{place}:v]{still}[layer{place}]")
        over = f"overlay=x='{layer.x}':y='{layer.y}':format=yuv420"
        chains.append(f"[scene{place}][layer{place}]{over}[scene{place + 1}]")
    fades = _fades("fade", recipe.seconds)
    chains.append(f"[scene{len(recipe.layers)}]{recipe.finish},{fades},format=yuv420p[picture]")
    return ";".join(chains + _sound(recipe))


def _sound(recipe: Recipe) -> list[str]:
    sources = [f"{source}[sound{place}]" for place, source in enumerate(recipe.sound)]
    names = "".join(f"[sound{place}]" for place in range(len(recipe.sound)))
    mixed = f"{names}amix=inputs={len(recipe.sound)}:normalize=0,alimiter=limit=0.7"
    return [*sources, f"{mixed},{_fades('afade', recipe.seconds)}[sound]"]


def _fades(name: str, seconds: int) -> str:
    end = f"{name}=t=out:st={seconds - FADE_SECONDS}:d={FADE_SECONDS}"
    return f"{name}=t=in:d={FADE_SECONDS},{end}"


def _output_options(recipe: Recipe) -> list[str]:
    picture = ["-map", "[picture]", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "23"]
    picture += ["-maxrate", "6M", "-bufsize", "12M"]  # fractals know no end of detail
    sound = ["-map", "[sound]", "-c:a", "aac", "-b:a", "96k", "-ar", "44100", "-ac", "2"]
    shape = ["-t", str(recipe.seconds), "-r", str(FRAME_RATE), "-g", "60", "-threads", "1"]
    same_every_time = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]
    return [*picture, *sound, *shape, *same_every_time, "-movflags", "+faststart"]
