"""Pydantic's verdicts on bodies and queries, put into our problem form."""

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.platform.errors import FieldError, Problem

Model = TypeVar("Model", bound=BaseModel)


class Input(BaseModel):
    """What clients send: fields we don't know are refused, values are not bent into shape."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


def validate(model: type[Model], value: Any) -> Model:
    """Return the value as the model. Raises Problem `unknown_field` or `validation_failed`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        errors = [_field_error(item) for item in error.errors(include_url=False)]
        unknown = all(item.code == "unknown_field" for item in errors)
        code = "unknown_field" if unknown else "validation_failed"
        raise Problem(code, _summary(errors), errors=errors) from error


def _field_error(item: Any) -> FieldError:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return FieldError(pointer, "unknown_field", "This field is not known here; leave it out.")
    return FieldError(pointer, str(item["type"]), str(item["msg"]))


def _summary(errors: list[FieldError]) -> str:
    first = errors[0]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.pointer or 'The body'}: {first.detail}{more}"
