"""What ages mean here: who may join, who is shielded, who is an adult."""

from datetime import date

LEAST = 13
SHIELDED_UNTIL = 16  # private by default, and out of public search
ADULT = 18


def age_of(birth_date: date, today: date) -> int:
    """Return somebody's age in years."""
    had_birthday = (today.month, today.day) >= (birth_date.month, birth_date.day)
    return today.year - birth_date.year - (not had_birthday)


def is_shielded(birth_date: date, today: date) -> bool:
    """Whether somebody is young enough to be kept out of the public eye."""
    return age_of(birth_date, today) < SHIELDED_UNTIL
