"""How long search and suggestions take, beside looking through all texts with ILIKE.

`python -m benchmarks.search [--videos 200000]` starts a PostgreSQL of its own and fills it, which
takes a minute or two.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import Any, cast

from rich.console import Console
from rich.table import Table

from benchmarks.database import temporary_database
from chalicelib.discovery import search
from chalicelib.discovery.models import Kind
from chalicelib.platform.clock import SystemClock
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection, Database

WORDS = 20_000
ROUNDS = 60
SYLLABLES = ("ka", "ri", "mo", "te", "su", "la", "ne", "po", "vi", "do", "ga", "shi", "bre", "ton")
Times = list[float]


def main() -> None:
    """Fill, measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--videos", type=int, default=200_000)
    parser.add_argument("--users", type=int, default=50_000)
    options = parser.parse_args()
    console = Console()
    words = _vocabulary()
    with temporary_database() as database:
        with console.status("filling"):
            _fill(database, words, options.videos, options.users)
        made = SimpleNamespace(database=database, clock=SystemClock())
        console.print(_measure(cast(Context, made), words))


def _vocabulary() -> list[str]:
    random = Random(5)  # noqa: S311 - words, not secrets
    found: dict[str, None] = {}
    while len(found) < WORDS:
        found["".join(random.choices(SYLLABLES, k=random.randint(2, 5)))] = None
    return list(found)


def _fill(database: Database, words: list[str], videos: int, users: int) -> None:
    """Make people and videos; a word is the rarer the later it stands in the vocabulary."""
    for step in (_people, _videos, _tags, _statistics):
        with database.transaction() as transaction:
            transaction.execute("SET LOCAL statement_timeout = '30min'")
            step(transaction, words, videos, users)


def _people(transaction: Connection, words: list[str], videos: int, users: int) -> None:
    transaction.execute("CREATE TABLE vocabulary (place integer PRIMARY KEY, word text)")
    with transaction.cursor().copy("COPY vocabulary FROM STDIN") as copy:
        for place, word in enumerate(words):
            copy.write_row((place, word))
    transaction.execute(
        "INSERT INTO users (public_id, username, username_key, display_name, password_hash,"
        " birth_date) SELECT 'u' || n, word || n, word || n, word, '', '1990-01-01'"
        " FROM generate_series(1, %s) n JOIN vocabulary ON place = n %% %s",
        (users, len(words)),
    )
    transaction.execute("INSERT INTO user_stats (user_id) SELECT id FROM users")


def _videos(transaction: Connection, words: list[str], videos: int, users: int) -> None:
    transaction.execute(
        "INSERT INTO videos (public_id, creator_id, filename, content_type, size_bytes, status,"
        " published_at, duration_ms, hashtags, description)"
        " SELECT 'v' || n, 1 + n %% %(users)s, '', '', 0, 'published', now(), 9000,"
        " ARRAY[said.words[1]], array_to_string(said.words, ' ')"
        " FROM generate_series(1, %(videos)s) n CROSS JOIN LATERAL ("
        "  SELECT array_agg(v.word) AS words FROM ("
        "   SELECT floor(%(words)s * power(random(), 3 + 0 * (n + i)))::integer AS place"
        "   FROM generate_series(1, 6 + n %% 5) i OFFSET 0"
        "  ) chosen JOIN vocabulary v USING (place)"
        " ) said",
        {"videos": videos, "users": users, "words": len(words)},
    )
    transaction.execute(
        "INSERT INTO video_stats (video_id, views)"
        " SELECT id, floor(1000 * power(random(), 4)) FROM videos"
    )
    transaction.execute("SELECT put_search_entry('videos', id, description) FROM videos")


def _tags(transaction: Connection, words: list[str], videos: int, users: int) -> None:
    transaction.execute(
        "INSERT INTO video_features (video_id, creator_id, duration_ms, published_at, heated_at)"
        " SELECT id, creator_id, 9000, now(), now() FROM videos"
    )
    transaction.execute("INSERT INTO hashtags (tag) SELECT DISTINCT unnest(hashtags) FROM videos")
    transaction.execute(
        "INSERT INTO video_tags (tag_id, video_id) SELECT h.id, v.id FROM videos v"
        " JOIN hashtags h ON h.tag = v.hashtags[1]"
    )


def _statistics(transaction: Connection, words: list[str], videos: int, users: int) -> None:
    transaction.execute("ANALYZE")


def _measure(context: Context, words: list[str]) -> Table:
    random = Random(9)  # noqa: S311

    def common() -> str:
        return words[random.randrange(20)]

    def rare() -> str:
        return words[random.randrange(WORDS // 2, WORDS)]

    def mistyped() -> str:
        word = words[random.randrange(WORDS)]
        place = random.randrange(len(word) - 1)
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]

    kinds = tuple(Kind)
    cases: list[tuple[str, Callable[[], Any]]] = [
        ("suggestions for two letters", lambda: search.suggest(context, None, common()[:2])),
        ("suggestions for a word begun", lambda: search.suggest(context, None, rare()[:-1])),
        ("suggestions for a mistyped word", lambda: search.suggest(context, None, mistyped())),
        ("search, a common word", lambda: search.search(context, None, common(), kinds, 20)),
        ("search, a rare word", lambda: search.search(context, None, rare(), kinds, 20)),
        (
            "search, two common words",
            lambda: search.search(context, None, f"{common()} {common()}", kinds, 20),
        ),
        ("search, a mistyped word", lambda: search.search(context, None, mistyped(), kinds, 20)),
        ("baseline: ILIKE over the texts", lambda: _look_through(context, rare())),
    ]
    table = Table("milliseconds", "p50", "p95", "beside the baseline")
    measured = [(name, _times(work)) for name, work in cases]
    plain = statistics.median(measured[-1][1])
    for name, times in measured:
        half = statistics.median(times)
        late = statistics.quantiles(times, n=20)[-1]
        table.add_row(name, f"{half:.1f}", f"{late:.1f}", f"{plain / half:.1f} times as fast")
    return table


def _times(work: Callable[[], Any]) -> Times:
    for _ in range(5):
        work()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return times


def _look_through(context: Context, word: str) -> None:
    with context.database.transaction() as transaction:
        transaction.execute(
            "SELECT v.id FROM videos v JOIN video_stats s ON s.video_id = v.id"
            " WHERE v.description ILIKE %s ORDER BY s.views DESC LIMIT 20",
            (f"%{word}%",),
        ).fetchall()


if __name__ == "__main__":
    main()
