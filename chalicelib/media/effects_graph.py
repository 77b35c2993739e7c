"""A recipe of effects as filter graphs of ffmpeg.

The graphs are made of numbers and of names from this module. Text comes to ffmpeg as pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.media.effects import Effects, Fit, Look, Text, kept_ms
from chalicelib.media.filters import COLOUR, frame_rate, to_largest
from chalicelib.media.models import Probe

DEFAULT_SOUND_MIX = 0.5
MAX_SHORT_EDGE, MIN_PORTRAIT_EDGE = 1080, 144
PORTRAIT = 9 / 16
ATEMPO_LEAD_MS = 12  # of the source's time: measured with beeps, and made up for
SLACK_MS = 0.5  # frames' times are rounded
# In YUV throughout: a round trip to RGB would cost more than the filters.
LOOKS: Mapping[Look, str] = {
    "mono": "hue=s=0",
    "warm": "eq=gamma_r=1.15:gamma_b=0.85:saturation=1.1",
    "cool": "eq=gamma_r=0.87:gamma_b=1.15",
    "vivid": "eq=contrast=1.1:saturation=1.45",
    "vintage": "eq=contrast=0.88:brightness=0.03:saturation=0.6:gamma_r=1.12:gamma_b=0.86,"
    "vignette=angle=0.45",
    "vignette": "vignette=angle=0.75",
}
_SOUND_FORM = "aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo"
# White and black apart, a colour is only right by the matrix of the picture below.
_LETTERING = "scale=out_color_matrix=bt709:out_range=tv,format=yuva420p"
_SILENCE = "anullsrc=sample_rate=48000:channel_layout=stereo"
_LIMITER = "alimiter=limit=0.97:level=0:latency=1"


@dataclass(frozen=True)
class Canvas:
    """The size of the output, and that of the whole source in it before it is cut or padded."""

    width: int
    height: int
    source_width: int
    source_height: int


def canvas_for(fit: Fit, width: int, height: int) -> Canvas:
    """Return the output's size by the source's on display: even, a short edge of at most 1080."""
    if fit == "none":
        scale = min(1.0, MAX_SHORT_EDGE / min(width, height))
        size = _even(width * scale), _even(height * scale)
        return Canvas(*size, *size)
    smaller, larger = (min, max) if fit == "crop" else (max, min)
    edge = min(MAX_SHORT_EDGE, max(MIN_PORTRAIT_EDGE, smaller(width, height * PORTRAIT)))
    across, down = _even(edge), _even(edge / PORTRAIT)
    scale = larger(across / width, down / height)
    scaled = larger(across, _even(width * scale)), larger(down, _even(height * scale))
    return Canvas(across, down, *scaled)


def picture_graph(effects: Effects, probe: Probe, canvas: Canvas, first_lettering: int) -> str:
    """Return the graph from the source, input 0, to `[picture]`.

    The pictures of the texts are the inputs from `first_lettering` on, in the recipe's order. Time
    is seen to first, though speed comes last in a recipe: the picture is the same, the texts' times
    need no conversion, and frames that are left out cost nothing.
    """
    size = f"{canvas.width}:{canvas.height}"
    chain = [
        *(["bwdif=mode=send_frame"] if probe.interlaced else []),
        *_timing(effects, probe),
        *to_largest((canvas.source_width, canvas.source_height), probe),
        *(COLOUR, "setsar=1"),
        *([f"crop={size}"] if effects.fit == "crop" else []),
        *(["hflip"] if effects.mirror else []),
        *([LOOKS[effects.filter]] if effects.filter != "none" else []),
        *([f"pad={size}:-1:-1"] if effects.fit == "pad" else []),  # black, whatever the filter
        "format=yuv420p",
    ]
    links = [f"[0:{probe.video_index}]{','.join(chain)}[below0]"]
    for place, text in enumerate(effects.text):
        links.append(f"[{first_lettering + place}:0]{_LETTERING}[letters{place}]")
        links.append(f"[below{place}][letters{place}]{_overlay(text)}[below{place + 1}]")
    links.append(f"[below{len(effects.text)}]{COLOUR}[picture]")
    return ";".join(links)


def sound_graph(effects: Effects, probe: Probe, *, chosen: bool) -> str | None:
    """Return the graph to `[sound]`, which never ends; None where there is nothing to hear.

    The chosen sound is input 1, and never ends either.
    """
    share = _share_of_chosen(effects, probe) if chosen else 0.0
    parts = []
    if probe.audio:
        parts.append(f"{_own_sound(effects, probe)},volume={effects.volume * (1 - share):.6f}")
    if chosen:
        parts.append(f"[1:a:0]{_SOUND_FORM},volume={share:.6f}")
    if not parts:
        return None
    # Silence below keeps the time where the clip's own sound ends early or never begins.
    parts.insert(0, _SILENCE)
    ends = [f"[part{place}]" for place in range(len(parts))]
    limiter = f",{_LIMITER}" if effects.volume > 1 else ""
    mix = f"amix=inputs={len(parts)}:normalize=0:duration=first{limiter}[sound]"
    return ";".join([*map("".join, zip(parts, ends, strict=True)), "".join(ends) + mix])


def _timing(effects: Effects, probe: Probe) -> list[str]:
    """Cut the beginning and change the speed; of the frames before, the last one is held."""
    start = kept_ms(effects, probe.duration_ms)[0] / 1000
    return [
        "settb=AVTB",
        f"setpts=(PTS-{start:.3f}/TB)/{effects.speed:.6f}",
        f"fps={frame_rate(probe):.6g}:start_time=0",
    ]


def _overlay(text: Text) -> str:
    """Lay one lettering on, from the frame at its start to the last one before its end."""
    shown = f"gte(t,{(text.start_ms - SLACK_MS) / 1000:.4f})"
    if text.end_ms is not None:
        shown += f"*lt(t,{(text.end_ms - SLACK_MS) / 1000:.4f})"
    place = f"x=main_w*{text.x:.6f}-overlay_w/2:y=main_h*{text.y:.6f}-overlay_h/2"
    return f"overlay={place}:enable='{shown}'"


def _own_sound(effects: Effects, probe: Probe) -> str:
    assert probe.audio is not None  # noqa: S101 - asked for where there is some
    start, end = kept_ms(effects, probe.duration_ms)
    chain = ["aresample=async=1:first_pts=0"]
    if probe.audio.channels == 1:
        chain.append("pan=stereo|c0=c0|c1=c0")  # by itself ffmpeg makes mono 3 dB quieter
    chain.append(_SOUND_FORM)
    if effects.trim:
        chain.append(f"atrim=start={start / 1000:.3f}:end={end / 1000:.3f},asetpts=PTS-STARTPTS")
    if effects.speed != 1:
        lag = ATEMPO_LEAD_MS / effects.speed
        chain.append(f"atempo={effects.speed:.6f},adelay=delays={lag:.3f}:all=1")
    return f"[0:{probe.audio.index}]{','.join(chain)}"


def _share_of_chosen(effects: Effects, probe: Probe) -> float:
    """Without a word on it, both are heard alike; over a silent clip the chosen sound is all."""
    if effects.sound_mix is not None:
        return effects.sound_mix
    return DEFAULT_SOUND_MIX if probe.audio else 1.0


def _even(length: float) -> int:
    return max(2, 2 * round(length / 2))
