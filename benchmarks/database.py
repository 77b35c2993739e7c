"""A PostgreSQL of a benchmark's own, with as many videos and sounds as it wants."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chalicelib.platform.database import Connection, Database
from infra.local.home import Home
from infra.local.ports import free_port
from infra.local.postgres import Postgres
from infra.migrate import migrate

SHARED_BUFFERS = "1GB"  # a quarter of a small server, as PostgreSQL's manual advises


@contextmanager
def temporary_database() -> Iterator[Database]:
    """Start a migrated server; it is gone when the block ends."""
    root = Path(tempfile.mkdtemp(prefix="clipwave-benchmark-"))
    root.chmod(0o755)  # PostgreSQL runs as another user than root
    postgres = Postgres(Home(root), free_port(), SHARED_BUFFERS)
    database = Database(lambda: postgres.url)
    try:
        postgres.start()
        migrate(postgres.url)
        yield database
    finally:
        database.close()
        postgres.stop()
        shutil.rmtree(postgres.directory, ignore_errors=True)
        shutil.rmtree(root)


def add_videos(transaction: Connection, count: int) -> None:
    """Add videos of one creator, each with a public sound, to an empty database: ids are 1, 2 …"""
    transaction.execute(
        "INSERT INTO users (public_id, username, username_key, display_name, password_hash,"
        " birth_date) VALUES ('ada', 'ada', 'ada', 'Ada', '', '1990-01-01')"
    )
    transaction.execute(
        "INSERT INTO videos (public_id, creator_id, filename, content_type, size_bytes, status)"
        " SELECT 'video-' || number, users.id, '', '', 0, 'published'"
        " FROM users, generate_series(1, %s) number",
        (count,),
    )
    transaction.execute(
        "INSERT INTO sounds (public_id, title, creator_id, video_id, audio_key, duration_ms,"
        " public) SELECT 'sound-' || id, '', creator_id, id, '', 10000, true FROM videos"
        " ORDER BY id"
    )
