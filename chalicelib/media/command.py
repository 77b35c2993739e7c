"""The one ffmpeg command that decodes once and makes every output; numbers and paths only."""

from collections.abc import Mapping
from pathlib import Path

from chalicelib.media.filters import build_graph, frame_rate, label, taps
from chalicelib.media.groups import CRF_AT_QUALITY_0
from chalicelib.media.models import AudioStream, Probe
from chalicelib.media.plan import Movie, Picture, Plan, Rung, Sound, Stills, Stream, Wave
from chalicelib.media.spans import Span

MAX_PIXELS = 4096 * 4096
# Of several pictures each has an encoder of its own, so one thread each keeps a machine busy; more
# cost time and memory. One decoder keeps up with them.
ENCODER_THREADS = DECODER_THREADS = 1
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg"
# Keyframes at 0, 1, 3, 5 ... seconds on every rung: a first segment of one second, then two.
KEYFRAMES = "expr:gte(t,2*n_forced-1)"
# Presets above 9 are for video calls. The fewest frames ahead: each encoder keeps them in memory.
AV1_PRESET, AV1_OPTIONS = 9, "lp=1:scd=0:hierarchical-levels=3:lookahead=0"
AV1_CRF_AT_QUALITY_0 = 49  # two for each level: 33, 35, 37 are levels 8, 7, 6
# x264 writes its first frame two frames late, since later ones are coded before it. What is to be
# played in its place must begin as late.
X264_DELAY_FRAMES = 2
# Nothing that the source says of itself: titles, places, times.
_BARE = ("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact")
SEI = 6  # NAL unit type, ITU-T H.264 table 7-1: what cameras note, and players don't need


def build_command(
    ffmpeg: Path,
    source: Path,
    folders: Mapping[int, Path],
    *,
    images: list[Path],
    plan: Plan,
    probe: Probe,
    span: Span,
    seconds: int,
) -> list[str]:
    """Return the argv that writes the outputs of each group into the folder of that group.

    Parameters
    ----------
    folders: by the groups' places in the plan; only those in here are made.
    images: the files of the plan's images, in order.
    seconds: of CPU time that ffmpeg may spend.
    """
    argv = [
        str(ffmpeg),
        *("-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-timelimit", str(seconds), "-max_error_rate", "0.5"),
        *("-progress", "pipe:1", "-stats_period", "0.5"),
        *_source(source, plan, probe, span),
    ]
    for image in images:
        argv += ["-protocol_whitelist", "file", "-max_pixels", str(MAX_PIXELS)]
        argv += ["-f", "png_pipe", "-i", str(image)]
    if taps(plan):
        argv += ["-filter_complex", build_graph(plan, probe, span)]
    for place, folder in folders.items():
        argv += _output(plan, place, probe, folder)
    return argv


def build_remux(
    ffmpeg: Path, folder: Path, *, stream: Stream, rung: Rung, target: Path
) -> list[str]:
    """Return the argv that puts one rung and the sound into a progressive MP4, without encoding."""
    name = stream.place.name
    given = ["-i", str(folder / f"{name}{rung.modifier}.cmfv"), "-map", "0:0"]
    if stream.audio_modifier:
        # Both keep their common clock: without it the encoder's lead-in would delay the sound.
        sound = folder / f"{name}{stream.audio_modifier}.cmfa"
        given = [*given[:2], "-isync", "0", "-i", str(sound), *given[2:], "-map", "1:0"]
    return [
        *(str(ffmpeg), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-protocol_whitelist", "file", *given, "-c", "copy", *_BARE),
        *("-movflags", "+faststart", "-f", "mp4", str(target)),
    ]


def _source(source: Path, plan: Plan, probe: Probe, span: Span) -> list[str]:
    upright = [] if plan.source.rotation is None else ["-noautorotate"]
    seek = ["-ss", f"{span.seek:.6f}"] if span.seek else []
    return [
        *("-protocol_whitelist", "file", "-format_whitelist", FORMATS),
        *("-max_pixels", str(MAX_PIXELS), "-threads", str(DECODER_THREADS), *upright, *seek),
        *("-t", f"{span.seconds:.6f}"),  # sound may go on after the picture
        *("-f", probe.container, "-i", str(source)),
    ]


def _output(plan: Plan, place: int, probe: Probe, folder: Path) -> list[str]:
    group = plan.groups[place]
    if isinstance(group, Stream):
        return _hls(plan, group, place, probe, folder)
    if isinstance(group, Movie):
        return _movie(plan, group, place, probe, folder)
    if isinstance(group, Stills):
        return _stills(group, place, folder)
    return _wave(plan, group, probe, folder)


def _hls(plan: Plan, stream: Stream, place: int, probe: Probe, folder: Path) -> list[str]:
    base = stream.place.name
    pictures = [rung.picture for rung in stream.rungs]
    maps = [part for n in range(len(pictures)) for part in ("-map", f"[{label(place, n)}]")]
    encoders = [part for n, picture in enumerate(pictures) for part in _encoder(picture, n)]
    return [
        *maps,
        *_sound(plan, stream.sound, probe),
        *_BARE,
        *encoders,
        *_late(pictures[0], probe),
        *("-f", "hls", "-hls_segment_type", "fmp4", "-hls_playlist_type", "vod"),
        *("-hls_init_time", "1", "-hls_time", "2"),
        *("-hls_flags", "independent_segments+single_file"),
        *("-var_stream_map", _variants(stream)),
        *("-hls_segment_filename", str(folder / f"{base}_%v.cmfv")),
        str(folder / f"{base}_%v.m3u8"),
    ]


def _movie(plan: Plan, movie: Movie, place: int, probe: Probe, folder: Path) -> list[str]:
    picture = ["-map", f"0:{probe.video_index}", "-c:v", "copy"]
    if movie.picture:
        picture = ["-map", f"[{label(place)}]", *_encoder(movie.picture, 0)]
    else:
        picture += ["-bsf:v", f"filter_units=remove_types={SEI}"]
    return [
        *picture,
        *_sound(plan, movie.sound, probe),
        *_BARE,
        *("-movflags", "+faststart", "-f", "mp4", str(folder / f"{movie.place.name}.mp4")),
    ]


def _stills(stills: Stills, place: int, folder: Path) -> list[str]:
    quality = round(2 + (100 - stills.quality) * 29 / 100)  # ffmpeg's scale: 2 best, 31 worst
    return [
        *("-map", f"[{label(place)}]", *_BARE, "-frames:v", str(stills.most)),
        *("-c:v", "mjpeg", "-q:v", str(quality), "-threads:v", "1"),
        *("-f", "image2", "-start_number", "0", str(folder / f"{stills.place.name}.%07d.jpg")),
    ]


def _wave(plan: Plan, wave: Wave, probe: Probe, folder: Path) -> list[str]:
    return [
        *("-map", f"0:{audio_of(plan, probe).index}", *_BARE, "-c:a", "pcm_s16le"),
        *("-ac", str(wave.channels), "-ar", str(wave.sample_rate)),
        *("-f", "wav", str(folder / f"{wave.place.name}.wav")),
    ]


def audio_of(plan: Plan, probe: Probe) -> AudioStream:
    """Return the sound that a job asks for. The worker has seen that it is there."""
    if plan.source.track is None:
        assert probe.audio is not None  # noqa: S101
        return probe.audio
    return probe.audio_tracks[plan.source.track - 1]


def _sound(plan: Plan, sound: Sound | None, probe: Probe) -> list[str]:
    if sound is None:
        return []
    mapped = ["-map", f"0:{audio_of(plan, probe).index}"]
    if sound.bitrate is None:
        return [*mapped, "-c:a", "copy"]
    return [
        *(*mapped, "-af", "aresample=async=1:first_pts=0"),
        *("-c:a", "aac", "-b:a", str(sound.bitrate), "-ac", "2", "-ar", "48000"),
    ]


def _encoder(picture: Picture, place: int) -> list[str]:
    """Return the options of one encoder, by its place among the output's pictures."""
    if picture.codec == "AV1":
        crf = AV1_CRF_AT_QUALITY_0 - 2 * picture.quality
        own = {"c": "libsvtav1", "preset": AV1_PRESET, "svtav1-params": AV1_OPTIONS}
    else:
        crf = CRF_AT_QUALITY_0 - picture.quality
        own = {"c": "libx264", "preset": "veryfast", "profile": "high", "sc_threshold": 0}
        own["threads"] = ENCODER_THREADS
    options = {
        **own,
        "pix_fmt": "yuv420p",
        "crf": crf,
        "maxrate": picture.max_bitrate,
        "bufsize": 2 * picture.max_bitrate,
        "g": 600,
        "force_key_frames": KEYFRAMES,
    }
    return [part for name, value in options.items() for part in (f"-{name}:v:{place}", str(value))]


def _late(picture: Picture, probe: Probe) -> list[str]:
    """Let pictures of AV1 begin when those of H.264 do, and with them their common sound."""
    if picture.codec == "H_264":
        return []
    return ["-output_ts_offset", f"{X264_DELAY_FRAMES / frame_rate(probe):.6f}"]


def _variants(stream: Stream) -> str:
    """Name the variants after the modifiers, so that the files are called as the job wants."""
    group = ",agroup:sound" if stream.audio_modifier else ""
    named = [
        f"v:{place}{group},name:{rung.modifier.lstrip('_')}"
        for place, rung in enumerate(stream.rungs)
    ]
    if stream.audio_modifier:
        named.append(f"a:0,agroup:sound,default:yes,name:{stream.audio_modifier.lstrip('_')}")
    return " ".join(named)
