"""The one policy for trying again."""

from types import SimpleNamespace

import pytest
from botocore import exceptions
from botocore.retries.standard import ExponentialBackoff

from chalicelib.platform.errors import REGISTRY, Problem
from chalicelib.platform.retries import POLICY, PROBLEMS, Kind, RetryPolicy, Temporary, kind_of


def _refusal(code: str) -> Exception:
    return exceptions.ClientError({"Error": {"Code": code, "Message": ""}}, "PutObject")


def test_delays_double_up_to_thirty_seconds_and_are_drawn_from_the_whole_range() -> None:
    assert [POLICY.delay(n, lambda: 1.0) for n in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
    assert POLICY.delay(10_000, lambda: 1.0) == 30
    assert POLICY.delay(7, lambda: 0.0) == 0
    drawn = [POLICY.delay(3) for _ in range(200)]
    assert 0 <= min(drawn) < 1 and 3 < max(drawn) <= 4


def test_boto3_follows_the_same_policy_where_it_is_throttled() -> None:
    config = POLICY.client_config(read_timeout=10)
    assert config.retries == {"total_max_attempts": 4, "mode": "standard"}
    throttled = SimpleNamespace(is_throttling_error_from_context=lambda _: True)
    theirs = ExponentialBackoff(random=lambda: 1.0, throttling_detector=throttled)
    for attempt in range(1, POLICY.retries + 1):
        context = SimpleNamespace(attempt_number=attempt, http_response=None)
        assert theirs.delay_amount(context) == POLICY.delay(attempt, lambda: 1.0)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionResetError(), Kind.TEMPORARY),
        (TimeoutError(), Kind.TEMPORARY),
        (OSError(28, "No space left on device"), Kind.TEMPORARY),
        (Temporary(), Kind.TEMPORARY),
        (exceptions.ReadTimeoutError(endpoint_url=""), Kind.TEMPORARY),
        (exceptions.EndpointConnectionError(endpoint_url="", error=""), Kind.AWAY),
        (_refusal("SlowDown"), Kind.AWAY),
        (_refusal("AccessDenied"), Kind.UNFORESEEN),
        (FileNotFoundError(2, "No such file"), Kind.UNFORESEEN),
        (KeyError("id"), Kind.UNFORESEEN),
        (Problem("validation_failed", ""), Kind.FINAL),
        (Problem("not_found", ""), Kind.FINAL),
        (Problem("unavailable", ""), Kind.AWAY),
    ],
)
def test_what_a_failure_means(error: Exception, kind: Kind) -> None:
    assert kind_of(error) is kind


def test_only_refusals_by_our_own_state_may_change() -> None:
    for code, (status, _) in REGISTRY.items():
        assert (code in PROBLEMS) == (status in (429, 500, 503) or code == "request_in_flight")


class Flaky:
    """Fails as often as it is told to."""

    def __init__(self, error: Exception, failures: int) -> None:
        self.error, self.left, self.calls = error, failures, 0

    def __call__(self) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error
        return "done"


@pytest.mark.parametrize(("failures", "calls"), [(0, 1), (1, 2), (3, 4)])
def test_a_call_is_tried_three_times_more(failures: int, calls: int) -> None:
    waits: list[float] = []
    work = Flaky(ConnectionResetError(), failures)
    assert POLICY.call(work, sleep=waits.append) == "done"
    assert (work.calls, len(waits)) == (calls, failures)


def test_then_it_fails() -> None:
    work = Flaky(ConnectionResetError(), 9)
    with pytest.raises(ConnectionResetError):
        RetryPolicy().call(work, sleep=lambda _: None)
    assert work.calls == 4


@pytest.mark.parametrize("error", [Problem("not_found", ""), KeyError("id")])
def test_what_will_not_change_is_not_tried_again(error: Exception) -> None:
    work = Flaky(error, 9)
    with pytest.raises(type(error)):
        POLICY.call(work, sleep=lambda _: None)
    assert work.calls == 1
