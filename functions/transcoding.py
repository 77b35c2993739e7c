"""The transcoding worker, and the handler of what any transcoder reports."""

import json
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

functions = Blueprint(__name__)


@functions.lambda_function(name="transcode")
def transcode(event: dict[str, Any], lambda_context: Any) -> Any:
    """Do the jobs of a batch; the batch size is one."""
    # Imported when called, here and below: the API's functions load this module, not its work.
    from functions.batches import process_batch  # noqa: PLC0415

    return process_batch(event, lambda_context, _transcode)


@functions.lambda_function(name="on_job_event")
def on_job_event(event: dict[str, Any], lambda_context: Any) -> Any:
    """Follow the "MediaConvert Job State Change" events that EventBridge queued."""
    from functions.batches import process_batch  # noqa: PLC0415

    return process_batch(event, lambda_context, _follow)


def _transcode(record: "SQSRecord") -> None:
    from chalicelib.platform import context  # noqa: PLC0415
    from chalicelib.videos import transcoding  # noqa: PLC0415

    transcoding.work(context.current(), json.loads(record.body)["job_id"])


def _follow(record: "SQSRecord") -> None:
    from chalicelib.platform import context  # noqa: PLC0415
    from chalicelib.videos import follow  # noqa: PLC0415

    follow.handle_job_event(context.current(), json.loads(record.body)["detail"])
