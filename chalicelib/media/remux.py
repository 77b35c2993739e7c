"""Whether a source can be played as it is, so that its owner needs not wait for an encoder."""

from chalicelib.media.models import Probe

PIXEL_FORMATS = frozenset({"yuv420p", "yuvj420p"})
CONTAINERS = frozenset({"matroska", "mov", "mpegts"})  # AVI doesn't say when frames are shown
MAX_SHORT_EDGE = 2160  # what films in 4K plays it, and only its owner sees a preview
MAX_GOP_MS = 4000  # else seeking takes too long


def can_remux(probe: Probe) -> bool:
    """Whether the picture plays everywhere: H.264 of 8 bits 4:2:0, up to 4K."""
    return (
        probe.video_codec == "h264"
        and probe.container in CONTAINERS
        and probe.pixel_format in PIXEL_FORMATS
        and probe.transfer == "sdr"
        and not probe.interlaced
        and min(probe.width, probe.height) <= MAX_SHORT_EDGE
        and probe.longest_gop_ms <= MAX_GOP_MS
    )


def can_remux_sound(probe: Probe) -> bool:
    """Whether the sound plays everywhere: AAC."""
    return probe.audio is not None and probe.audio.codec == "aac"
