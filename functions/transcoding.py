"""The transcoding worker, and the handler of what any transcoder reports."""

import json
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from chalice.app import Blueprint

from chalicelib.platform import context
from chalicelib.videos import publish
from chalicelib.videos import transcoding as work
from functions.batches import process_batch

functions = Blueprint(__name__)


@functions.lambda_function(name="transcode")
def transcode(event: dict[str, Any], lambda_context: Any) -> Any:
    """Do the jobs of a batch; the batch size is one."""
    return process_batch(event, lambda_context, _transcode)


@functions.lambda_function(name="on_job_event")
def on_job_event(event: dict[str, Any], lambda_context: Any) -> Any:
    """Follow the "MediaConvert Job State Change" events that EventBridge queued."""
    return process_batch(event, lambda_context, _follow)


def _transcode(record: SQSRecord) -> None:
    work.work(context.current(), json.loads(record.body)["job_id"])


def _follow(record: SQSRecord) -> None:
    publish.handle_job_event(context.current(), json.loads(record.body)["detail"])
