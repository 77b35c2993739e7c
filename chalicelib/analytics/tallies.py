"""What was counted in some time, and what the sum of several such times is."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from chalicelib.analytics import sketches

WATCHING = (
    "impressions", "views", "watched", "watch_time_ms", "full_watches", "profile_views",
)  # fmt: skip
COUNTS = (*WATCHING, "likes", "comments", "shares", "saves", "followers_gained")


@dataclass(frozen=True)
class Tally:
    """Counts by name (those of `COUNTS`, nothing for 0), and a sketch of who watched.

    Of videos also how many showings were watched for how many whole `seconds`, and the views by
    the feed they were seen in.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    viewers: bytes = sketches.EMPTY
    seconds: Mapping[int, int] = field(default_factory=dict)
    sources: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether there was anything."""
        return any(self.counts.values())

    @property
    def unique_viewers(self) -> int:
        """How many different viewers watched: see `sketches` for how exact that is."""
        return sketches.count(self.viewers)

    def of(self, name: str) -> int:
        """Return a count, or the unique viewers."""
        return self.unique_viewers if name == "unique_viewers" else self.counts.get(name, 0)

    def with_watching_of(self, other: "Tally") -> "Tally":
        """Return this with all that another says of watching."""
        counts = {**self.counts, **{name: other.of(name) for name in WATCHING}}
        return replace(other, counts=counts)


def total(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies of times that don't overlap, or of different subjects."""
    counts: Counter[str] = Counter()
    seconds: Counter[int] = Counter()
    sources: Counter[str] = Counter()
    viewers = []
    for one in tallies:
        counts.update(one.counts)
        seconds.update(one.seconds)
        sources.update(one.sources)
        viewers.append(one.viewers)
    return Tally(counts, sketches.union(viewers), seconds, sources)
