"""Pydantic's verdicts on bodies and queries, put into our problem form."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from chalicelib.platform.errors import FieldError, Problem

Model = TypeVar("Model", bound=BaseModel)


class Input(BaseModel):
    """What clients send: fields we don't know are refused, values are not bent into shape."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def validate(model: type[Model], value: Any) -> Model:
    """Return the value as the model. Raises Problem `unknown_field` or `validation_failed`."""
    return _checked(lambda: model.model_validate(value), value)


def validate_json(model: type[Model], value: Any) -> Model:
    """Return JSON as the model, each value of the very type that its schema names."""
    return _checked(lambda: model.model_validate_json(json.dumps(value), strict=True), value)


def _checked(make: Callable[[], Model], value: Any) -> Model:
    told = "Leave out NUL characters; they can't be stored."
    if nuls := [FieldError(pointer, "nul", told) for pointer in _nuls(value)]:
        raise Problem("validation_failed", _summary(nuls), errors=nuls)
    try:
        return make()
    except ValidationError as error:
        errors = [_field_error(item) for item in error.errors(include_url=False)]
        unknown = all(item.code == "unknown_field" for item in errors)
        code = "unknown_field" if unknown else "validation_failed"
        raise Problem(code, _summary(errors), errors=errors) from error


def _nuls(value: Any, pointer: str = "") -> Iterator[str]:
    """Yield pointers to the texts that have what PostgreSQL can't store."""
    if isinstance(value, str):
        if "\0" in value:
            yield pointer
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _nuls(part, f"{pointer}/{_escaped(name)}")
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _nuls(part, f"{pointer}/{place}")


def _escaped(part: object) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _field_error(item: Any) -> FieldError:
    pointer = "".join(f"/{_escaped(part)}" for part in item["loc"])
    if item["type"] == "extra_forbidden":
        return FieldError(pointer, "unknown_field", "This field is not known here; leave it out.")
    return FieldError(pointer, str(item["type"]), str(item["msg"]))


def _summary(errors: list[FieldError]) -> str:
    first = errors[0]
    more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"{first.pointer or 'The body'}: {first.detail}{more}"


def inlined(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a JSON Schema with its own definitions in the places that refer to them."""
    definitions = schema.get("$defs", {})

    def put_in(part: Any) -> Any:
        if isinstance(part, list):
            return [put_in(one) for one in part]
        if not isinstance(part, dict):
            return part
        name = str(part.get("$ref", "")).rpartition("/")[2]
        rest = {key: put_in(value) for key, value in part.items() if key not in ("$ref", "$defs")}
        return {**put_in(definitions[name]), **rest} if name in definitions else rest

    found: dict[str, Any] = put_in(schema)
    return found
