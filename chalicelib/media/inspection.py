"""Reads a file with PyAV and judges it. Runs only in the confined child of probe.py."""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AVVideo

from chalicelib.media.models import AudioStream, Matrix, MediaRejected, Probe, Transfer
from chalicelib.media.probe import MIN_DURATION_MS
from chalicelib.media.streams import choose_audio, choose_video, codec_name, list_audio

MAX_SECONDS = 180
MIN_SECONDS = MIN_DURATION_MS / 1000
MIN_FRAMES = 2
FRAME_RATES = (0.5, 126.0)  # frames per second; 120 in whole milliseconds looks like 125
MAX_FRAMES = MAX_SECONDS * 126
MIN_EDGE = 100
MAX_EDGE = 4096
MAX_PIXELS = 4096 * 2304
MAX_DECODED = 40
MIN_HELD = 0.5  # of the duration that the header claims
MIN_PRESENT = 0.95  # of the frames that the index lists
OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,matroska,webm,avi,mpegts,mpeg,ogg,mp3,aac,wav,flac",
    "max_streams": "32",
    "probesize": "5000000",
    "analyzeduration": "5000000",
    "max_pixels": str(MAX_PIXELS),
}
TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}  # ITU-T H.273, table 3
UNSPECIFIED = 2  # the same, table 4
HD_WIDTH, SD_HEIGHT = 1280, 576
QUARTER, FULL = 90, 360  # degrees


@dataclass
class Reading:
    """What one pass over the picture's packets has shown; times are in seconds."""

    opens: float = math.inf  # where the file begins to play
    packets: int = 0
    begins: float = math.inf
    ends: float = -math.inf
    times: list[float] = field(default_factory=list)
    keyframes: list[float] = field(default_factory=list)
    first: VideoFrame | None = None
    decoded: int = 0
    interlaced: bool = False

    def add(self, packet: "Packet[AVVideo]") -> None:
        """Take a packet into account."""
        self.packets += 1
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or packet.is_discard:
            return
        time = float(stamp * packet.time_base)
        self.times.append(time)
        if packet.is_keyframe:
            self.keyframes.append(time)
        self.begins = min(self.begins, time)
        self.ends = max(self.ends, time + float((packet.duration or 0) * packet.time_base))

    def look(self, frame: VideoFrame) -> None:
        """Take a decoded picture into account; only the first is kept, as 4K HDR has 25 MB each."""
        self.first = self.first or frame
        self.decoded += 1
        self.interlaced = self.interlaced or frame.interlaced_frame

    @property
    def seconds(self) -> float:
        """How long the picture lasts."""
        return max(0.0, self.ends - self.begins)

    @property
    def playing(self) -> float:
        """How long the file plays until the picture ends; its sound may begin before."""
        return max(0.0, self.ends - min(self.opens, self.begins))

    @property
    def longest_gop(self) -> float:
        """How long it is at most from a keyframe to the next one, or to the end."""
        bounds = sorted([self.begins, *self.keyframes, self.ends])
        return max(after - before for before, after in pairwise(bounds))


def inspect(path: Path, demuxer: str) -> Probe:
    """Return what the file holds; raises MediaRejected."""
    try:
        with av.open(
            str(path), format=demuxer, container_options=OPTIONS, metadata_errors="ignore"
        ) as container:
            return _inspect(container, demuxer)
    except FFmpegError as error:
        raise MediaRejected("corrupt_media", f"The file can't be read: {error.strerror}") from error


def _inspect(container: InputContainer, demuxer: str) -> Probe:
    video = choose_video(container)
    audio, tracks = choose_audio(container), list_audio(container)
    _check_size(video.width, video.height)
    _check_longest(container, video)
    listed = len(video.index_entries)
    reading = _read(container, video)
    frame = _check_complete(container, video, reading, listed)
    _check_time(reading)
    return _describe(demuxer, video, reading, frame, audio=audio, audio_tracks=tracks)


def _check_size(width: int, height: int) -> None:
    fits = (
        min(width, height) >= MIN_EDGE
        and max(width, height) <= MAX_EDGE
        and width * height <= MAX_PIXELS
    )
    if not fits:
        raise MediaRejected("resolution_out_of_range", f"The picture is {width}x{height}")


def _check_longest(container: InputContainer, video: AVVideo) -> None:
    """Refuse by the header alone, before the whole file is read."""
    claimed = max(_told(container), _claimed(container, video))
    if claimed > MAX_SECONDS:
        raise MediaRejected("media_too_long", f"The file lasts {claimed:.1f} s")


def _claimed(container: InputContainer, video: AVVideo) -> float:
    """Return the picture's duration in seconds as the header has it; 0 when it is silent."""
    if video.duration and video.time_base:
        return float(video.duration * video.time_base)
    return _told(container)


def _told(container: InputContainer) -> float:
    """Return the file's duration in seconds as the header has it."""
    # In Matroska that is when the file ends, and it need not begin at zero.
    begins = (container.start_time or 0) if "matroska" in container.format.name else 0
    return max(0.0, float(((container.duration or 0) - begins) / av.time_base))


def _read(container: InputContainer, video: AVVideo) -> Reading:
    """Go through all packets of the picture, decoding the first frames."""
    for stream in container.streams:
        if stream.index != video.index:
            stream.discard = Discard.all
    video.codec_context.thread_count = 1
    video.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
    opens = container.start_time
    reading = Reading(opens=math.inf if opens is None else opens / av.time_base)
    try:
        for packet in container.demux(video):
            if not packet.is_corrupt and packet.size:
                reading.add(packet)
            if reading.decoded < MAX_DECODED:
                for frame in _decode(packet):
                    reading.look(frame)
            if reading.playing > MAX_SECONDS or reading.packets > MAX_FRAMES:
                break
    except FFmpegError:
        return reading  # what is missing shows in the counts
    return reading


def _decode(packet: "Packet[AVVideo]") -> list[VideoFrame]:
    """Return the packet's undamaged frames."""
    try:
        return [frame for frame in packet.decode() if not frame.is_corrupt]
    except FFmpegError:
        return []


def _check_complete(
    container: InputContainer, video: AVVideo, reading: Reading, listed: int
) -> VideoFrame:
    """Return the first picture; refuse a file that holds much less than it says, or damage."""
    if reading.packets < MIN_PRESENT * listed:
        detail = f"{reading.packets} of {listed} frames are in the file"
        raise MediaRejected("corrupt_media", detail)
    claimed = _claimed(container, video)
    if reading.seconds < MIN_HELD * claimed:
        detail = f"The header claims {claimed:.1f} s, the file holds {reading.seconds:.1f} s"
        raise MediaRejected("corrupt_media", detail)
    expected = min(reading.packets, MAX_DECODED)
    if reading.first is None or reading.decoded < expected / 2:
        detail = f"{reading.decoded} of the first {expected} frames can be decoded"
        raise MediaRejected("corrupt_media", detail)
    return reading.first


def _check_time(reading: Reading) -> None:
    seconds = reading.seconds
    if reading.playing > MAX_SECONDS:
        raise MediaRejected("media_too_long", f"The file lasts more than {MAX_SECONDS} s")
    if seconds < MIN_SECONDS or reading.packets < MIN_FRAMES:
        detail = f"The file has {reading.packets} frames in {seconds:.2f} s"
        raise MediaRejected("media_too_short", detail)
    slowest, fastest = FRAME_RATES
    rate = _frame_rate(reading)
    if not slowest <= rate <= fastest or reading.packets > seconds * fastest + MIN_FRAMES:
        detail = f"{reading.packets} frames in {seconds:.2f} s, {rate:.3f} per second"
        raise MediaRejected("frame_rate_out_of_range", detail)


def _frame_rate(reading: Reading) -> float:
    """Return frames per second by the median interval; infinite when the frames coincide."""
    interval = median(after - before for before, after in pairwise(sorted(reading.times)))
    return 1 / interval if interval > 0 else math.inf


def _describe(
    demuxer: str,
    video: AVVideo,
    reading: Reading,
    frame: VideoFrame,
    *,
    audio: AudioStream | None,
    audio_tracks: tuple[AudioStream, ...],
) -> Probe:
    rotation = _right_angle(frame.rotation)
    width, height = _display_size(frame, video.sample_aspect_ratio, rotation)
    _check_size(width, height)
    return Probe(
        container=demuxer,
        video_codec=codec_name(video),
        pixel_format=frame.format.name,
        width=width,
        height=height,
        rotation=rotation,
        duration_ms=round(reading.playing * 1000),
        frame_rate=round(_frame_rate(reading), 3),
        transfer=TRANSFERS.get(int(video.codec_context.color_trc), "sdr"),
        assumed_matrix=_assumed_matrix(frame),
        interlaced=reading.interlaced,
        video_index=video.index,
        longest_gop_ms=round(1000 * reading.longest_gop),
        audio=audio,
        audio_tracks=audio_tracks,
    )


def _assumed_matrix(frame: VideoFrame) -> Matrix | None:
    """Return what players take pictures without a named matrix for: by their size."""
    if frame.colorspace != UNSPECIFIED or frame.format.is_rgb:
        return None
    return "bt709" if frame.width >= HD_WIDTH or frame.height > SD_HEIGHT else "bt601"


def _right_angle(degrees: int) -> int:
    """Snap to 0, 90, 180 or 270; a display matrix of nonsense (NaN) counts as none."""
    return round(degrees / QUARTER) * QUARTER % FULL if abs(degrees) <= FULL else 0


def _display_size(frame: VideoFrame, aspect: Fraction | None, rotation: int) -> tuple[int, int]:
    """Return width and height as seen: square pixels, turned upright."""
    width, height = round(frame.width * (aspect or 1)), frame.height
    return (height, width) if rotation % (2 * QUARTER) else (width, height)
