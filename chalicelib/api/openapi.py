"""The OpenAPI 3.1 document, made from the same table as the routes."""

import inspect
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.json_schema import models_json_schema

from chalicelib.accounts.models import Role
from chalicelib.accounts.permissions import MATRIX
from chalicelib.admin import configuration
from chalicelib.api.admin_configuration import ConfigurationChanges
from chalicelib.api.paging import Page
from chalicelib.api.problems import CONTENT_TYPE
from chalicelib.api.routing import PREFIX, ROUTES, SAFE_METHODS, Audience, Route
from chalicelib.api.uploads import VideoUpload
from chalicelib.api.validation import inlined
from chalicelib.platform import idempotency
from chalicelib.platform.errors import REGISTRY
from chalicelib.version import VERSION

REF = "#/components/schemas/{model}"
_BOUNDS = {"ge": "minimum", "le": "maximum"}
NO_NUL = "^[^\\u0000]*$"
SOMETHING = "^[^\\u0000]*[^\\s\\u0000\\u0085\\ufeff][^\\u0000]*$"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
_PARAMETER = re.compile(r"{(\w+)}")
_EVERYWHERE = ("internal", "unavailable", "validation_failed")
_HEADERS: Mapping[str, tuple[str, str]] = {
    "X-Request-Id": ("string", "The request's id, as every log line about it has it"),
    "RateLimit-Limit": ("integer", "How many calls a window holds"),
    "RateLimit-Remaining": ("integer", "How many more it would take now"),
    "RateLimit-Reset": ("integer", "Seconds until there is room for one more"),
    "ETag": ("string", "Which version this is; strong"),
    "Retry-After": ("integer", "Seconds after which to try again"),
}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the whole document."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for (path, method), route in sorted(ROUTES.items()):
        paths[path][method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Clipwave",
            "version": VERSION,
            "description": "Short videos: uploads, streams, and a feed that learns.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": f"/api{PREFIX}"}],
        "tags": [{"name": name} for name in sorted({_tag(route) for route in ROUTES.values()})],
        "paths": dict(paths),
        "components": {
            "schemas": {**_schemas(), "Problem": _problem_schema()},
            "responses": _problem_responses(),
            "headers": {
                name: {"description": said, "required": True, "schema": {"type": kind}}
                for name, (kind, said) in _HEADERS.items()
            },
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "session",
                    "description": "`__Host-session` where the origin is https",
                }
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    summary, _, rest = (inspect.getdoc(route.view) or "").partition("\n")
    operation: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": summary.rstrip("."),
        "tags": [_tag(route)],
        "parameters": _parameters(route),
        "responses": _responses(route),
        "security": _security(route),
        "x-roles": _roles(route),
        "x-limit-class": route.limit,
        "x-errors": sorted(_problems(route)),
    }
    if rest.strip():
        operation["description"] = rest.strip()
    if route.body is not None:
        schema = {"$ref": REF.format(model=route.body.__name__)}
        operation["requestBody"] = {
            "required": not _takes_nothing(route.body),
            "content": {"application/json": {"schema": schema}},
        }
    return operation


def _takes_nothing(body: type[BaseModel]) -> bool:
    """Whether a request may come without a body, which is read as {}."""
    try:
        body.model_validate({})
    except ValidationError:
        return False
    return True


def _tag(route: Route) -> str:
    return route.path.split("/")[1].split(".")[0]


def _roles(route: Route) -> list[str]:
    if route.allow is Audience.ANYONE:
        return ["anonymous", *Role]
    if route.allow is Audience.SIGNED_IN:
        return list(Role)
    if route.allow is Audience.ADMINS:
        return [Role.ADMIN]
    return [role for role in Role if role in MATRIX[route.allow]]


def _security(route: Route) -> list[dict[str, list[str]]]:
    return [{}, {"session": []}] if route.allow is Audience.ANYONE else [{"session": []}]


def _parameters(route: Route) -> list[dict[str, Any]]:
    found = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(route.path)
    ]
    if route.query is not None:
        schema = inlined(route.query.model_json_schema())
        found += [
            {
                "name": name,
                "in": "query",
                "required": name in schema.get("required", ()),
                "schema": _storable(_without_null(field)),
            }
            for name, field in schema["properties"].items()
        ]
    if route.idempotent:
        sizes = {"minLength": idempotency.MIN_LENGTH, "maxLength": idempotency.MAX_LENGTH}
        found.append(
            {
                "name": "X-Idempotency-Key",
                "in": "header",
                "required": True,
                "schema": {"type": "string", "pattern": idempotency.PATTERN, **sizes},
            }
        )
    if route.conditional:
        schema = {"type": "string", "minLength": 1}
        found.append({"name": "If-Match", "in": "header", "required": True, "schema": schema})
    return found


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a query parameter, which is left out where a body would have null."""
    kept = {name: value for name, value in schema.items() if name != "default" or value is not None}
    options = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        kept = {**{name: value for name, value in kept.items() if name != "anyOf"}, **options[0]}
    # pydantic writes the bounds of what is read from text in words of its own.
    return {_BOUNDS.get(name, name): value for name, value in kept.items()}


def _problems(route: Route) -> set[str]:
    """Return every code that a route can answer with."""
    codes = {*_EVERYWHERE, *route.problems}
    if route.allow is not Audience.ANYONE:
        codes |= {"authentication_required", "forbidden"}
    if route.limit is not None:
        codes.add("rate_limited")
    if route.query is not None:
        codes.add("unknown_field")
        if issubclass(route.query, Page):
            codes |= {"cursor_invalid", "cursor_expired"}
    if route.method not in SAFE_METHODS:
        codes |= {"cross_site", "body_invalid", "payload_too_large", "unsupported_media_type"}
    if route.body is not None:
        codes.add("unknown_field")
    if route.idempotent:
        codes |= {code for code in REGISTRY if code.startswith("idempotency_")}
        codes.add("request_in_flight")
    if route.conditional:
        codes |= {"precondition_required", "precondition_failed"}
    return codes


def _responses(route: Route) -> dict[str, Any]:
    answers: dict[str, Any] = {str(route.status): _success(route)}
    if route.tagged and route.method == "GET":
        answers["304"] = {"description": "Not changed since", "headers": _headers(("ETag",))}
    for status in sorted({REGISTRY[code][0] for code in _problems(route)}):
        answers[str(status)] = {"$ref": f"#/components/responses/{_problem_name(status)}"}
    return answers


def _problem_responses() -> dict[str, Any]:
    """Return an answer for each status of a problem; `x-errors` says which codes a route has."""
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code, (status, _) in sorted(REGISTRY.items()):
        by_status[status].append(code)
    return {
        _problem_name(status): {
            "description": "; ".join(f"`{code}`: {REGISTRY[code][1]}" for code in codes),
            "headers": _headers(_problem_headers(status)),
            "content": {CONTENT_TYPE: {"schema": PROBLEM}},
        }
        for status, codes in sorted(by_status.items())
    }


def _problem_name(status: int) -> str:
    return f"Problem{status}"


def _problem_headers(status: int) -> tuple[str, ...]:
    limited = tuple(name for name in _HEADERS if name.startswith("RateLimit"))
    if status == REGISTRY["rate_limited"][0]:
        return (*limited, "Retry-After")
    return ("Retry-After",) if status == REGISTRY["unavailable"][0] else ()


def _success(route: Route) -> dict[str, Any]:
    names = [*(("ETag",) if route.tagged else ())]
    if route.limit is not None:
        names += [name for name in _HEADERS if name.startswith("RateLimit")]
    answer: dict[str, Any] = {"description": "Done", "headers": _headers(names)}
    if route.response is not None:
        schema = TypeAdapter(route.response).json_schema(ref_template=REF, mode="serialization")
        schema.pop("$defs", None)
        if _models(route.response) == [route.response]:
            schema = {"$ref": REF.format(model=route.response.__name__)}
        answer["content"] = {route.media_type: {"schema": schema}}
    links = {
        name: {"operationId": name, "parameters": {parameter: f"$response.body#{pointer}"}}
        for name, (parameter, pointer) in route.links.items()
    }
    return {**answer, "links": links} if links else answer


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *names)}


def _schemas() -> dict[str, Any]:
    """Return the schema of every model that goes in or out."""
    inputs = {route.body for route in ROUTES.values() if route.body}
    outputs = {
        model
        for route in ROUTES.values()
        if route.response is not None
        for model in _models(route.response)
    }
    _, read = models_json_schema(
        [(model, "validation") for model in sorted(inputs, key=_name)], ref_template=REF
    )
    _, written = models_json_schema(
        [(model, "serialization") for model in sorted(outputs, key=_name)], ref_template=REF
    )
    # The recipe is read apart from the body it comes in, for its errors have a code of their own.
    from chalicelib.api.effects import EffectsInput  # noqa: PLC0415 - few need it

    effects = inlined(EffectsInput.model_json_schema())
    uploads = read["$defs"][VideoUpload.__name__]["properties"]
    uploads["effects"] = {"anyOf": [effects, {"type": "null"}], "default": None}
    changes = read["$defs"][ConfigurationChanges.__name__]
    changes["properties"], changes["additionalProperties"] = _settings(), False
    without_nul = {name: _storable(schema) for name, schema in read["$defs"].items()}
    return dict(sorted({**without_nul, **written["$defs"]}.items()))


def _settings() -> dict[str, Any]:
    """Return what a change of the configuration may say; null gives back the default."""
    settings = {
        key: {"anyOf": [schema, {"type": "null"}]}
        for key, schema in configuration.schema()["properties"].items()
    }
    return {**settings, "reason": {"type": "string", "minLength": 1, "maxLength": 500}}


def _storable(schema: Any) -> Any:
    """Say of every text that comes in that it has no NUL, and that it isn't blank if it must be."""
    if isinstance(schema, list):
        return [_storable(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    said = {name: _storable(part) for name, part in schema.items()}
    if schema.get("type") == "string" and not said.keys() & {"pattern", "format", "enum", "const"}:
        said["pattern"] = SOMETHING if schema.get("minLength") else NO_NUL
    return said


def _models(response: Any) -> list[type[BaseModel]]:
    """Return the models of a response that is one, or one of several."""
    options = getattr(response, "__args__", None) or (response,)
    return [one for one in options if isinstance(one, type) and issubclass(one, BaseModel)]


def _name(model: type) -> str:
    return model.__name__


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    pointer = {"pointer": text, "code": text, "detail": text}
    return {
        "type": "object",
        "description": "RFC 9457, Problem Details for HTTP APIs",
        "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
        "properties": {
            "type": {"type": "string", "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "instance": text,
            "code": {"type": "string", "enum": sorted(REGISTRY)},
            "request_id": text,
            "errors": {
                "type": "array",
                "items": {"type": "object", "required": sorted(pointer), "properties": pointer},
            },
        },
    }
