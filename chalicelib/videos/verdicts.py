"""What went wrong with an upload, in a sentence, and what its maker can do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """A failure as its owner reads it."""

    code: str
    title: str
    hint: str


_TABLE = {
    "media_too_large": ("The file is too large", "Upload at most 1 GiB, or export it smaller."),
    "media_too_long": ("The video is too long", "Cut it to at most 3 minutes."),
    "media_too_short": ("The video is too short", "It must be at least 0.3 seconds long."),
    "unsupported_container": (
        "This isn't a video file we can open",
        "Upload an MP4, MOV, WebM or MKV file.",
    ),
    "unsupported_codec": (
        "The video's codec isn't supported",
        "Export it as H.264, HEVC, VP9 or AV1.",
    ),
    "no_video_stream": ("The file has sound but no picture", "Upload a file with a video track."),
    "resolution_out_of_range": (
        "The picture's size is out of range",
        "Use between 100 and 4096 pixels on each side.",
    ),
    "frame_rate_out_of_range": (
        "The frame rate is out of range",
        "Export it with 1 to 120 frames per second.",
    ),
    "corrupt_media": (
        "The file is damaged or incomplete",
        "Check that it plays on your device, then export and upload it again.",
    ),
    "decode_timeout": (
        "The file took too long to read",
        "Export it again with ordinary settings, such as H.264 in MP4.",
    ),
    "duplicate_media": ("You uploaded this file before", "Find it among your videos."),
    "upload_expired": ("The file never arrived", "Start a new upload."),
    "checksum_mismatch": (
        "What arrived isn't what was announced",
        "Upload the file again; it changed on the way.",
    ),
    "internal": ("Something went wrong on our side", "Upload the file again in a while."),
}


def verdict(code: str) -> Verdict:
    """Return the words for a code of the contract."""
    title, hint = _TABLE[code]
    return Verdict(code, title, hint)
