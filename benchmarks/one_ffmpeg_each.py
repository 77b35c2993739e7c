"""The usual way to make the same: one ffmpeg for each rung, each with its own decoding and sound.

It is given the same encoder settings, one thread per decoder and encoder like ours (which costs
least), and the colour matrix that ours is given: without it swscale converts what needs no
converting. Storyboard, fingerprint frames and sound come from further ffmpegs.
"""

from collections.abc import Sequence
from pathlib import Path

from chalicelib.media.command import KEYFRAMES
from chalicelib.media.filters import COLOUR, frame_rate, to_largest
from chalicelib.media.jobs import FRAME_EDGE, FRAMES, POSTERS, frame_interval
from chalicelib.media.models import Probe, Rendition

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p")
FORCED = ("-sc_threshold", "0", "-g", "600", "-force_key_frames", KEYFRAMES)
HLS = (
    *("-f", "hls", "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod"),
    *("-hls_init_time", "1", "-hls_time", "2", "-hls_flags", "independent_segments+single_file"),
)
AAC = ("-c:a", "aac", "-b:a", "96000", "-ac", "2", "-ar", "48000")


def commands(
    ffmpeg: str, source: Path, probe: Probe, renditions: Sequence[Rendition], folder: Path
) -> list[list[str]]:
    """Return the argvs that make a ladder, an MP4, posters, frames and sound in a folder."""
    head = [ffmpeg, "-nostdin", "-hide_banner", "-loglevel", "error", "-y"]
    given = [*head, "-threads", "1", "-i", str(source)]
    made = [[*given, *_rung(probe, rendition, folder)] for rendition in renditions]
    middle = renditions[1] if len(renditions) > 1 else renditions[0]
    made.append([*head, *_mp4(probe, middle, folder)])
    seconds = probe.duration_ms / 1000
    poster = f"fps={POSTERS / seconds:.6f}:round=up"
    made.append([*given, *_stills(probe, (middle.width, middle.height), poster, 8, folder / "p")])
    small = _small(middle)
    every = f"fps={1 / frame_interval(probe.duration_ms):.6f}:round=up"
    made.append([*given, *_stills(probe, small, every, FRAMES, folder / "storyboard")])
    made.append([*given, *_stills(probe, small, "fps=2", FRAMES, folder / "frames")])
    if probe.audio:
        wave = ("-vn", "-ac", "1", "-ar", "11025", "-c:a", "pcm_s16le")
        made.append([*given, *wave, str(folder / "sound.wav")])
    return made


def rung_file(folder: Path, rendition: Rendition) -> Path:
    """Return where a rung's picture is."""
    return folder / f"m_{rendition.name}.cmfv"


def _rung(probe: Probe, rendition: Rendition, folder: Path) -> list[str]:
    sound = probe.audio is not None
    streams = f"v:0{',agroup:s' if sound else ''},name:{rendition.name}"
    streams += f" a:0,agroup:s,name:{rendition.name}_audio" if sound else ""
    size = (rendition.width, rendition.height)
    return [
        *("-filter_complex", f"{_scaled(probe, size, f'fps={frame_rate(probe):.6g}')}[v]"),
        *("-map", "[v]", *(("-map", f"0:{probe.audio.index}", *AAC) if probe.audio else ())),
        *(*H264, "-threads:v", "1", *FORCED, "-crf:v:0", str(rendition.crf)),
        *("-maxrate:v:0", str(rendition.max_bitrate)),
        *("-bufsize:v:0", str(2 * rendition.max_bitrate), *HLS, "-var_stream_map", streams),
        *("-hls_segment_filename", str(folder / "m_%v.cmfv"), str(folder / "m_%v.m3u8")),
    ]


def _mp4(probe: Probe, rendition: Rendition, folder: Path) -> list[str]:
    given = ["-i", str(rung_file(folder, rendition))]
    if probe.audio:
        given += ["-i", str(folder / f"m_{rendition.name}_audio.cmfv")]
    return [*given, "-c", "copy", "-movflags", "+faststart", str(folder / "x.mp4")]


def _stills(probe: Probe, size: tuple[int, int], rate: str, most: int, target: Path) -> list[str]:
    picture = f"{_scaled(probe, size, rate)},format=yuvj420p[v]"
    return [
        *("-filter_complex", picture, "-map", "[v]", "-frames:v", str(most)),
        *("-c:v", "mjpeg", "-q:v", "6", "-f", "image2", f"{target}.%07d.jpg"),
    ]


def _scaled(probe: Probe, size: tuple[int, int], rate: str) -> str:
    return ",".join(
        [f"[0:{probe.video_index}]{rate}", *to_largest(size, probe), COLOUR, "setsar=1"]
    )


def _small(rendition: Rendition) -> tuple[int, int]:
    scale = FRAME_EDGE / max(rendition.width, rendition.height)
    return 2 * round(rendition.width * scale / 2), 2 * round(rendition.height * scale / 2)
