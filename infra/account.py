"""One stage in an account of AWS or in a LocalStack: its buckets of builds and its stacks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config

from infra.archives import digest
from infra.build import LOCAL
from infra.publish import make_artifacts_bucket, upload_artifact
from infra.remains import remove_remains
from infra.stacks import Change, DeployError, Report, Stacks

MAX_TEMPLATE_BODY_BYTES = 51200  # larger ones are read from S3


class Account:
    """Where a stage is deployed to: AWS by the operator's session, unless an endpoint is given."""

    def __init__(self, stage: str, endpoint_url: str | None, report: Report) -> None:
        self.stage = stage
        self.endpoint_url = endpoint_url
        self.is_local = stage == LOCAL
        self._session = _local_session() if self.is_local else boto3.Session()
        self._report = report
        self.region = self._session.region_name
        self.s3 = self.client("s3")
        self.stacks = Stacks(self.client("cloudformation"), report)
        account_id = self.client("sts").get_caller_identity()["Account"]
        self.artifacts = f"clipwave-artifacts-{stage}-{account_id}"
        make_artifacts_bucket(self.s3, self.artifacts)

    def client(self, service: str) -> Any:
        """Return a client for a service."""
        config = Config(connect_timeout=5, read_timeout=120, retries={"max_attempts": 5})
        return self._session.client(service, endpoint_url=self.endpoint_url, config=config)

    def bring(
        self, kind: str, template: Path, parameters: Mapping[str, str], *, anew: bool = False
    ) -> dict[str, str]:
        """Bring one of the stage's stacks to a template and return its outputs.

        On LocalStack, a stack made of just this is left alone; `anew`, another is deleted first.
        AWS knows itself what changes. Raises DeployError.
        """
        change = self._change(kind, template, parameters)
        if self.is_local:
            if self.stacks.is_current(change):
                return self.stacks.outputs(change.stack)
            if anew:
                self._remove(change.stack)
        return self.stacks.apply(change)

    def upload(self, path: Path) -> str:
        """Put a file into the artifacts bucket, where CloudFormation finds it; return its key."""
        return upload_artifact(self.s3, self.artifacts, path)

    def _change(self, kind: str, template: Path, parameters: Mapping[str, str]) -> Change:
        declared = frozenset(_declared_parameters(template))
        given = {"Stage": self.stage, **parameters}
        values = {key: value for key, value in sorted(given.items()) if key in declared}
        inputs = [template.read_bytes(), *(f"{k}={v}".encode() for k, v in values.items())]
        return Change(
            stack=f"clipwave-{kind}-{self.stage}",
            template=self._source(template),
            parameters=values,
            declared=declared,
            # A hash over secrets must not be readable where secrets are real.
            digest=digest(inputs) if self.is_local else None,
        )

    def _source(self, template: Path) -> dict[str, str]:
        body = template.read_text()
        if len(body.encode()) <= MAX_TEMPLATE_BODY_BYTES:
            return {"TemplateBody": body}
        key = self.upload(template)
        return {"TemplateURL": f"https://{self.artifacts}.s3.{self.region}.amazonaws.com/{key}"}

    def _remove(self, stack: str) -> None:
        """Delete a stack of LocalStack's with everything in it, however broken it is."""
        try:
            self.stacks.delete(stack)
        except DeployError:
            self.stacks.delete(stack)  # the second time it skips what isn't there
        if removed := remove_remains(self.client, self.stage):
            self._report(f"removed what was left of {stack}: {', '.join(removed)}")


def _local_session() -> boto3.Session:
    """Return a session in which no real key can go astray."""
    return boto3.Session("test", "test", region_name="us-east-1")


def _declared_parameters(template: Path) -> list[str]:
    """Return the names of a template's parameters; CloudFormation's own tags stay unread."""
    return list(yaml.load(template.read_text(), _TemplateLoader)["Parameters"])  # noqa: S506


class _TemplateLoader(yaml.SafeLoader):
    pass


_TemplateLoader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)
