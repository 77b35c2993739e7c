"""What all workers share: structured logs, metrics, and partial failures of SQS batches."""

from collections.abc import Callable
from typing import Any, TypeVar

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from chalicelib.platform.observability import flush_metrics, logger

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
            except Exception:
                logger.exception("message_failed")
                raise

    logger.append_keys(function_request_id=lambda_context.aws_request_id)
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    try:
        return process_partial_response(event, guarded, processor, lambda_context)
    finally:
        flush_metrics()
