"""Deploys a build, by the same templates to LocalStack and to AWS."""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import yaml
from botocore.config import Config

from infra.archives import digest
from infra.build import LOCAL, ROOT, Built, build
from infra.layers import BuildError
from infra.migrate import MigrationError, migrate
from infra.publish import make_artifacts_bucket, publish_web, upload_artifact
from infra.stacks import Change, DeployError, Report, Stacks

BUCKETS = ("uploads", "media", "web")
QUEUES = ("uploads", "transcode", "job-events")
FUNCTIONS = ("ingest_upload", "transcode", "on_job_event", "sweep")
MAX_TEMPLATE_BODY_BYTES = 51200  # larger ones are read from S3


@dataclass(frozen=True)
class Deployed:
    """Where things are. Buckets by purpose, queue URLs and function names by their plain names."""

    api_id: str
    api_url: str
    buckets: dict[str, str]
    queues: dict[str, str]
    functions: dict[str, str]


def _session(stage: str) -> boto3.Session:
    """Return the operator's session, or for LocalStack one in which no real key can go astray."""
    if stage == LOCAL:
        return boto3.Session("test", "test", region_name="us-east-1")
    return boto3.Session()


class Account:
    """One account and region of AWS, or a LocalStack, as the target for one stage."""

    def __init__(self, stage: str, endpoint_url: str | None, report: Report) -> None:
        session = _session(stage)
        config = Config(connect_timeout=5, read_timeout=120, retries={"max_attempts": 5})

        def client(service: str) -> Any:
            return session.client(service, endpoint_url=endpoint_url, config=config)

        self.stage = stage
        self.endpoint_url = endpoint_url
        self.region = session.region_name
        self.s3 = client("s3")
        self.stacks = Stacks(client("cloudformation"), report)
        account_id = client("sts").get_caller_identity()["Account"]
        self.artifacts = f"clipwave-artifacts-{stage}-{account_id}"
        make_artifacts_bucket(self.s3, self.artifacts)

    def change(self, kind: str, template: Path, parameters: Mapping[str, str]) -> Change:
        """Return the change that makes a template the stage's stack of that kind."""
        declared = frozenset(_load_template(template)["Parameters"])
        given = {"Stage": self.stage, **parameters}
        values = {key: value for key, value in sorted(given.items()) if key in declared}
        inputs = [template.read_bytes(), *(f"{k}={v}".encode() for k, v in values.items())]
        return Change(
            stack=f"clipwave-{kind}-{self.stage}",
            template=self._source(template),
            parameters=values,
            declared=declared,
            digest=digest(inputs),
        )

    def bring(self, change: Change, *, anew: bool = False) -> dict[str, str]:
        """Bring a stack to a state, anew or by an update, unless it is so; return its outputs."""
        if not self.stacks.is_current(change):
            if anew:
                self.stacks.delete(change.stack)
            return self.stacks.apply(change)
        return self.stacks.outputs(change.stack)

    def upload(self, path: Path) -> str:
        """Put a file where CloudFormation finds it, and return its key."""
        return upload_artifact(self.s3, self.artifacts, path)

    def _source(self, template: Path) -> dict[str, str]:
        body = template.read_text()
        if len(body.encode()) <= MAX_TEMPLATE_BODY_BYTES:
            return {"TemplateBody": body}
        key = self.upload(template)
        return {"TemplateURL": f"https://{self.artifacts}.s3.{self.region}.amazonaws.com/{key}"}


def deploy(
    built: Built,
    *,
    stage: str,
    parameters: Mapping[str, str],
    endpoint_url: str | None,
    report: Report,
) -> Deployed:
    """Bring storage and app to what was built. Raises DeployError with the resources' reasons."""
    account = Account(stage, endpoint_url, report)
    storage = deploy_storage(account, built, parameters)
    app = deploy_app(account, built, parameters)
    return _deployed(account, storage, app)


def deploy_storage(account: Account, built: Built, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create or update buckets and queues, and return the stack's outputs."""
    return account.bring(account.change("storage", built.storage_template, parameters))


def deploy_app(account: Account, built: Built, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create or update layers, API and functions, and return the app stack's outputs.

    LocalStack can't update an API, so there the stack is made anew; the queues, which are in the
    storage stack, keep what arrives meanwhile.
    """
    code = {"ArtifactsBucket": account.artifacts, "CodeKey": account.upload(built.code)}
    given = {**parameters, **code, **_deploy_layers(account, built)}
    change = account.change("app", built.app_template, given)
    return account.bring(change, anew=account.stage == LOCAL)


def _deploy_layers(account: Account, built: Built) -> dict[str, str]:
    keys = {"ArtifactsBucket": account.artifacts}
    keys["DependenciesKey"] = account.upload(built.dependencies)
    if built.ffmpeg is not None:
        keys["FfmpegKey"] = account.upload(built.ffmpeg)
    return account.bring(account.change("layers", built.layers_template, keys))


def deploy_delivery(
    account: Account, built: Built, parameters: Mapping[str, str], api_id: str
) -> str:
    """Create or update CloudFront, on AWS, and return its domain."""
    domain = f"{api_id}.execute-api.{account.region}.amazonaws.com"
    change = account.change(
        "delivery", built.delivery_template, {**parameters, "ApiDomain": domain}
    )
    return account.stacks.apply(change)["DistributionDomain"]


def _deployed(account: Account, storage: Mapping[str, str], app: Mapping[str, str]) -> Deployed:
    api_id = app["RestAPIId"]
    local = f"{account.endpoint_url}/_aws/execute-api/{api_id}/api"
    names = {name: name.replace("-", " ").title().replace(" ", "") for name in QUEUES}
    dead = {f"{name}-dead": storage[f"{key}DeadLettersUrl"] for name, key in names.items()}
    return Deployed(
        api_id=api_id,
        api_url=local if account.stage == LOCAL else app["EndpointURL"].rstrip("/"),
        buckets={name: storage[f"{name.title()}Bucket"] for name in BUCKETS},
        queues={name: storage[f"{key}QueueUrl"] for name, key in names.items()} | dead,
        functions={"api": app["APIHandlerName"]}
        | {name: app[f"{name.title().replace('_', '')}Name"] for name in FUNCTIONS},
    )


def _load_template(path: Path) -> dict[str, Any]:
    """Return a template's contents; CloudFormation's own tags stay unread."""
    loaded: dict[str, Any] = yaml.load(path.read_text(), _TemplateLoader)  # noqa: S506
    return loaded


class _TemplateLoader(yaml.SafeLoader):
    pass


_TemplateLoader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def main() -> None:
    """Deploy to AWS from the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of any template; at first at least PublicOrigin and RedisUrl. "
        "Those not given keep their values.",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    parser.add_argument("--web", type=Path, default=ROOT / "web")
    options = parser.parse_args()
    if options.stage == LOCAL:
        sys.exit("The stage local belongs to LocalStack: use `make up`.")
    parameters = dict(pair.split("=", 1) for pair in options.parameter)
    try:
        _deploy_to_aws(options.stage, parameters, options.out, options.web)
    except (BuildError, DeployError, MigrationError) as error:
        sys.exit(str(error))


def _deploy_to_aws(stage: str, parameters: dict[str, str], out: Path, web: Path) -> None:
    """Deploy everything in order: storage, schema, app, delivery, pages.

    DATABASE_URL, in the environment and not on the command line, is migrated if it is given, and
    goes into the secret when that is made.
    """
    built = build(stage=stage, out=out, report=print)
    account = Account(stage, None, print)
    if database_url := os.environ.get("DATABASE_URL"):
        print("migrations applied:", ", ".join(migrate(database_url)) or "none")
        if account.stacks.find(f"clipwave-storage-{stage}") is None:
            parameters["DatabaseUrl"] = database_url
    storage = deploy_storage(account, built, parameters)
    app = deploy_app(account, built, parameters)
    domain = deploy_delivery(account, built, parameters, app["RestAPIId"])
    print(
        f"{publish_web(account.s3, storage['WebBucket'], web)} pages changed; see https://{domain}"
    )


if __name__ == "__main__":
    main()
