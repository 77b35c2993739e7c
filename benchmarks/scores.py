"""What became of the copies that were looked for."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass
class Score:
    """Copies of which some were found, and comparisons of which some were false matches."""

    found: int = 0
    copies: int = 0
    false: int = 0
    others: int = 0

    @property
    def cells(self) -> tuple[str, str]:
        """Recall and false matches, for a table."""
        recall = f"{self.found / self.copies:.3f}" if self.copies else "-"
        return recall, f"{self.false} of {self.others}"


def total(scores: Iterable[Score]) -> Score:
    """Return the sum."""
    rows = list(scores)
    return Score(
        sum(row.found for row in rows),
        sum(row.copies for row in rows),
        sum(row.false for row in rows),
        sum(row.others for row in rows),
    )
