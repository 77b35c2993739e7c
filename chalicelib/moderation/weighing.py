"""What a report is worth, and when reports together hold something back.

Counting heads invites brigades: whoever makes thirty accounts could take any video down. So a word
weighs more the longer its reporter is here and the more often they were right, and what weighs
little counts as one voice at most, however many there are.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.moderation.models import Reporter, ReportReason
from chalicelib.platform.configuration import Setting

HOLD_WEIGHT = Setting(
    "moderation.hold_weight",
    "number",
    3.0,
    "sum of weights from which something is hidden until a moderator has looked at it",
    minimum=0.5,
    maximum=1000,
)
SETTINGS = (HOLD_WEIGHT,)
FEWEST_REPORTERS = 2  # nobody holds anything back alone
NEW = timedelta(days=1)
YOUNG = timedelta(days=7)
LITTLE = 0.5  # below this all voices together are one at most
_GRAVITY = {ReportReason.MINOR_SAFETY: 2.0, ReportReason.SELF_HARM: 1.5, ReportReason.SPAM: 0.5}


def weigh(reporter: Reporter, reason: ReportReason, now: datetime) -> float:
    """Return what a report is worth: 1 from somebody of whom nothing special is known.

    Being right or wrong so far scales it by twice the smoothed share of upheld reports, 0 to 2.
    """
    age = now - reporter.joined_at
    standing = 0.1 if age < NEW else LITTLE if age < YOUNG else 1.0
    accuracy = 2 * (reporter.upheld + 1) / (reporter.decided + 2)
    return standing * accuracy * _GRAVITY.get(reason, 1.0)


def total(weights: Iterable[float]) -> float:
    """Return what several reports are worth together."""
    known = list(weights)
    little = sum(weight for weight in known if weight < LITTLE)
    return sum(weight for weight in known if weight >= LITTLE) + min(1.0, little)


def holds(weights: Iterable[float], threshold: float) -> bool:
    """Whether reports together hold something back."""
    known = list(weights)
    return len(known) >= FEWEST_REPORTERS and total(known) >= threshold
