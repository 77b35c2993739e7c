"""What may be meant by what somebody asks for: words as typed, begun, or with typing errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.discovery import search_store as store
from chalicelib.discovery.search_store import Row, Wanted
from chalicelib.discovery.spelling import distance, distance_within, errors_forgiven
from chalicelib.platform.database import Connection

MOST_PARTS = 8
MOST_BEGINNINGS = 50
EXACT, BEGUN, ERROR = 1.0, 0.8, 0.3  # what a word counts; each error takes its share off
RUN_ERRORS = 1
PAIRS_PER_ERROR = 3  # letters that are swapped are in three pairs
ERRORS_FROM = 4  # letters


@dataclass(frozen=True)
class Word:
    """A word, and how near each that may be meant by it is to what was typed."""

    meanings: Mapping[str, float]

    @property
    def wanted(self) -> Wanted:
        """Return what must be there: any of the meanings."""
        return Wanted([list(self.meanings)], 1)

    def nearness(self, row: Row) -> float:
        """Return how near a row comes, 0 to 1."""
        return max(self.meanings.get(word, 0.0) for word in row["words"])


@dataclass(frozen=True)
class Run:
    """Several words written without spaces, known by their pairs of letters.

    A text with few errors still has most of the pairs (Ukkonen, Approximate string-matching with
    q-grams, 1992); whether it is really as near is seen by looking for it in the text.
    """

    text: str
    pairs: Sequence[str]

    @property
    def wanted(self) -> Wanted:
        """Return what must be there: all pairs but those that an error may spoil."""
        spoilt = PAIRS_PER_ERROR * RUN_ERRORS if len(self.text) >= ERRORS_FROM else 0
        return Wanted([[pair] for pair in self.pairs], max(1, len(self.pairs) - spoilt))

    def nearness(self, row: Row) -> float:
        """Return how near a row comes, 0 to 1."""
        most = RUN_ERRORS if len(self.text) >= ERRORS_FROM else 0
        off = distance_within(self.text, row["said"], most)
        return EXACT - ERROR * off if off <= most else 0.0


@dataclass(frozen=True)
class Symbols:
    """Emoji; one of several may be a wrong one, and beside words they only help."""

    symbols: Sequence[str]
    alone: bool

    @property
    def wanted(self) -> Wanted:
        """Return what must be there."""
        needed = len(self.symbols) - 1 if len(self.symbols) > 1 else int(self.alone)
        return Wanted([[symbol] for symbol in self.symbols], needed)

    def nearness(self, row: Row) -> float:
        """Return how near a row comes, 0 to 1."""
        missing = len(set(self.symbols) - set(row["words"]))
        return max(EXACT - ERROR * missing, 0.1)


Meant = Word | Run | Symbols


def understand(transaction: Connection, asked: str) -> list[Meant]:
    """Return what may be meant by each part of a query; the last one may be only begun."""
    parts = store.split(transaction, asked)[:MOST_PARTS]
    symbols = list(dict.fromkeys(part.text for part in parts if part.is_symbol))
    parts = [part for part in parts if not part.is_symbol]
    meant: list[Meant] = []
    for part in parts:
        if part.is_run:
            meant.append(Run(part.text, list(dict.fromkeys(part.pieces))))
            continue
        for word in part.pieces:
            begun = word == part.pieces[-1] and part is parts[-1]
            meant.append(Word(_meanings(transaction, word, begun=begun)))
    if symbols:
        meant.append(Symbols(symbols, alone=not meant))
    return meant


def _meanings(transaction: Connection, word: str, *, begun: bool) -> Mapping[str, float]:
    meanings: dict[str, float] = {}
    errors = errors_forgiven(word)
    if errors:
        for other in store.find_alike(transaction, word, errors):
            off = distance(word, other, errors)
            if off <= errors:
                meanings[other] = EXACT - ERROR * off
    if begun:
        for other in store.find_beginning(transaction, word, MOST_BEGINNINGS):
            meanings[other] = BEGUN
    return {**meanings, word: EXACT}
