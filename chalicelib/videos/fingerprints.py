"""Videos that show the same as others, and sounds that were heard before: SQL and decisions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.media.fingerprints import MAX_DISTANCE
from chalicelib.platform.database import Connection

if TYPE_CHECKING:  # numpy costs every function's start, and few of them compare pictures
    from chalicelib.media.fingerprints.picture import PictureFingerprint
    from chalicelib.media.fingerprints.sound import Landmarks

MIN_SHARE = 0.5  # of a video's frames, for a duplicate
PROBES = 8  # frames that are looked up; what they find is compared on all frames
NEIGHBOURS = 20  # per look-up
EF_SEARCH = 200  # recall 1.00 over 200,000 hashes
MAX_CANDIDATES = 20
MIN_VOTES = 16  # tunes that have only their drums in common reach 13
MIN_VOTE_SHARE = 0.01  # of the different landmarks looked for
MOST_COMMON = 500  # a landmark in more places than that says nothing


@dataclass(frozen=True)
class Duplicate:
    """Another video that shows the same; `score` is the share of frames, from 0.5 to 1."""

    video_row_id: int
    score: float


@dataclass(frozen=True)
class SoundMatch:
    """A sound that was recognised.

    `score` is the share, 0 to 1, of the different landmarks looked for that the sound has at one
    shift in time. Noise and voices take most of them away: 0.05 is a sure match.
    """

    sound_row_id: int
    score: float


def store_picture_fingerprint(
    transaction: Connection, video_row_id: int, fingerprint: "PictureFingerprint"
) -> None:
    """Keep what a video looks like, in place of what was known of it."""
    transaction.execute("DELETE FROM video_hashes WHERE video_id = %s", (video_row_id,))
    rows = fingerprint.stored_rows()
    transaction.execute(
        "INSERT INTO video_hashes (video_id, frame, crop, hash)"
        " SELECT %s, frame, crop, hash::bit(64)"
        " FROM unnest(%s::smallint[], %s::smallint[], %s::bigint[]) AS new (frame, crop, hash)"
        " ON CONFLICT DO NOTHING",
        (video_row_id, *([row[place] for row in rows] for place in range(3))),
    )


def find_duplicates(
    transaction: Connection, fingerprint: "PictureFingerprint", *, except_video: int
) -> list[Duplicate]:
    """Return the other videos that show at least half of a video's frames, the most alike first.

    Videos that were deleted don't count; those that moderators removed do.
    """
    found = [
        Duplicate(video_row_id, fingerprint.share_in(hashes))
        for video_row_id, hashes in _candidates(transaction, fingerprint, except_video).items()
    ]
    alike = [duplicate for duplicate in found if duplicate.score >= MIN_SHARE]
    return sorted(alike, key=lambda duplicate: (-duplicate.score, duplicate.video_row_id))


def flag_duplicates(
    transaction: Connection, video_row_id: int, duplicates: Sequence[Duplicate], now: datetime
) -> None:
    """Note for its owner and moderators what a video is a copy of. Nothing is hidden by it."""
    transaction.execute(
        "INSERT INTO video_duplicates (video_id, of_video_id, score, created_at)"
        " SELECT %s, of_video_id, score, %s"
        " FROM unnest(%s::bigint[], %s::real[]) AS new (of_video_id, score)"
        " ON CONFLICT DO NOTHING",
        (
            video_row_id,
            now,
            [duplicate.video_row_id for duplicate in duplicates],
            [duplicate.score for duplicate in duplicates],
        ),
    )


def read_duplicates(transaction: Connection, video_row_id: int) -> list[Duplicate]:
    """Return what a video was flagged as a copy of, the most alike first."""
    rows = transaction.execute(
        "SELECT of_video_id, score FROM video_duplicates WHERE video_id = %s"
        " ORDER BY score DESC, of_video_id",
        (video_row_id,),
    ).fetchall()
    return [Duplicate(row["of_video_id"], row["score"]) for row in rows]


def store_landmarks(transaction: Connection, sound_row_id: int, landmarks: "Landmarks") -> None:
    """Keep what a sound sounds like, in place of what was known of it."""
    transaction.execute("DELETE FROM sound_landmarks WHERE sound_id = %s", (sound_row_id,))
    transaction.execute(
        "INSERT INTO sound_landmarks (hash, sound_id, at)"
        " SELECT hash, %s, at FROM unnest(%s::integer[], %s::integer[]) AS new (hash, at)"
        " ON CONFLICT DO NOTHING",
        (sound_row_id, landmarks.hashes.tolist(), landmarks.times.tolist()),
    )


def find_sound(
    transaction: Connection, landmarks: "Landmarks", *, for_user: int
) -> SoundMatch | None:
    """Return the sound that is most surely heard in a recording, if there is one.

    Only of sounds that everybody may use, and of those that are the user's own.

    Each landmark votes for the sounds that have it, at the shift in time (in bins of two hops) at
    which they have it; the landmarks of the same recording agree on the shift. A landmark that
    comes again and again, as in a drum loop, has one vote.
    """
    hashes = landmarks.hashes.tolist()
    row = transaction.execute(
        "SELECT known.sound_id, count(DISTINCT heard.hash) AS votes"
        " FROM unnest(%(hashes)s::integer[], %(times)s::integer[]) AS heard (hash, at)"
        " CROSS JOIN LATERAL ("
        "  SELECT places.sound_id, places.at, count(*) OVER () AS places FROM ("
        "   SELECT l.sound_id, l.at FROM sound_landmarks l WHERE l.hash = heard.hash"
        "   LIMIT %(common)s + 1"
        "  ) places"
        " ) known"
        " JOIN sounds s ON s.id = known.sound_id AND (s.public OR s.creator_id = %(user)s)"
        " WHERE known.places <= %(common)s"
        " GROUP BY known.sound_id, (known.at - heard.at) >> 1"
        " ORDER BY votes DESC, known.sound_id LIMIT 1",
        {
            "hashes": hashes,
            "times": landmarks.times.tolist(),
            "common": MOST_COMMON,
            "user": for_user,
        },
    ).fetchone()
    different = len(set(hashes))
    if row is None or row["votes"] < max(MIN_VOTES, MIN_VOTE_SHARE * different):
        return None
    return SoundMatch(row["sound_id"], row["votes"] / different)


def _candidates(
    transaction: Connection, fingerprint: "PictureFingerprint", except_video: int
) -> dict[int, list[int]]:
    """Return the stored hashes of the videos that some frames, spread over a video, are near to.

    Near is asked of a frame in any variant here, so that a candidate is hardly ever missed.
    """
    probes = fingerprint.probes(PROBES)
    # What lies nearest may all be this video's own, from an earlier try: search on behind it.
    transaction.execute(
        "SELECT set_config('hnsw.ef_search', %s, true),"
        " set_config('hnsw.iterative_scan', 'strict_order', true)",
        (str(EF_SEARCH),),
    )
    rows = transaction.execute(
        "SELECT h.video_id, h.hash::bigint AS hash FROM ("
        "  SELECT near.video_id, count(DISTINCT probe.frame) AS frames"
        "  FROM unnest(%(frames)s::integer[], %(hashes)s::bigint[]) AS probe (frame, hash)"
        "  CROSS JOIN LATERAL ("
        "    SELECT k.video_id, k.hash <~> probe.hash::bit(64) AS distance FROM video_hashes k"
        "    WHERE k.video_id <> %(except)s"
        "    ORDER BY k.hash <~> probe.hash::bit(64) LIMIT %(neighbours)s"
        "  ) near"
        "  WHERE near.distance <= %(distance)s"
        "  GROUP BY near.video_id ORDER BY frames DESC, near.video_id LIMIT %(candidates)s"
        " ) candidate"
        " JOIN videos v ON v.id = candidate.video_id AND v.status NOT IN ('deleted', 'purged')"
        " JOIN video_hashes h ON h.video_id = v.id",
        {
            "frames": [frame for frame, _ in probes], "hashes": [value for _, value in probes],
            "except": except_video, "distance": MAX_DISTANCE, "neighbours": NEIGHBOURS,
            "candidates": MAX_CANDIDATES,
        },
    ).fetchall()  # fmt: skip
    stored: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        stored[row["video_id"]].append(row["hash"])
    return dict(stored)
