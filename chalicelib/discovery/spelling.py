"""What somebody may have meant by a word."""

from collections.abc import Sequence

ONE_ERROR_FROM, TWO_ERRORS_FROM = 4, 6  # letters


def errors_forgiven(word: str) -> int:
    """Return how many typing errors a word may have: none if it is short, two at most."""
    return (len(word) >= ONE_ERROR_FROM) + (len(word) >= TWO_ERRORS_FROM)


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters were missed, added, mistaken or swapped with the next; at most + 1.

    Optimal string alignment: Boytsov, Indexing methods for approximate dictionary searching, 2011,
    section 2.1.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    return min(_last_row(one, other, range(len(other) + 1))[-1], most + 1)


def distance_within(one: str, text: str, most: int) -> int:
    """Return the distance to what in a text is nearest, wherever it begins; at most + 1.

    Sellers, The theory and computation of evolutionary distances, 1980.
    """
    if one in text:
        return 0
    if not most:
        return 1
    return min(*_last_row(one, text, [0] * (len(text) + 1)), most + 1)


def _last_row(one: str, other: str, first: Sequence[int]) -> list[int]:
    """Return how far all of one is from what of the other ends at each letter."""
    before: list[int] = []
    row = list(first)
    for i, letter in enumerate(one, 1):
        following = [i]
        for j, against in enumerate(other, 1):
            cost = min(row[j] + 1, following[-1] + 1, row[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        before, row = row, following
    return row
