"""Two creators' videos, and people who watch, like and follow at random, straight into rows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import uuid4

from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection
from tests.component.builders import publish_video
from tests.component.conftest import NewClient
from tests.gateway import Client

SOURCES = ("for_you", "following", "hashtag", "trending")
PEOPLE = 12
COLUMNS = {
    "likes": ("user_id", "video_id"),
    "saves": ("user_id", "video_id"),
    "follows": ("follower_id", "followed_id"),
}


@dataclass(frozen=True)
class Figures:
    """What was made: the first creator's browser and row id, their videos, who does things."""

    context: Context
    random: Random
    maker: Client
    creator: int
    videos: list[int]
    public_ids: list[str]
    people: list[int]

    def live(self, transaction: Connection, since: datetime, until: datetime, things: int) -> None:
        """Let so many things happen between two moments, most of them near the second."""
        for _ in range(things):
            back = self.random.random() ** 3
            at = until - (until - since) * back
            at = at.replace(microsecond=0)
            if self.random.random() < 0.6:
                self.show(transaction, at)
            else:
                self.react(transaction, at)

    def show(self, transaction: Connection, at: datetime) -> None:
        """Show a video to somebody, who watches it or not; now and then it is one shown before."""
        random = self.random
        watch_ms = random.choice((0, 400, 1200, 4000, 5000, 12_000))
        seen = at + timedelta(seconds=20) if watch_ms >= 1000 else None
        transaction.execute(
            "INSERT INTO playbacks (impression_id, shown_at, video_id, viewer, source, watch_ms,"
            " completed, profile_clicked, watched_at, viewed_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                uuid4(), at, random.choice(self.videos), f"u:{random.randrange(40)}",
                random.choice(SOURCES), watch_ms, watch_ms >= 4750, random.random() < 0.1,
                seen, seen if random.random() < 0.7 else None,
            ),
        )  # fmt: skip

    def react(self, transaction: Connection, at: datetime) -> None:
        """Let somebody like, save, follow, share or comment, or take it back."""
        random = self.random
        video, person = random.choice(self.videos), random.choice(self.people)
        table = random.choice(("likes", "saves", "follows", "shares", "comments"))
        if table in ("likes", "saves"):
            self._toggle(transaction, table, (person, video), at)
        elif table == "follows":
            self._toggle(transaction, table, (person, self.creator), at)
        elif table == "shares":
            transaction.execute(
                "INSERT INTO shares (video_id, viewer, hour, channel, created_at)"
                " VALUES (%s, %s, date_trunc('hour', %s::timestamptz), 'copy', %s)"
                " ON CONFLICT DO NOTHING",
                (video, f"u:{person}", at, at),
            )
        else:
            transaction.execute(
                "INSERT INTO comments (public_id, video_id, author_id, text, created_at)"
                " VALUES (%s, %s, %s, 'hi', %s)",
                (uuid4().hex, video, person, at),
            )
            transaction.execute(
                "UPDATE comments SET deleted_at = %s WHERE id = (SELECT max(id) FROM comments"
                " WHERE author_id = %s AND deleted_at IS NULL AND id %% 3 = 0)",
                (at, person),
            )

    def change(self, transaction: Connection) -> None:
        """Let a late report come for something shown before, and forget something else."""
        transaction.execute(
            "UPDATE playbacks SET watch_ms = watch_ms + 3000, completed = true, watched_at ="
            " coalesce(watched_at, shown_at) WHERE impression_id IN"
            " (SELECT impression_id FROM playbacks ORDER BY random() LIMIT 3)"
        )
        transaction.execute(
            "DELETE FROM playbacks WHERE viewer = %s", (f"u:{self.random.randrange(40)}",)
        )

    def _toggle(
        self, transaction: Connection, table: str, pair: tuple[int, int], at: datetime
    ) -> None:
        who, whom = COLUMNS[table]
        gone = transaction.execute(
            f"DELETE FROM {table} WHERE {who} = %s AND {whom} = %s",  # noqa: S608
            pair,
        ).rowcount
        if not gone:
            transaction.execute(
                f"INSERT INTO {table} ({who}, {whom}, created_at)"  # noqa: S608
                " VALUES (%s, %s, %s)",
                (*pair, at),
            )


def make(context: Context, new_user: NewClient, seed: int, since: datetime) -> Figures:
    """Make videos, people, and the months' partitions from a moment on."""
    maker, other = new_user("maker", creator=True), new_user("other", creator=True)
    public_ids = [publish_video(context, maker, f"number {n}") for n in range(3)]
    public_ids.append(publish_video(context, other, "another's"))
    with context.database.transaction() as transaction:
        transaction.execute(
            "INSERT INTO users (public_id, username, username_key, display_name, password_hash,"
            " birth_date) SELECT 'p' || n, 'p' || n, 'p' || n, '', '', '1990-01-01'"
            " FROM generate_series(1, %s) n",
            (PEOPLE,),
        )
        for month in range(-1, 14):
            transaction.execute(
                "SELECT ensure_monthly_partitions('playbacks',"
                " (%s::date + make_interval(months => %s))::date)",
                (since.date(), month),
            )
        rows = transaction.execute(
            "SELECT id, creator_id FROM videos WHERE public_id = ANY (%s) ORDER BY id",
            (public_ids,),
        ).fetchall()
        people = transaction.execute("SELECT id FROM users ORDER BY id").fetchall()
    ids = [row["id"] for row in people][2:]
    creator = rows[0]["creator_id"]
    videos = [row["id"] for row in rows]
    random = Random(seed)  # noqa: S311 - what happens, not secrets
    return Figures(context, random, maker, creator, videos, public_ids[:3], ids)
