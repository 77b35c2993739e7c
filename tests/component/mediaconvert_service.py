"""MediaConvert's HTTP interface (rest-json, 2017-08-29) on loopback, read by botocore's own model.

It takes jobs, remembers their tokens, and can be told to be busy or to be gone.
"""

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.session
from botocore.model import Shape
from botocore.validate import ParamValidator

MODEL = botocore.session.get_session().get_service_model("mediaconvert")
JOBS = "/2017-08-29/jobs"


class MediaConvertService:
    """The service: `jobs` by id as boto3 knows them; `busy` requests are answered with 429."""

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, Any]] = {}
        self.requests = 0
        self.busy = 0
        self.cut = 0
        self._tokens: dict[str, str] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def create(self, wire: Any) -> tuple[int, Any]:
        shape = MODEL.operation_model("CreateJob").input_shape
        document = _from_wire(shape, wire)
        report = ParamValidator().validate(document, shape)
        if report.has_errors():
            return _error(400, "BadRequestException", report.generate_report())
        token = document["ClientRequestToken"]
        known = self.jobs.get(self._tokens.get(token, ""))
        if known is not None and known["Settings"] != document["Settings"]:
            return _error(409, "ConflictException", "The token was used for another job")
        if known is None:
            known = self._new_job(document)
            self._tokens[token] = known["Id"]
        return 201, _to_wire(MODEL.operation_model("CreateJob").output_shape, {"Job": known})

    def get(self, job_id: str) -> tuple[int, Any]:
        job = self.jobs.get(job_id)
        if job is None:
            return _error(404, "NotFoundException", "There is no such job")
        return 200, _to_wire(MODEL.operation_model("GetJob").output_shape, {"Job": job})

    def _new_job(self, document: Mapping[str, Any]) -> dict[str, Any]:
        number = len(self.jobs) + 1
        job_id = f"1700000000000-{number:06x}"
        kept = ("Role", "Settings", "UserMetadata", "Queue", "ClientRequestToken")
        job = {name: document[name] for name in kept if name in document}
        self.jobs[job_id] = {**job, "Id": job_id, "Status": "SUBMITTED"}
        return self.jobs[job_id]

    def _handler(service) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
                self._answer(lambda: service.create(sent))

            def do_GET(self) -> None:
                self._answer(lambda: service.get(self.path.removeprefix(f"{JOBS}/")))

            def _answer(self, work: Any) -> None:
                service.requests += 1
                if service.cut:
                    service.cut -= 1
                    self.connection.close()
                    return
                status, body = _error(429, "TooManyRequestsException", "Slow down")
                if service.busy:
                    service.busy -= 1
                elif self.path == JOBS or self.path.startswith(f"{JOBS}/"):
                    status, body = work()
                else:
                    status, body = _error(404, "NotFoundException", self.path)
                data = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                if "errorType" in body:
                    self.send_header("x-amzn-ErrorType", body["errorType"])
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


def _error(status: int, kind: str, message: str) -> tuple[int, Any]:
    return status, {"errorType": kind, "message": message}


def _from_wire(shape: Shape, value: Any) -> Any:
    """Return a value of the wire by the names that boto3 uses; what the model lacks stays."""
    if shape.type_name == "structure":
        names = {member.serialization.get("name", name): name for name, member in _members(shape)}
        return {
            names.get(key, key): _from_wire(shape.members[names[key]], inner)
            for key, inner in value.items()
        }
    if shape.type_name == "list":
        return [_from_wire(shape.member, inner) for inner in value]
    if shape.type_name == "map":
        return {key: _from_wire(shape.value, inner) for key, inner in value.items()}
    return value


def _to_wire(shape: Shape, value: Any) -> Any:
    if shape.type_name == "structure":
        return {
            shape.members[name].serialization.get("name", name): _to_wire(
                shape.members[name], inner
            )
            for name, inner in value.items()
        }
    if shape.type_name == "list":
        return [_to_wire(shape.member, inner) for inner in value]
    if shape.type_name == "map":
        return {key: _to_wire(shape.value, inner) for key, inner in value.items()}
    return value


def _members(shape: Any) -> Any:
    return shape.members.items()
