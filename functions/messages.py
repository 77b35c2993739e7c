"""What messages look like; one that doesn't is refused, and never tried again."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from chalicelib.platform.errors import FieldError, Problem

Text = Annotated[str, Field(min_length=1)]


class S3Object(BaseModel):
    """An object by its key, which S3 encodes as URLs are."""

    key: Text


class S3Entity(BaseModel):
    """What an event of S3 is about."""

    object: S3Object


class S3Notice(BaseModel):
    """One thing that happened in a bucket."""

    s3: S3Entity


class S3Notices(BaseModel):
    """What S3 tells when objects arrive."""

    Records: list[S3Notice]


class S3Test(BaseModel):
    """What S3 sends when the notification is set up."""

    Event: Text


class MediaJob(BaseModel):
    """A job of a video, to be done or to be finished."""

    job_id: Text


class Misplaced(BaseModel):
    """A video whose files may have to be moved."""

    place: Text


class JobDetail(BaseModel):
    """How a job is, with all else that the transcoder says of it."""

    model_config = ConfigDict(extra="allow")
    jobId: Text
    status: Text


class JobEvent(BaseModel):
    """A "MediaConvert Job State Change", as EventBridge passes it on."""

    detail: JobDetail


class AdminJob(BaseModel):
    """A job that an administrator or a schedule started."""

    job: Text


class Export(BaseModel):
    """Somebody's copy of everything that is held about them."""

    export: Text


class Chunk(BaseModel):
    """Viewers by row id, from the one after the first up to the last."""

    after: int
    until: int


def read(body: str, kind: Any) -> Any:
    """Return a message of a kind, or of one of a union of them.

    Raises Problem `body_invalid` for what isn't JSON, and `validation_failed`.
    """
    try:
        return TypeAdapter(kind).validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        if found[0]["type"] == "json_invalid":
            raise Problem("body_invalid", found[0]["msg"]) from error
        wrong = [
            FieldError("/" + "/".join(map(str, one["loc"])), one["type"], one["msg"])
            for one in found
        ]
        raise Problem("validation_failed", "The message has another form.", errors=wrong) from error
