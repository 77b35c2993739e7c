"""The filter graph of a job: one decode, and each smaller picture scaled from the next larger."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.media.models import Probe
from chalicelib.media.plan import Image, Movie, Plan, Stills, Stream
from chalicelib.media.spans import Span

MAX_FRAME_RATE = 30
HIGH_FRAME_RATE = 45  # from here on
RATE_SLACK = 0.05
COLOUR = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
# Files name their transfer but often nothing else; PQ and HLG come with BT.2020 (ITU-R BT.2100).
_HDR_COLOUR = "setparams=color_primaries=bt2020:color_trc={trc}:colorspace=bt2020nc"
_HDR_TRANSFERS = {"pq": "smpte2084", "hlg": "arib-std-b67"}
# To BT.709, linear light in between; reference white at 203 nits (ITU-R BT.2408).
_TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)
_UPRIGHT = "sidedata=mode=delete:type=DISPLAYMATRIX"  # else players would turn it once more
_TURNS = {0: [], 90: ["transpose=clock"], 180: ["hflip", "vflip"], 270: ["transpose=cclock"]}

Size = tuple[int, int]


@dataclass(frozen=True)
class Tap:
    """A picture that leaves the graph, by the label of its outlet."""

    label: str
    size: Size
    stills: Stills | None = None


def taps(plan: Plan) -> list[Tap]:
    """Return what the graph must make; what is copied needs no graph."""
    return [tap for place in range(len(plan.groups)) for tap in _taps(plan, place)]


def label(group: int, output: int = 0) -> str:
    """Return the label of an output's picture."""
    return f"g{group}o{output}"


def build_graph(plan: Plan, probe: Probe, span: Span) -> str:
    """Return the filter graph. The file is input 0, the images follow it."""
    wanted = taps(plan)
    sizes = _levels(wanted)
    links = [f"[0:{probe.video_index}]{_opening(plan, probe, sizes[0])}[base0]"]
    links += _overlays(plan, probe, sizes[0], span)
    inlet = f"base{len(plan.source.images)}"
    for place, size in enumerate(sizes):
        here = [tap for tap in wanted if _level(tap, sizes) == size]
        outlets = [f"raw_{tap.label}" if _is_derived(tap, size) else tap.label for tap in here]
        smaller = sizes[place + 1 : place + 2]
        outlets += [f"level{place}" for _ in smaller]
        links.append(f"[{inlet}]split={len(outlets)}{''.join(f'[{name}]' for name in outlets)}")
        links += [
            f"[raw_{tap.label}]{_derive(tap, size)}[{tap.label}]"
            for tap in here
            if _is_derived(tap, size)
        ]
        for width, height in smaller:
            inlet = f"down{place}"
            links.append(f"[level{place}]{_scale(width, height)},setsar=1[{inlet}]")
    return ";".join(links)


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
    return max(round(rate, 3), 1.0)  # as exactly as a manifest tells it


def _taps(plan: Plan, place: int) -> Iterator[Tap]:
    group = plan.groups[place]
    if isinstance(group, Stream):
        for output, rung in enumerate(group.rungs):
            yield Tap(label(place, output), (rung.picture.width, rung.picture.height))
    elif isinstance(group, Stills):
        yield Tap(label(place), (group.width, group.height), group)
    elif isinstance(group, Movie) and group.picture and not plan.twin_of(group):
        yield Tap(label(place), (group.picture.width, group.picture.height))


def _levels(wanted: list[Tap]) -> list[Size]:
    """Return the sizes that all frames are scaled to, largest first.

    Stills take only the few frames that they need out of one of them.
    """
    moving = {tap.size for tap in wanted if tap.stills is None}
    sizes = sorted(moving or {tap.size for tap in wanted}, key=math.prod, reverse=True)
    return sizes if moving else sizes[:1]


def _level(tap: Tap, sizes: list[Size]) -> Size:
    """Return the smallest level that a tap can be made from."""
    fitting = [size for size in sizes if size[0] >= tap.size[0] and size[1] >= tap.size[1]]
    return fitting[-1] if fitting else sizes[0]


def _is_derived(tap: Tap, level: Size) -> bool:
    return tap.stills is not None or tap.size != level


def _derive(tap: Tap, level: Size) -> str:
    scale = [] if tap.size == level else [_scale(*tap.size), "setsar=1"]
    if tap.stills is None:
        return ",".join(scale)
    every = f"fps={1 / tap.stills.interval:.6g}:round=up"
    return ",".join([every, *scale, "format=yuvj420p"])


def _opening(plan: Plan, probe: Probe, size: Size) -> str:
    """Return what is done to every decoded frame."""
    chain = ["bwdif=mode=send_frame"] if probe.interlaced else []
    if plan.source.rotation is not None:
        chain += [*_TURNS[plan.source.rotation], _UPRIGHT]
    chain += [f"fps={frame_rate(probe):.6g}", *to_largest(size, probe), COLOUR, "setsar=1"]
    return ",".join(chain)


def to_largest(size: Size, probe: Probe) -> list[str]:
    """Scale first, since tone mapping costs by the pixel; HDR keeps its own colours until then."""
    if probe.transfer == "sdr":
        named = f":in_color_matrix={probe.assumed_matrix}" if probe.assumed_matrix else ""
        return [_scale(*size) + named, "format=yuv420p"]
    colour = _HDR_COLOUR.format(trc=_HDR_TRANSFERS[probe.transfer])
    return [f"scale={size[0]}:{size[1]}:flags=bicubic", colour, _TONE_MAP]


def _overlays(plan: Plan, probe: Probe, size: Size, span: Span) -> list[str]:
    """Lay the images over the largest picture, where they would be in the source's."""
    width, height = _source_size(plan, probe)
    across, down = size[0] / width, size[1] / height
    links = []
    for place, image in enumerate(plan.source.images):
        wide = f"{image.width or 'iw'}*{across:.6g}"
        high = f"{image.height or 'ih'}*{down:.6g}"
        picture = (
            f"format=rgba,colorchannelmixer=aa={image.opacity:.6g},"
            f"scale=w=max(1\\,{wide}):h=max(1\\,{high}):out_color_matrix=bt709:out_range=tv,"
            "format=yuva420p"
        )
        at = f"x={round(image.x * across)}:y={round(image.y * down)}{_shown(image, probe, span)}"
        links.append(f"[{place + 1}:v]{picture}[image{place}]")
        links.append(f"[base{place}][image{place}]overlay={at}[base{place + 1}]")
    return links


def _shown(image: Image, probe: Probe, span: Span) -> str:
    """Return when an image is there, by the clock of what is cut out of the source."""
    if image.start is None and image.duration_ms is None:
        return ""
    begins = span.clock(image.start, probe)
    ends = begins + image.duration_ms / 1000 if image.duration_ms else math.inf
    half = 0.5 / frame_rate(probe)  # frames are not exactly at their times
    until = f"*lt(t\\,{ends - half:.6g})" if ends < math.inf else ""
    return f":enable=gte(t\\,{begins - half:.6g}){until}"


def _source_size(plan: Plan, probe: Probe) -> Size:
    """Return the size of the source's picture when it is turned as the job wants it."""
    turned = plan.source.rotation is not None and (plan.source.rotation - probe.rotation) % 180
    return (probe.height, probe.width) if turned else (probe.width, probe.height)


def _scale(width: int, height: int) -> str:
    return f"scale={width}:{height}:flags=bicubic:out_color_matrix=bt709:out_range=tv"
