"""Calls the app as API Gateway does, in this process, for tests that need no deployment."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

from app import app


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


_ADDRESSES = count()  # nobody shares anybody's limits


@dataclass
class Client:
    """One browser at an address of its own: it keeps its session cookie."""

    address: str = field(default_factory=lambda: f"203.0.113.7-{next(_ADDRESSES)}")
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **options: Any) -> Answer:
        return self.call("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PUT", path, body, **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.call("DELETE", path, body, **options)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        event = self._event(method, path, body, raw, headers or {})
        result = app(event, None)
        multi = result.get("multiValueHeaders", {})
        for cookie in multi.get("Set-Cookie", []) + _single(result["headers"], "Set-Cookie"):
            self._keep(cookie)
        return Answer(result["statusCode"], result["headers"], result["body"])

    def _keep(self, cookie: str) -> None:
        for name, morsel in SimpleCookie(cookie).items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value

    def _event(
        self, method: str, path: str, body: Any, raw: bytes | None, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        parts = urlsplit(path)
        resource, params = _resolve("/v1" + parts.path)
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        sent = {"Content-Type": "application/json", **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            query.setdefault(name, []).append(value)
        return {
            "headers": sent,
            "multiValueQueryStringParameters": query or None,
            "pathParameters": params or None,
            "stageVariables": None,
            "body": base64.b64encode(data).decode() if data is not None else None,
            "isBase64Encoded": data is not None,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": resource,
                "path": "/api/v1" + parts.path,
                "requestId": str(uuid4()),
                "identity": {"sourceIp": self.address},
            },
        }


def _single(headers: Mapping[str, str], name: str) -> list[str]:
    return [headers[name]] if name in headers else []


def _resolve(path: str) -> tuple[str, dict[str, str]]:
    """Find the resource as API Gateway does: literal parts before parameters."""
    wanted = path.split("/")
    matches = []
    for resource in app.routes:
        parts = resource.split("/")
        pairs = list(zip(parts, wanted, strict=False))
        if len(parts) == len(wanted) and all(a == b or a.startswith("{") for a, b in pairs):
            params = {a.strip("{}"): b for a, b in pairs if a.startswith("{")}
            matches.append((len(params), resource, params))
    _, resource, params = min(matches)
    return resource, params
