"""The one ffmpeg command that decodes once and makes every output; numbers and paths only."""

import math
from collections.abc import Sequence
from pathlib import Path

from chalicelib.media.jobs import CRF_AT_QUALITY_0
from chalicelib.media.models import Probe
from chalicelib.media.plan import Plan, Rung

MAX_FRAME_RATE = 30
HIGH_FRAME_RATE = 45  # from here on
RATE_SLACK = 0.05
MAX_PIXELS = 4096 * 4096
ENCODER_THREADS = 3  # a rung: memory must not grow with the machine's cores
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg"
# Keyframes at 0, 1, 3, 5 ... seconds on every rung: a first segment of one second, then two.
KEYFRAMES = "expr:gte(t,2*n_forced-1)"
_COLOUR = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
# Files name their transfer but often nothing else; PQ and HLG come with BT.2020 (ITU-R BT.2100).
_HDR_COLOUR = "setparams=color_primaries=bt2020:color_trc={trc}:colorspace=bt2020nc"
_HDR_TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}
# To BT.709, linear light in between; reference white at 203 nits (ITU-R BT.2408).
_TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)


def build_command(
    ffmpeg: Path, source: Path, output: Path, *, plan: Plan, probe: Probe, seconds: int
) -> list[str]:
    """Return the argv that writes playlists, rungs, sound and stills into a directory.

    `seconds` limits the CPU time that ffmpeg may spend.
    """
    return [
        str(ffmpeg),
        *("-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-timelimit", str(seconds), "-max_error_rate", "0.5"),
        *("-progress", "pipe:1", "-stats_period", "0.5"),
        *("-protocol_whitelist", "file", "-format_whitelist", FORMATS),
        *("-max_pixels", str(MAX_PIXELS), "-f", probe.container, "-i", str(source)),
        *("-filter_complex", build_graph(plan, probe)),
        *_hls(plan, probe, output),
        *_stills(plan, output),
    ]


def build_remux(ffmpeg: Path, output: Path, *, plan: Plan, target: Path) -> list[str]:
    """Return the argv that puts one rung and the sound into a progressive MP4, without encoding."""
    name = plan.hls.name
    given = ["-i", str(output / f"{name}{plan.mp4_rung.modifier}.cmfv"), "-map", "0:0"]
    if plan.audio_modifier:
        # Both keep their common clock: without it the encoder's lead-in would delay the sound.
        sound = output / f"{name}{plan.audio_modifier}.cmfa"
        given = [*given[:2], "-isync", "0", "-i", str(sound), *given[2:], "-map", "1:0"]
    return [
        *(str(ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-protocol_whitelist", "file", *given, "-c", "copy", "-fflags", "+bitexact"),
        *("-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4", str(target)),
    ]


def build_graph(plan: Plan, probe: Probe) -> str:
    """Return the filter graph: one decode, each smaller rung scaled from the next larger one."""
    rungs = sorted(plan.rungs, key=lambda rung: rung.width * rung.height, reverse=True)
    first = rungs[0]
    chain = ["bwdif=mode=send_frame"] if probe.interlaced else []
    chain += [f"fps={frame_rate(probe):.6g}", *_to_largest(first, probe), _COLOUR]
    links = [f"[0:{probe.video_index}]{','.join(chain)},setsar=1,split=3[v0][t0][stills]"]
    for place, rung in enumerate(rungs[1:], start=1):
        scaled = f"[t{place - 1}]{_scale(rung.width, rung.height)},setsar=1,split=2"
        links.append(f"{scaled}[v{place}][t{place}]")
    links.append(f"[t{len(rungs) - 1}]nullsink")
    still = plan.stills
    picture = f"fps={1 / still.interval:.6g}:round=up,{_scale(still.width, still.height)}"
    links.append(f"[stills]{picture},setsar=1,format=yuvj420p[pictures]")
    return ";".join(links)


def _to_largest(rung: Rung, probe: Probe) -> list[str]:
    """Scale first, since tone mapping costs by the pixel; HDR keeps its own colours until then."""
    if probe.transfer == "sdr":
        named = f":in_color_matrix={probe.assumed_matrix}" if probe.assumed_matrix else ""
        return [_scale(rung.width, rung.height) + named, "format=yuv420p"]
    colour = _HDR_COLOUR.format(trc=_HDR_TRANSFERS[probe.transfer])
    return [f"scale={rung.width}:{rung.height}:flags=bicubic", colour, _TONE_MAP]


def frame_rate(probe: Probe) -> float:
    """Return the constant frame rate of the outputs: the source's usual one, at most 30 a second.

    Rates within one per cent of a standard one are that one: clocks of phones are not exact. Of
    high rates every second frame is kept, or every third or fourth, since even motion shows.
    """
    rate = probe.frame_rate
    if rate >= HIGH_FRAME_RATE:
        rate /= math.ceil(rate / MAX_FRAME_RATE - RATE_SLACK)
    rate = min(rate, MAX_FRAME_RATE)
    for standard in (24, 25, 30):
        if abs(rate - standard) / standard < 0.01:  # noqa: PLR2004
            return float(standard)
    return max(rate, 1.0)


def _hls(plan: Plan, probe: Probe, output: Path) -> list[str]:
    base = plan.hls.name
    by_size = sorted(plan.rungs, key=lambda rung: rung.width * rung.height, reverse=True)
    maps = [part for rung in plan.rungs for part in ("-map", f"[v{by_size.index(rung)}]")]
    sound = _sound(plan, probe)
    return [
        *maps,
        *sound,
        *("-t", f"{probe.duration_ms / 1000:.3f}"),  # sound may go on after the picture
        *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p"),
        *("-threads:v", str(ENCODER_THREADS)),
        *("-sc_threshold", "0", "-g", "600", "-force_key_frames", KEYFRAMES),
        *_rates(plan.rungs),
        *("-f", "hls", "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod"),
        *("-hls_init_time", "1", "-hls_time", "2"),
        *("-hls_flags", "independent_segments+single_file"),
        *("-var_stream_map", _streams(plan)),
        *("-hls_segment_filename", str(output / f"{base}_%v.cmfv")),
        str(output / f"{base}_%v.m3u8"),
    ]


def _sound(plan: Plan, probe: Probe) -> list[str]:
    if plan.audio_modifier is None or probe.audio is None:
        return []
    return [
        *("-map", f"0:{probe.audio.index}", "-af", "aresample=async=1:first_pts=0"),
        *("-c:a", "aac", "-b:a", str(plan.audio_bitrate), "-ac", "2", "-ar", "48000"),
    ]


def _rates(rungs: Sequence[Rung]) -> list[str]:
    options: list[str] = []
    for place, rung in enumerate(rungs):
        options += [f"-crf:v:{place}", str(CRF_AT_QUALITY_0 - rung.quality)]
        options += [f"-maxrate:v:{place}", str(rung.max_bitrate)]
        options += [f"-bufsize:v:{place}", str(2 * rung.max_bitrate)]
    return options


def _streams(plan: Plan) -> str:
    """Name the variants after the modifiers, so that the files are called as the job wants."""
    group = ",agroup:sound" if plan.audio_modifier else ""
    streams = [
        f"v:{place}{group},name:{rung.modifier.lstrip('_')}"
        for place, rung in enumerate(plan.rungs)
    ]
    if plan.audio_modifier:
        streams.append(f"a:0,agroup:sound,default:yes,name:{plan.audio_modifier.lstrip('_')}")
    return " ".join(streams)


def _stills(plan: Plan, output: Path) -> list[str]:
    quality = round(2 + (100 - plan.stills.quality) * 29 / 100)  # ffmpeg's scale: 2 best, 31 worst
    return [
        *("-map", "[pictures]", "-map_metadata", "-1", "-frames:v", str(plan.stills.most)),
        *("-c:v", "mjpeg", "-q:v", str(quality), "-f", "image2", "-start_number", "0"),
        str(output / f"{plan.poster.name}.%07d.jpg"),
    ]


def _scale(width: int, height: int) -> str:
    return f"scale={width}:{height}:flags=bicubic:out_color_matrix=bt709:out_range=tv"
