"""A small library of clips and what people do to clips, for measurements of recognition."""

import io
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg
from PIL import Image, ImageDraw, ImageFont

from infra.clips.recipes import RECIPES
from infra.clips.render import render_clips

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
FRAMES_PER_SECOND = 2
LONGEST_SECONDS = 10
SHORT_EDGE = 480
TIMEOUT_SECONDS = 120

# Real clips that show the same scene count as one family: they may well match each other.
FAMILIES = {
    "landscape_1080p30_bbb_3s.mp4": "bunny",
    "landscape_720p25_10s.mp4": "bunny",
    "portrait_1080x1920_3s.mp4": "bunny",
    "portrait_by_rotation_flag.mp4": "bunny",
    "vfr_gaps_10s.mp4": "bunny",
    "hevc_noaudio_10s.mp4": "bunny",
    "multistream_subs_13s.mp4": "astronaut",
    "rotated90_noaudio_0.6s.mp4": "astronaut",
    "hdr10_pq_hevc10_2s.mp4": "test card",
    "odd_dims_321x241_vp9.mp4": "test card",
    "phone_720p_vfr_rot180_2s.mp4": "fire",
    "no_duration_vp9_opus.webm": "webm",
    "black_intro_mono_portrait.mp4": "chaplin",
}


@dataclass(frozen=True, eq=False)
class Source:
    """One clip of the library; `frames` are small JPEG frames, 2 per second."""

    name: str
    family: str
    path: Path
    frames: Sequence[bytes]


@dataclass(frozen=True)
class Edit:
    """A way of changing a clip, as ffmpeg filters; `begin` and `end` are shares of its length.

    `overlay` writes the picture that filters find as `[1:v]`.
    """

    name: str
    filters: str = "null"
    begin: float = 0
    end: float = 1
    options: tuple[str, ...] = ("-crf", "26")
    overlay: Callable[[Path], None] | None = None


def library(media: Path | None, cache: Path, report: Callable[[str], None]) -> Iterator[Source]:
    """Yield the real clips in `media`, if there are any, and the sample clips, rendered once."""
    for name, family in FAMILIES.items():
        if media is not None and (media / name).exists():
            yield Source(name, family, media / name, frames(media / name))
    for clip in render_clips(Path(FFMPEG), cache, len(RECIPES), report):
        yield Source(clip.slug, clip.slug, clip.path, frames(clip.path))


def is_landscape(clip: Source) -> bool:
    """Whether a clip is wider than high."""
    with Image.open(io.BytesIO(clip.frames[0])) as picture:
        return picture.width > picture.height


def frames(path: Path) -> list[bytes]:
    """Return small JPEG frames of a clip's beginning, 2 per second, as the pipeline makes them."""
    scale = "scale='if(gt(iw,ih),160,-2)':'if(gt(iw,ih),-2,160)'"
    with TemporaryDirectory(prefix="frames-") as folder:
        picture = f"fps={FRAMES_PER_SECOND}:round=up,{scale},setsar=1,format=yuvj420p"
        run("-t", str(LONGEST_SECONDS), "-i", path, "-vf", picture, "-q:v", "3",
            Path(folder) / "%07d.jpg")  # fmt: skip
        return [file.read_bytes() for file in sorted(Path(folder).iterdir())]


def edited_frames(source: Source, edit: Edit) -> list[bytes]:
    """Return the frames of an edited copy of a clip."""
    short = f"scale='if(gt(iw,ih),-2,{SHORT_EDGE})':'if(gt(iw,ih),{SHORT_EDGE},-2)',setsar=1"
    graph = f"[0:v]{short},{edit.filters},crop=floor(iw/2)*2:floor(ih/2)*2,format=yuv420p[out]"
    length = len(source.frames) / FRAMES_PER_SECOND
    cut = ("-ss", f"{edit.begin * length:.3f}", "-t", f"{(edit.end - edit.begin) * length:.3f}")
    given: list[str | Path] = [*cut, "-i", source.path]
    with TemporaryDirectory(prefix="edit-") as folder:
        if edit.overlay is not None:
            picture = Path(folder) / "overlay.png"
            edit.overlay(picture)
            given += ["-i", picture]
        copy = Path(folder) / "copy.mp4"
        run(*given, "-filter_complex", graph, "-map", "[out]", "-c:v", "libx264",
            "-preset", "veryfast", *edit.options, copy)  # fmt: skip
        return frames(copy)


def run(*arguments: str | Path) -> None:
    """Run ffmpeg. Raises CalledProcessError."""
    command = [FFMPEG, "-nostdin", "-v", "error", "-y", *(str(part) for part in arguments)]
    subprocess.run(command, check=True, timeout=TIMEOUT_SECONDS)  # noqa: S603


def _words(path: Path) -> None:
    _write(path, "wait for it", 0.5)


def _caption_bar(path: Path) -> None:
    _write(path, "when the cat sees you", 0.925, bar=0.15)


def _write(path: Path, text: str, height: float, *, bar: float = 0) -> None:
    image = Image.new("RGBA", (960, 960), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    if bar:
        draw.rectangle((0, (1 - bar) * 960, 960, 960), fill="white")
    font = ImageFont.load_default(84)
    draw.text((480, height * 960), text, font=font, anchor="mm",
              fill="black" if bar else "white", stroke_width=0 if bar else 6,
              stroke_fill="black")  # fmt: skip
    image.save(path)


_LAID_OVER = "split[plain][size];[1:v][size]scale=rw:rh[over];[plain][over]overlay"
_BLURRED = (
    "split[wide][back];[back]scale=-2:480,crop=270:480,boxblur=16[blurred];"
    "[wide]scale=270:-2[front];[blurred][front]overlay=0:(H-h)/2"
)
EDITS = (
    Edit("re-encode at 150 kbit/s", options=("-b:v", "150k")),
    Edit("mirror", "hflip"),
    Edit("crop 10 %", "crop=iw*0.9:ih*0.9"),
    Edit("crop 20 %", "crop=iw*0.8:ih*0.8"),
    Edit("letterbox", "pad=iw:ih*1.4:0:(oh-ih)/2"),
    Edit("pillarbox", "pad=iw*1.4:ih:(ow-iw)/2:0"),
    Edit("captions bar", _LAID_OVER, overlay=_caption_bar),
    Edit("speed 1.25", "setpts=PTS/1.25"),
    Edit("speed 0.8", "setpts=PTS/0.8"),
    Edit("trim start", begin=0.3),
    Edit("trim end", end=0.7),
    Edit("brightness, contrast", "eq=brightness=0.1:contrast=1.3"),
    Edit("grey", "hue=s=0"),
    Edit("text over it", _LAID_OVER, overlay=_words),
    Edit("scale to 360p", "scale='if(gt(iw,ih),-2,360)':'if(gt(iw,ih),360,-2)'"),
    Edit("15 frames a second", "fps=15"),
)
# What our fingerprints aren't made for, or not in these strengths.
BEYOND = (
    Edit("crop 8 %, off centre", "crop=iw*0.92:ih*0.92:0:0"),
    Edit("rotated by 3 degrees", "rotate=0.052"),
    Edit("mirror, crop, darker", "hflip,crop=iw*0.9:ih*0.9,eq=brightness=-0.08"),
)
# What becomes of landscape clips on phones.
TO_PORTRAIT = (
    Edit("portrait, black bars", "scale=270:-2,pad=270:480:0:(oh-ih)/2"),
    Edit("portrait, blurred bars", _BLURRED),
    Edit("portrait, the middle", "crop=ih*9/16:ih"),
)
