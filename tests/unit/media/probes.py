"""A probe for tests."""

from chalicelib.media.models import AudioStream, Probe

SOUND = AudioStream(2, "aac", 6, 44_100)
PROBE = Probe(
    container="mov",
    video_codec="h264",
    pixel_format="yuv420p",
    width=1080,
    height=1920,
    rotation=0,
    duration_ms=8000,
    frame_rate=30.0,
    transfer="sdr",
    assumed_matrix=None,
    interlaced=False,
    video_index=1,
    longest_gop_ms=2000,
    audio=SOUND,
    audio_tracks=(AudioStream(0, "ac3", 6, 48_000), SOUND),
)
