"""Interaction files: two or three splits, or one log with times; what is there is used."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chalicelib.feed.learning.content import content_graph, tf_idf
from chalicelib.feed.learning.factors import unit
from chalicelib.feed.learning.interactions import Interactions, interactions
from chalicelib.feed.learning.sparse import Sparse, sparse
from chalicelib.feed.tables import Floats

NEAREST = 20
TEST_SHARE = 0.2  # of a log, by its clock


@dataclass(frozen=True)
class Data:
    """What a recommender may learn from, and what it is to find.

    `tuning` is what is known while settings are chosen by `validation`; `known` is what is known
    when `test` is to be found. `words` and `dense` tell what items are about, where that is told.
    """

    tuning: Interactions
    validation: Interactions
    known: Interactions
    test: Interactions
    words: Sparse | None
    dense: Floats | None

    def graph(self) -> Sparse | None:
        """Return the content graph."""
        if self.words is None and self.dense is None:
            return None
        return content_graph(self.words, self.dense, nearest=NEAREST)


@dataclass(frozen=True)
class Log:
    """Events of everybody in the order of one clock."""

    users: np.ndarray[Any, np.dtype[np.int64]]
    items: np.ndarray[Any, np.dtype[np.int64]]
    n_users: int
    n_items: int


def load(path: Path) -> Data | Log:
    """Return the data of a file: `trn_u, trn_i` and so on, or `u, i, t`. Raises ValueError."""
    with np.load(path) as stored:
        columns = {name: stored[name] for name in stored.files}
    if "trn_u" in columns:
        return _splits(columns)
    if {"u", "i", "t"} <= set(columns):
        order = np.argsort(columns["t"], kind="stable")
        users, items = columns["u"][order].astype(np.int64), columns["i"][order].astype(np.int64)
        n_users, n_items = _size(columns, "n_users", users), _size(columns, "n_items", items)
        return Log(users, items, n_users, n_items)
    raise ValueError(f"{path} has neither trn_u and trn_i nor u, i and t")


def _splits(columns: dict[str, Any]) -> Data:
    n_users = _size(columns, "n_users", *(columns[f"{s}_u"] for s in _names(columns)))
    n_items = _size(columns, "n_items", *(columns[f"{s}_i"] for s in _names(columns)))

    def join(*names: str) -> Interactions:
        present = [name for name in names if f"{name}_u" in columns]
        times = None
        if "trn_pos" in columns:
            times = np.concatenate([columns[f"{name}_pos"] for name in present]).astype(np.float64)
        return interactions(
            np.concatenate([columns[f"{name}_u"] for name in present]).astype(np.int32),
            np.concatenate([columns[f"{name}_i"] for name in present]).astype(np.int32),
            times,
            n_users=n_users,
            n_items=n_items,
        )

    train = join("trn")
    if "val_u" in columns:
        tuning, validation = train, join("val")
    else:
        tuning, validation = train.hold_out_last()
    # What comes later in a sequence knows all that came before; sets without order don't tell.
    known = join("trn", "val") if train.ordered else train
    return Data(tuning, validation, known, join("tst"), _words(columns, n_items), _dense(columns))


def _names(columns: dict[str, Any]) -> list[str]:
    return [name for name in ("trn", "val", "tst") if f"{name}_u" in columns]


def _size(columns: dict[str, Any], name: str, *codes: Any) -> int:
    return int(columns.get(name, max(int(some.max()) for some in codes) + 1))


def _words(columns: dict[str, Any], n_items: int) -> Sparse | None:
    if "attr_indptr" not in columns:
        return None
    starts, words = columns["attr_indptr"], columns["attr_indices"]
    rows = np.repeat(np.arange(n_items), np.diff(starts))
    counts = sparse(rows, words, np.ones(len(words), np.float32), (n_items, int(words.max()) + 1))
    return tf_idf(counts)


def _dense(columns: dict[str, Any]) -> Floats | None:
    """Return the features of items side by side, each kind of the same weight."""
    kinds = [columns[name].astype(np.float32) for name in ("image", "audio", "text")
             if name in columns]  # fmt: skip
    if not kinds:
        return None
    scaled: Floats = np.hstack([unit(kind - kind.mean(axis=0)) for kind in kinds])
    return scaled
