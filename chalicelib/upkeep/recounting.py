"""Finds counts that don't fit the rows they count, and sets them right.

There should be none: a count changes in the transaction of its row. This is how one would know.
"""

from typing import Any

from chalicelib.platform.context import Context
from chalicelib.platform.observability import count as measure
from chalicelib.platform.observability import logger
from chalicelib.upkeep import recount_store as store

AT_ONCE = 1000
MOST_SAMPLES = 20


def recount(context: Context, *, repair: bool) -> dict[str, Any]:
    """Look at every count; with `repair` set what is wrong. Returns how many were, by name."""
    drifted: dict[str, int] = {}
    samples: list[dict[str, Any]] = []
    for one in store.COUNTS:
        for row_id in _find(context, one):
            off = _set_right(context, one, row_id, repair=repair)
            if off:
                drifted[one.name] = drifted.get(one.name, 0) + 1
                samples.append({"count": one.name, "id": row_id, "off_by": -off})
    if drifted:
        measure("CountersDrifted", sum(drifted.values()))
        logger.error("counters_drifted", extra={"drifted": drifted})
    return {"drifted": drifted, "samples": samples[:MOST_SAMPLES], "repaired": repair}


def _find(context: Context, one: store.Count) -> list[int]:
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        with context.database.transaction() as transaction:
            drifted, after = store.find_drifted(transaction, one, after=after, limit=AT_ONCE)
        found += drifted
    return found


def _set_right(context: Context, one: store.Count, row_id: int, *, repair: bool) -> int:
    with context.database.transaction(taken_back=not repair) as transaction:
        return store.recount(transaction, one, row_id)
