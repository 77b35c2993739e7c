"""What all workers share: structured logs, metrics, and what becomes of messages that fail.

A message that can't ever succeed goes to the dead letters at once. One that meets a part of ours
that is down is sent again, for later, as often as it takes. Any other comes again after a while,
by itself three times, and then SQS puts it among the dead letters. In each case the new copy is
there before the old one goes: a crash in between means twice, which every consumer stands.
"""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from chalicelib.platform import context
from chalicelib.platform.errors import Problem
from chalicelib.platform.observability import count, flush_metrics, logger
from chalicelib.platform.queues import MOST_DELAY_SECONDS, TIMES
from chalicelib.platform.retries import POLICY, Away, Kind, kind_of

Result = TypeVar("Result")


def run_scheduled(lambda_context: Any, work: Callable[[], Result]) -> Result:
    """Do what a schedule wants."""
    logger.append_keys(function_request_id=lambda_context.aws_request_id)
    try:
        return work()
    finally:
        flush_metrics()


def process_batch(
    event: dict[str, Any], lambda_context: Any, handle: Callable[[SQSRecord], None]
) -> Any:
    """Handle each message by itself and return which of them must come again."""

    def guarded(record: SQSRecord) -> None:
        with logger.append_context_keys(message_id=record.message_id):
            try:
                handle(record)
            except Exception as error:
                if not _settle(record, error):
                    raise

    logger.append_keys(function_request_id=lambda_context.aws_request_id)
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    try:
        return process_partial_response(event, guarded, processor, lambda_context)
    finally:
        flush_metrics()


def process_together(
    event: dict[str, Any], lambda_context: Any, handle: Callable[[Sequence[SQSRecord]], None]
) -> Any:
    """Handle all messages at once, and where that fails, each by itself.

    While a part of ours is down all of them wait: trying each would take longer than they are
    hidden from others.
    """
    logger.append_keys(function_request_id=lambda_context.aws_request_id)
    try:
        handle([SQSRecord(record) for record in event["Records"]])
    except Exception as error:
        shared = error if kind_of(error) is Kind.AWAY else None
        logger.warning("batch_divided", extra={"reason": f"{type(error).__name__}: {error}"})
        count("BatchDivided")
    else:
        flush_metrics()
        return {"batchItemFailures": []}

    def alone(record: SQSRecord) -> None:
        if shared is not None:
            raise shared
        handle([record])

    return process_batch(event, lambda_context, alone)


def tries(record: SQSRecord) -> int:
    """Return how often a message has been received, this time included."""
    return int(record["attributes"]["ApproximateReceiveCount"])


def _settle(record: SQSRecord, error: Exception) -> bool:
    """Do with a failed message what its failure asks for. Returns whether it may be deleted."""
    kind = kind_of(error)
    try:
        if kind is Kind.FINAL:
            _bury(record, error)
        elif kind is Kind.AWAY:
            _postpone(record, error)
        else:
            logger.exception("message_failed", extra={"tries": tries(record)})
            count("MessageFailed")
            _hide(record)
    except Exception:
        # It comes again when its time is up.
        logger.exception("message_unsettled")
        return False
    return kind in (Kind.FINAL, Kind.AWAY)


def _bury(record: SQSRecord, error: Exception) -> None:
    code = error.code if isinstance(error, Problem) else type(error).__name__
    queue = _queue_url(record)
    context.current().queues.bury(queue, record.body, code)
    logger.error("message_buried", extra={"queue": queue, "code": code, "reason": str(error)})
    count("MessageBuried")


def _postpone(record: SQSRecord, error: Exception) -> None:
    said = record["messageAttributes"].get(TIMES)
    times = int(said["stringValue"]) + 1 if said else 1
    wanted = error.wait_seconds if isinstance(error, Away) else 0.0
    seconds = min(MOST_DELAY_SECONDS, ceil(max(wanted, POLICY.delay(times))))
    queue = _queue_url(record)
    context.current().queues.send_again(queue, record.body, delay_seconds=seconds, times=times)
    extra = {"queue": queue, "seconds": seconds, "times": times, "reason": str(error)}
    logger.warning("message_postponed", extra=extra)
    count("MessagePostponed")


def _hide(record: SQSRecord) -> None:
    seconds = ceil(POLICY.delay(tries(record)))
    context.current().queues.hide(_queue_url(record), record.receipt_handle, seconds)


def _queue_url(record: SQSRecord) -> str:
    """Return the queue's URL: the record has its ARN, and our queues' URLs differ in the name."""
    home, slash, _ = context.current().settings.uploads_queue_url.rpartition("/")
    return home + slash + str(record["eventSourceARN"]).rpartition(":")[2]
