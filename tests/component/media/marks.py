"""Marked clips: what comes out of a job can be told from what should.

Each corner has a colour of its own, and half a second after every second the middle flashes white
while the sound beeps.
"""

from pathlib import Path

import av
import numpy as np

from tests.component.media.stream_checks import HLS

CORNERS = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0)}
BEEP = "aevalsrc=if(lt(mod(t+0.5\\,1)\\,0.1)\\,0.5*sin(2*PI*1000*t)\\,0):s=48000"


def marked(
    *,
    size: str = "360x640",
    rate: str = "30",
    seconds: float = 3,
    changes: str = "null",
    coding: str = "yuv420p:bt709:tv",
) -> str:
    """Return a lavfi source with marked corners and a flash at 0.5, 1.5, 2.5 … seconds.

    `changes` are further filters; `coding` is pixel format, matrix and range, which the file names.
    """
    pixels, matrix, span = coding.split(":")
    places = ("0:0", "iw*3/4:0", "0:ih*3/4", "iw*3/4:ih*3/4")
    boxes = [
        f"drawbox={place}:iw/4:ih/4:color={colour}:t=fill"
        for place, colour in zip(places, CORNERS, strict=True)
    ]
    flash = "drawbox=iw/4:ih/4:iw/2:ih/2:white:fill:enable=lt(mod(t+0.501\\,1)\\,0.1)"
    plain = f"color=0x202020:size={size}:rate={rate}:duration={seconds},format=gbrp"
    coded = f"scale=out_color_matrix={matrix}:out_range={span},format={pixels}"
    named = f"setparams=colorspace={matrix}:color_primaries=bt709:color_trc=bt709:range={span}"
    return ",".join([plain, *boxes, flash, changes, coded, named])


def beeping(seconds: float = 3) -> str:
    return f"{BEEP}:d={seconds}"


def lavfi(*sources: str) -> list[str]:
    return [part for source in sources for part in ("-f", "lavfi", "-i", source)]


def flashes(path: Path, stream: int = 0) -> tuple[float, list[float]]:
    """Return when a picture begins, and when its middle turns white, in seconds."""
    begins, found, white = None, [], False
    with av.open(str(path), container_options=HLS) as container:
        for frame in container.decode(video=stream):
            assert frame.time is not None
            begins = frame.time if begins is None else begins
            grey = frame.to_ndarray(format="gray")
            middle = grey[frame.height * 2 // 5 : frame.height * 3 // 5, frame.width // 2]
            was, white = white, bool(middle.mean() > 140)
            if white and not was:
                found.append(frame.time)
    assert begins is not None
    return begins, found


def beep_times(path: Path) -> list[float]:
    """Return when the sound begins after a silence, in seconds."""
    floats = av.AudioResampler(format="flt", layout="mono")
    loud: list[float] = []
    with av.open(str(path), container_options=HLS) as container:
        for frame in container.decode(audio=0):
            for mono in floats.resample(frame):
                samples = mono.to_ndarray()[0]
                assert mono.time is not None
                above = np.flatnonzero(np.abs(samples) > 0.05)
                loud += (mono.time + above / mono.sample_rate).tolist()
    return [at for before, at in zip([-1.0, *loud], loud, strict=False) if at - before > 0.3]


def corners(path: Path) -> list[tuple[int, ...]]:
    """Return the colours of the first picture's corners: above, then below, each from the left."""
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24")
    height, width, _ = picture.shape
    points = [(y, x) for y in (height // 10, -height // 10) for x in (width // 10, -width // 10)]
    patches = [picture[y - 2 : y + 2, x - 2 : x + 2].reshape(-1, 3) for y, x in points]
    return [tuple(round(float(level)) for level in patch.mean(axis=0)) for patch in patches]
