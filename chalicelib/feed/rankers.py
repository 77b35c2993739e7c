"""The network in force, kept in the warm process."""

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from chalicelib.feed import space_store
from chalicelib.feed.learning.network import Network, unpack
from chalicelib.platform.context import Context
from chalicelib.platform.database import Connection, Database

KEPT_SECONDS = 60


@dataclass(frozen=True)
class Ranker:
    """A network and the run that it came from."""

    run_id: int
    network: Network


@dataclass(frozen=True)
class _Kept:
    ranker: Ranker | None
    until: float


_KEPT: WeakKeyDictionary[Database, _Kept] = WeakKeyDictionary()


def load(context: Context, transaction: Connection) -> Ranker | None:
    """Return the ranker in force; None where the sum of the other features ranks alone."""
    kept = _KEPT.get(context.database)
    if kept is None or time.monotonic() > kept.until:
        champion = space_store.find_champion(transaction, "ranker")
        ranker = Ranker(champion["id"], unpack(champion["artifact"])) if champion else None
        kept = _KEPT[context.database] = _Kept(ranker, time.monotonic() + KEPT_SECONDS)
    return kept.ranker
