"""SQL of searching."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from chalicelib.discovery.models import Kind
from chalicelib.platform.database import Connection

Row = dict[str, Any]
CANDIDATES = 200  # looked at more closely, of each kind
NEWEST = 2000  # that have the rarest of the words: the newest, if there are more
LIKELY_WORDS = 1000  # that may be meant by one that was typed


@dataclass(frozen=True)
class _Source:
    """What is searched: its rows, who may be shown them, and which come first."""

    columns: str
    key: str
    where: str
    popularity: str


# Of people `u`: never those who are too young for the public eye.
_PERSON_SHOWN = """
    NOT u.hidden AND u.birth_date <= %(shielded_after)s
    AND NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
        IN ((%(viewer)s, u.id), (u.id, %(viewer)s)))
    AND NOT EXISTS (SELECT FROM reports r WHERE r.reporter_id = %(viewer)s
        AND r.target_type = 'user' AND r.target_id = u.id)
"""
_SOURCES = {
    Kind.VIDEOS: _Source(
        "v.id AS row_id FROM videos v JOIN users u ON u.id = v.creator_id"
        " JOIN video_stats s ON s.video_id = v.id",
        "v.id",
        f"v.status = 'published' AND v.visibility = 'public' AND NOT v.held AND {_PERSON_SHOWN}"
        " AND NOT EXISTS (SELECT FROM users w, unnest(w.hidden_keywords) k WHERE w.id = %(viewer)s"
        "  AND search_words(k) <> '{}' AND search_words(k) <@ search_words(v.description))",
        "s.views + 5 * s.likes",
    ),
    Kind.USERS: _Source(
        "u.public_id AS id, u.username, u.display_name FROM users u"
        " JOIN user_stats s ON s.user_id = u.id",
        "u.id",
        _PERSON_SHOWN,
        "s.followers",
    ),
    Kind.HASHTAGS: _Source(
        "h.tag, used.video_count, used.view_count FROM hashtags h CROSS JOIN LATERAL ("
        " SELECT count(*) AS video_count, coalesce(sum(s.views), 0)::bigint AS view_count"
        " FROM video_tags t JOIN video_stats s ON s.video_id = t.video_id WHERE t.tag_id = h.id"
        ") used",
        "h.id",
        "used.video_count > 0",
        "used.video_count",
    ),
    Kind.SOUNDS: _Source(
        "o.public_id AS id, o.title, o.duration_ms, o.video_count, o.audio_key,"
        " u.public_id AS user_id, u.username, u.display_name"
        " FROM sounds o JOIN users u ON u.id = o.creator_id",
        "o.id",
        f"o.public AND {_PERSON_SHOWN}",
        "o.video_count",
    ),
}


def split(transaction: Connection, asked: str) -> list[str]:
    """Return what somebody asks for as words, folded, each once, in order."""
    row = transaction.execute("SELECT search_terms(%s) AS words", (asked,)).fetchone()
    return list(row["words"]) if row else []


def find_beginning(transaction: Connection, beginning: str, limit: int) -> list[str]:
    """Return words that begin so, the shortest first."""
    rows = transaction.execute(
        "SELECT word FROM search_vocabulary WHERE word ^@ %s ORDER BY length(word), word LIMIT %s",
        (beginning, limit),
    ).fetchall()
    return [row["word"] for row in rows]


def find_alike(transaction: Connection, word: str, errors: int) -> list[str]:
    """Return words that may differ from one by so few errors, 2 at most; it is seen elsewhere."""
    rows = transaction.execute(
        "SELECT word FROM search_vocabulary WHERE deletes && search_deletes(%(word)s)"
        " AND length(word) BETWEEN length(%(word)s) - %(errors)s AND length(%(word)s) + %(errors)s"
        " LIMIT %(limit)s",
        {"word": word, "errors": errors, "limit": LIKELY_WORDS},
    ).fetchall()
    return [row["word"] for row in rows]


def find(
    transaction: Connection, kind: Kind, wanted: Sequence[Sequence[str]], given: Mapping[str, Any]
) -> list[Row]:
    """Return rows that have, for each word wanted, it or one meant by it; the best known first.

    `given` is the viewer's row id as `viewer` and the last birth date that isn't too young as
    `shielded_after`. Each row has its `words` and `popularity`.
    """
    source = _SOURCES[kind]
    rarest, *others = _by_rarity(transaction, kind, wanted)
    newest = max(CANDIDATES, NEWEST // len(rarest))
    values: dict[str, Any] = {**given, "kind": kind, "rarest": list(rarest), "newest": newest}
    values |= {f"other_{i}": list(words) for i, words in enumerate(others)}
    having = "".join(
        " AND EXISTS (SELECT FROM search_entries o WHERE o.kind = %(kind)s AND o.key = e.key"
        f" AND o.word = ANY (%(other_{i})s))"
        for i in range(len(others))
    )
    statement = (
        "WITH found AS (SELECT DISTINCT e.key FROM"  # noqa: S608 - constants of this module
        " unnest(%(rarest)s::text[]) AS meant (word)"
        " CROSS JOIN LATERAL (SELECT key FROM search_entries WHERE kind = %(kind)s"
        "  AND word = meant.word ORDER BY key DESC LIMIT %(newest)s) e"
        f" WHERE true{having})"
        " SELECT (SELECT array_agg(w.word) FROM search_entries w WHERE w.kind = %(kind)s"
        f" AND w.key = {source.key}) AS words, {source.popularity} AS popularity, {source.columns}"
        f" JOIN found ON found.key = {source.key} WHERE {source.where}"
        f" ORDER BY popularity DESC LIMIT {CANDIDATES}"
    )
    return transaction.execute(sql.SQL(statement), values).fetchall()


def _by_rarity(
    transaction: Connection, kind: Kind, wanted: Sequence[Sequence[str]]
) -> list[Sequence[str]]:
    """Return the words wanted, those first that fewest have: they leave least to look at."""
    if len(wanted) == 1:
        return list(wanted)
    counts = [
        transaction.execute(
            "SELECT count(*) AS n FROM (SELECT FROM search_entries"
            " WHERE kind = %s AND word = ANY (%s) LIMIT %s) few",
            (kind, list(words), NEWEST),
        ).fetchone()
        for words in wanted
    ]
    order = sorted(range(len(wanted)), key=lambda i: counts[i]["n"])  # type: ignore[index]
    return [wanted[i] for i in order]
