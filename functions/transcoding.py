"""The transcoding worker, and the handler of what any transcoder reports."""

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
    from chalicelib.platform.retries import POLICY  # noqa: PLC0415
    from chalicelib.videos import transcoding  # noqa: PLC0415
    from functions.batches import tries  # noqa: PLC0415
    from functions.messages import MediaJob, read  # noqa: PLC0415

    job_id = read(record.body, MediaJob).job_id
    transcoding.work(context.current(), job_id, comes_again=tries(record) <= POLICY.retries)


def _follow(record: "SQSRecord") -> None:
    from chalicelib.platform import context  # noqa: PLC0415
    from chalicelib.videos import follow  # noqa: PLC0415
    from functions.messages import JobEvent, read  # noqa: PLC0415

    detail = read(record.body, JobEvent).detail
    follow.handle_job_event(context.current(), detail.model_dump())
