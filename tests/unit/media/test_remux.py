"""Which sources play as they are, and probes that are stored and read again."""

import dataclasses
import json
from typing import Any

import pytest

from chalicelib.media.models import AudioStream, Probe
from chalicelib.media.remux import can_remux, can_remux_sound
from tests.unit.media.probes import PROBE


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"width": 1920, "height": 1080}, True),
        ({"longest_gop_ms": 4000}, True),
        ({"longest_gop_ms": 4001}, False),
        ({"width": 2160, "height": 3840}, True),
        ({"width": 2880, "height": 5120}, False),
        ({"video_codec": "hevc"}, False),
        ({"pixel_format": "yuv420p10le"}, False),
        ({"pixel_format": "yuv422p"}, False),
        ({"transfer": "hlg"}, False),
        ({"interlaced": True}, False),
        ({"container": "avi"}, False),
    ],
)
def test_only_what_plays_everywhere_is_left_as_it_is(
    change: dict[str, Any], expected: bool
) -> None:
    assert can_remux(dataclasses.replace(PROBE, **change)) is expected


@pytest.mark.parametrize(
    ("audio", "expected"),
    [
        (AudioStream(1, "aac", 2, 48_000), True),
        (AudioStream(1, "opus", 2, 48_000), False),
        (None, False),
    ],
)
def test_sound_is_left_if_it_is_aac(audio: AudioStream | None, expected: bool) -> None:
    assert can_remux_sound(dataclasses.replace(PROBE, audio=audio)) is expected


@pytest.mark.parametrize("probe", [PROBE, dataclasses.replace(PROBE, audio=None, audio_tracks=())])
def test_a_stored_probe_reads_the_same(probe: Probe) -> None:
    assert Probe.from_json(json.loads(json.dumps(probe.to_json()))) == probe
