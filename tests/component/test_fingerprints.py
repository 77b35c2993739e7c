"""Copies of videos and known sounds are found in PostgreSQL, by its indexes, and only they."""

import numpy as np
import pytest
from PIL import ImageOps

from chalicelib.media.fingerprints.picture import PictureFingerprint, picture_fingerprint
from chalicelib.media.fingerprints.sound import RATE, Landmarks, sound_landmarks
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from chalicelib.videos.fingerprints import (
    Duplicate,
    SoundMatch,
    find_duplicates,
    find_sound,
    flag_duplicates,
    read_duplicates,
    store_landmarks,
    store_picture_fingerprint,
)
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.gateway import Client
from tests.unit.media.fingerprints.pictures import frames, plain
from tests.unit.media.fingerprints.test_sound import tune, wav

CROWD = 20_000  # hashes of other videos
NOBODY = 0  # hears what is public


@pytest.fixture
def creator(new_user: NewClient) -> Client:
    return new_user(creator=True)


def pictures(seed: int, count: int = 8) -> PictureFingerprint:
    return picture_fingerprint(frames(seed, count), 0.5)


def mirrored(seed: int) -> PictureFingerprint:
    return picture_fingerprint(frames(seed, edit=ImageOps.mirror), 0.5)


def melody(seed: int, begin: float = 0, end: float = 10) -> Landmarks:
    return sound_landmarks(wav(tune(seed)[round(begin * RATE) : round(end * RATE)]))


def publish(context: Context, creator: Client) -> int:
    """Return the row id of a new video."""
    public_id = publish_video(context, creator)
    with context.database.transaction() as transaction:
        row = transaction.execute("SELECT id FROM videos WHERE public_id = %s", (public_id,))
        return int((row.fetchone() or {})["id"])


def keep_sound(
    context: Context, video_row_id: int, landmarks: Landmarks, *, public: bool = True
) -> int:
    """Return the row id of a new sound with landmarks."""
    with context.database.transaction() as transaction:
        row = transaction.execute(
            "INSERT INTO sounds (public_id, title, creator_id, video_id, audio_key, duration_ms,"
            " public)"
            " SELECT 'sound-' || id, 'original sound', creator_id, id, 'a.mp4', 10000, %s"
            " FROM videos WHERE id = %s RETURNING id",
            (public, video_row_id),
        ).fetchone()
        sound_row_id = int((row or {})["id"])
        store_landmarks(transaction, sound_row_id, landmarks)
    return sound_row_id


def add_crowd(transaction: Connection) -> None:
    """Add a hundred videos whose hashes are like nothing. The index is quicker built anew."""
    index = transaction.execute(
        "SELECT indexdef FROM pg_indexes WHERE indexname = 'video_hashes_near'"
    ).fetchone()
    assert index is not None
    transaction.execute("SET LOCAL statement_timeout = '2min'")
    transaction.execute("DROP INDEX video_hashes_near")
    transaction.execute(
        "WITH crowd AS ("
        "  INSERT INTO videos (public_id, creator_id, filename, content_type, size_bytes)"
        "  SELECT 'crowd-' || number, creator_id, '', '', 0 FROM generate_series(0, 99) number,"
        "  (SELECT creator_id FROM videos LIMIT 1) somebody RETURNING id, public_id"
        " ) INSERT INTO video_hashes (video_id, frame, crop, hash)"
        " SELECT id, place, 0, hash::bit(64)"
        " FROM unnest(%s::bigint[]) WITH ORDINALITY AS made (hash, place)"
        " JOIN crowd ON public_id = 'crowd-' || place %% 100",
        (np.random.default_rng(0).integers(-(2**63), 2**63, CROWD).tolist(),),
    )
    transaction.execute(index["indexdef"])
    transaction.execute("ANALYZE video_hashes")


def test_a_mirrored_copy_is_found_among_others(context: Context, creator: Client) -> None:
    original, other, copy = (publish(context, creator) for _ in range(3))
    with context.database.transaction() as transaction:
        store_picture_fingerprint(transaction, original, pictures(1))
        store_picture_fingerprint(transaction, other, pictures(2))
        found = find_duplicates(transaction, mirrored(1), except_video=copy)
    assert [duplicate.video_row_id for duplicate in found] == [original]
    assert found[0].score >= 0.5


def test_a_video_is_no_copy_of_itself_and_a_repeat_changes_nothing(
    context: Context, creator: Client
) -> None:
    original, copy = publish(context, creator), publish(context, creator)
    counts = []
    for _ in range(2):
        with context.database.transaction() as transaction:
            store_picture_fingerprint(transaction, original, pictures(1))
            store_picture_fingerprint(transaction, copy, pictures(1))
            found = find_duplicates(transaction, pictures(1), except_video=copy)
            assert found == [Duplicate(original, 1.0)]
            flag_duplicates(transaction, copy, found, context.clock.now())
            count = transaction.execute("SELECT count(*) AS n FROM video_hashes").fetchone()
            counts.append((count, read_duplicates(transaction, copy)))
    assert counts[0] == counts[1]
    assert counts[0][1] == [Duplicate(original, 1.0)]


def test_a_new_source_replaces_what_was_known(context: Context, creator: Client) -> None:
    video, later = publish(context, creator), publish(context, creator)
    with context.database.transaction() as transaction:
        store_picture_fingerprint(transaction, video, pictures(1, 20))
        store_picture_fingerprint(transaction, video, pictures(2))
        assert find_duplicates(transaction, pictures(1), except_video=later) == []
        assert len(find_duplicates(transaction, pictures(2), except_video=later)) == 1


def test_one_shared_scene_makes_no_copy(context: Context, creator: Client) -> None:
    original, later = publish(context, creator), publish(context, creator)
    mixed = picture_fingerprint([*frames(1, 4), *frames(2, 8)], 0.5)
    with context.database.transaction() as transaction:
        store_picture_fingerprint(transaction, original, pictures(1))
        assert find_duplicates(transaction, mixed, except_video=later) == []


def test_deleted_videos_have_no_copies_but_removed_ones_do(
    context: Context, creator: Client
) -> None:
    original, later = publish(context, creator), publish(context, creator)
    with context.database.transaction() as transaction:
        store_picture_fingerprint(transaction, original, pictures(1))
        for status, copies in (("removed", 1), ("deleted", 0), ("purged", 0)):
            transaction.execute(
                "UPDATE videos SET status = %s::video_status WHERE id = %s", (status, original)
            )
            found = find_duplicates(transaction, pictures(1), except_video=later)
            assert len(found) == copies


def test_videos_that_show_nothing_are_copies_of_nothing(context: Context, creator: Client) -> None:
    black, later = publish(context, creator), publish(context, creator)
    nothing = picture_fingerprint([plain(0)] * 8, 0.5)
    with context.database.transaction() as transaction:
        store_picture_fingerprint(transaction, black, nothing)
        assert find_duplicates(transaction, nothing, except_video=later) == []
        flag_duplicates(transaction, later, [], context.clock.now())
        assert read_duplicates(transaction, later) == []


def test_a_copy_is_found_by_the_index_among_many(context: Context, creator: Client) -> None:
    original, copy = publish(context, creator), publish(context, creator)
    with context.database.transaction() as transaction:
        add_crowd(transaction)
        store_picture_fingerprint(transaction, original, pictures(1))
        # A video of an earlier try is not in its own way, however many of its hashes lie nearest.
        store_picture_fingerprint(transaction, copy, pictures(1, 50))
        reads = _reads(transaction, "video_hashes")
        found = find_duplicates(transaction, mirrored(1), except_video=copy)
        assert [duplicate.video_row_id for duplicate in found] == [original]
        assert _reads(transaction, "video_hashes_near") > 0
        assert _reads(transaction, "video_hashes") == reads


def test_an_excerpt_of_a_known_sound_is_recognised(context: Context, creator: Client) -> None:
    first, second = publish(context, creator), publish(context, creator)
    keep_sound(context, first, melody(1))
    sound = keep_sound(context, second, melody(2))
    with context.database.transaction() as transaction:
        found = find_sound(transaction, melody(2, 3.3, 8), for_user=NOBODY)
    assert found is not None
    assert found.sound_row_id == sound
    assert 0.3 < found.score <= 1


def test_a_sound_is_wholly_like_itself_and_a_repeat_changes_nothing(
    context: Context, creator: Client
) -> None:
    sound = keep_sound(context, publish(context, creator), melody(1))
    for _ in range(2):
        with context.database.transaction() as transaction:
            store_landmarks(transaction, sound, melody(1))
            assert find_sound(transaction, melody(1), for_user=NOBODY) == SoundMatch(sound, 1.0)


def test_a_sound_that_is_not_public_is_known_to_its_maker_alone(
    context: Context, creator: Client
) -> None:
    video = publish(context, creator)
    sound = keep_sound(context, video, melody(1), public=False)
    with context.database.transaction() as transaction:
        owner = transaction.execute(
            "SELECT creator_id FROM videos WHERE id = %s", (video,)
        ).fetchone()
        assert owner is not None
        assert find_sound(transaction, melody(1), for_user=NOBODY) is None
        found = find_sound(transaction, melody(1), for_user=owner["creator_id"])
    assert found == SoundMatch(sound, 1.0)


def test_an_unknown_sound_and_silence_are_not_recognised(context: Context, creator: Client) -> None:
    keep_sound(context, publish(context, creator), melody(1))
    silence = sound_landmarks(wav(np.zeros(5 * RATE)))
    keep_sound(context, publish(context, creator), silence)
    with context.database.transaction() as transaction:
        assert find_sound(transaction, melody(2), for_user=NOBODY) is None
        assert find_sound(transaction, silence, for_user=NOBODY) is None


def test_landmarks_that_are_everywhere_say_nothing(context: Context, creator: Client) -> None:
    sound = keep_sound(context, publish(context, creator), melody(1))
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO sound_landmarks (hash, sound_id, at)"
            " SELECT DISTINCT hash, sound_id, 10000 + 7 * place"
            " FROM sound_landmarks CROSS JOIN generate_series(1, 500) place"
        )
        assert find_sound(transaction, melody(1), for_user=NOBODY) is None
        store_landmarks(transaction, sound, melody(1))
        assert find_sound(transaction, melody(1), for_user=NOBODY) is not None


def test_sounds_are_found_by_an_index_alone(context: Context, creator: Client) -> None:
    keep_sound(context, publish(context, creator), melody(1))
    sound = keep_sound(context, publish(context, creator), melody(2))
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO sound_landmarks (hash, sound_id, at)"
            " SELECT place * 13 %% 4194304, %s, place FROM generate_series(1, 30000) place"
            " ON CONFLICT DO NOTHING",
            (sound,),
        )
        transaction.execute("ANALYZE sound_landmarks")
        names = ("sound_landmarks_pkey", "sound_landmarks")
        reads = [_reads(transaction, name) for name in names]
        assert find_sound(transaction, melody(1), for_user=NOBODY) is not None
        assert _reads(transaction, "sound_landmarks_pkey") > reads[0]
        assert _reads(transaction, "sound_landmarks") == reads[1]


def _reads(transaction: Connection, name: str) -> int:
    """Return how often this transaction has read an index, or a table from end to end."""
    row = transaction.execute(
        "SELECT pg_stat_get_xact_numscans(%s::regclass) AS reads", (name,)
    ).fetchone()
    return int((row or {})["reads"])
