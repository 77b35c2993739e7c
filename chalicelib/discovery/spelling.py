"""What somebody may have meant by a word."""

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
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        following = [i]
        for j, against in enumerate(other, 1):
            cost = min(row[j] + 1, following[-1] + 1, row[j - 1] + (letter != against))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == against:
                cost = min(cost, before[j - 2] + 1)
            following.append(cost)
        before, row = row, following
    return min(row[-1], most + 1)
