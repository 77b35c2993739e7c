"""The one policy for trying again: how often, after how long, and what is worth it.

Three times after the first try: after a second, after two, after four, never after more than
thirty, each with full jitter, so anything between nothing and that (Brooker, Exponential Backoff
And Jitter, AWS Architecture Blog, 2015). boto3, calls in this process and SQS messages follow it.
"""

import errno
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import psycopg

from chalicelib.platform import errors
from chalicelib.platform.observability import count, logger

Result = TypeVar("Result")


class Kind(Enum):
    """What a failure means for whoever thinks of trying again."""

    AWAY = "away"  # a part that everybody needs is down: later, as often as it takes
    TEMPORARY = "temporary"  # the same may do the next time
    FINAL = "final"  # it will be the same however often it is tried
    UNFORESEEN = "unforeseen"  # most likely a defect of ours


@dataclass(frozen=True)
class RetryPolicy:
    """How often a failed thing is tried again, and how long after."""

    retries: int = 3
    first_seconds: float = 1.0
    factor: float = 2.0
    most_seconds: float = 30.0

    def delay(self, failures: int, draw: Callable[[], float] = random.random) -> float:
        """Return how many seconds to wait after so many failures, from 1 on."""
        growth = self.factor ** min(failures - 1, 32)
        return draw() * min(self.most_seconds, self.first_seconds * growth)

    def call(
        self, work: Callable[[], Result], *, sleep: Callable[[float], None] = time.sleep
    ) -> Result:
        """Return what `work` gives, which is tried again while its failures are temporary."""
        for failures in range(1, self.retries + 1):
            try:
                return work()
            except Exception as error:
                if kind_of(error) not in (Kind.TEMPORARY, Kind.AWAY):
                    raise
                count("CallRetried")
                logger.warning("call_retried", extra={"reason": type(error).__name__})
            sleep(self.delay(failures))
        return work()

    def client_config(self, *, read_timeout: float, **others: Any) -> Any:
        """Return botocore's configuration of a client, whose pieces come within `read_timeout` s.

        Its mode "standard" waits as we do where it is throttled, and less after other failures.
        """
        from botocore.config import Config  # noqa: PLC0415

        retries = {"total_max_attempts": self.retries + 1, "mode": "standard"}
        return Config(connect_timeout=3, read_timeout=read_timeout, retries=retries, **others)


POLICY = RetryPolicy()

# Refusals that may be none the next time; what isn't here stays refused.
PROBLEMS = {
    "unavailable": Kind.AWAY,
    "internal": Kind.TEMPORARY,
    "rate_limited": Kind.TEMPORARY,
    "request_in_flight": Kind.TEMPORARY,
}
_THROTTLED = frozenset(
    {
        "503", "InternalError", "InternalFailure", "OverLimit", "ProvisionedThroughputExceeded",
        "RequestLimitExceeded", "RequestThrottled", "ServiceUnavailable", "SlowDown", "Throttling",
        "ThrottlingException", "TooManyRequestsException",
    }
)  # fmt: skip


# What a machine may have too little of for a while.
_SCARCE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class Temporary(Exception):
    """A failure whose cause may be gone the next time."""


class Away(Exception):
    """A call that wasn't made since what it calls is down; it may be after `wait_seconds`."""

    wait_seconds = 0.0


def kind_of(error: BaseException) -> Kind:
    """Return what a failure means."""
    match error:
        case errors.Problem():
            return PROBLEMS.get(error.code, Kind.FINAL)
        case Away():
            return Kind.AWAY
        case Temporary() | psycopg.OperationalError() | ConnectionError() | TimeoutError():
            return Kind.TEMPORARY
        case OSError() if error.errno in _SCARCE:
            return Kind.TEMPORARY
    return _kind_of_aws(error)


def _kind_of_aws(error: BaseException) -> Kind:
    from boto3.exceptions import S3UploadFailedError  # noqa: PLC0415
    from botocore import exceptions  # noqa: PLC0415
    from s3transfer.exceptions import RetriesExceededError  # noqa: PLC0415

    match error:
        case exceptions.ConnectionError():  # can't be reached at all
            return Kind.AWAY
        case exceptions.ClientError() if error.response["Error"]["Code"] in _THROTTLED:
            return Kind.AWAY
        case exceptions.HTTPClientError() | exceptions.IncompleteReadError():
            return Kind.TEMPORARY
        case RetriesExceededError() | S3UploadFailedError():
            return Kind.TEMPORARY
    return Kind.UNFORESEEN
