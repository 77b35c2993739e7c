"""AWS Elemental MediaConvert (API version 2017-08-29): gives it jobs, asks what became of them."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from chalicelib.platform.retries import POLICY, Temporary

JobState = Literal["submitted", "progressing", "complete", "error", "unknown"]

_STATES: dict[str, JobState] = {
    "SUBMITTED": "submitted",
    "PROGRESSING": "progressing",
    "COMPLETE": "complete",
    "CANCELED": "error",
    "ERROR": "error",
}
# What the service refuses however often it is asked.
_FINAL = frozenset(
    {"BadRequestException", "ConflictException", "ForbiddenException", "NotFoundException"}
)


class JobRejected(Exception):
    """The service refuses a job for good; the message is its own."""


class TranscoderAway(Temporary):
    """The service can't be reached, or is busy: the same call may do later."""


class MediaConvert:
    """The service, as far as we use it. boto3 is loaded at the first call, not at import."""

    def __init__(self, endpoint_url: str | None = None) -> None:
        self._endpoint_url = endpoint_url

    def create_job(self, document: Mapping[str, Any]) -> str:
        """Submit a CreateJob document as it is, and return the job's id.

        The same ClientRequestToken is the same job, so that a repeat is safe. Raises JobRejected
        or TranscoderAway.
        """
        answer = self._call("create_job", **document)
        return str(answer["Job"]["Id"])

    def job_state(self, external_id: str) -> JobState:
        """Return what has become of a job. Raises TranscoderAway."""
        try:
            answer = self._call("get_job", Id=external_id)
        except JobRejected:
            return "unknown"
        return _STATES.get(answer["Job"]["Status"], "unknown")

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        from botocore.exceptions import (  # noqa: PLC0415
            BotoCoreError,
            ClientError,
            ParamValidationError,
        )

        try:
            answer: dict[str, Any] = getattr(self._client, operation)(**arguments)
        except ParamValidationError as error:
            raise JobRejected(str(error)) from error
        except ClientError as error:
            final = error.response["Error"]["Code"] in _FINAL
            raise (JobRejected if final else TranscoderAway)(str(error)) from error
        except BotoCoreError as error:
            raise TranscoderAway(str(error)) from error
        return answer

    @cached_property
    def _client(self) -> Any:
        import boto3  # noqa: PLC0415

        config = POLICY.client_config(read_timeout=10)
        return boto3.client("mediaconvert", endpoint_url=self._endpoint_url, config=config)
