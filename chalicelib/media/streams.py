"""Which of a file's streams are used. Runs only in the confined child of probe.py."""

from av.audio.stream import AudioStream as AVAudio
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream as AVVideo

from chalicelib.media.models import AudioStream, MediaRejected

VIDEO_CODECS = frozenset(
    "av1 h263 h264 hevc mjpeg mpeg1video mpeg2video mpeg4 prores theora vp8 vp9".split()  # noqa: SIM905
)
AUDIO_CODECS = frozenset(
    "aac ac3 alac amr_nb amr_wb eac3 flac mp2 mp3 opus vorbis".split()  # noqa: SIM905
)


def choose_video(container: InputContainer) -> AVVideo:
    """Return the largest picture that isn't a cover image; raises MediaRejected."""
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not streams:
        raise MediaRejected("no_video_stream", "There is no picture in the file")
    known = [stream for stream in streams if codec_name(stream) in VIDEO_CODECS]
    if not known:
        names = ", ".join(codec_name(stream) for stream in streams)
        raise MediaRejected("unsupported_codec", f"The picture's codec is {names}")
    return max(known, key=lambda stream: stream.width * stream.height)


def list_audio(container: InputContainer) -> tuple[AudioStream, ...]:
    """Return all tracks of sound, also those that can't be decoded."""
    return tuple(_describe(stream) for stream in container.streams.audio)


def choose_audio(container: InputContainer) -> AudioStream | None:
    """Return the default sound, else the first that can be decoded; raises MediaRejected."""
    streams = container.streams.audio
    known = [stream for stream in streams if _is_audible(stream)]
    if streams and not known:
        names = ", ".join(codec_name(stream) for stream in streams)
        raise MediaRejected("unsupported_codec", f"The sound's codec is {names}")
    if not known:
        return None
    return _describe(max(known, key=lambda stream: bool(stream.disposition & Disposition.default)))


def _describe(stream: AVAudio) -> AudioStream:
    context = stream.codec_context
    if context is None:  # a codec that nobody here knows
        return AudioStream(stream.index, codec_name(stream), 0, 0)
    return AudioStream(stream.index, codec_name(stream), context.channels, context.sample_rate)


def _is_audible(stream: AVAudio) -> bool:
    codec = codec_name(stream)
    return codec in AUDIO_CODECS or codec.startswith("pcm_")


def codec_name(stream: AVVideo | AVAudio) -> str:
    """Return a codec's own name, whichever decoder serves it; "unknown" for want of any."""
    context = stream.codec_context
    return context.codec.canonical_name if context else "unknown"
