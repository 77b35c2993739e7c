"""Deploys a build, by the same templates to LocalStack and to AWS."""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from chalicelib.platform.signing import EDGE_PURPOSE, MEDIA_PURPOSE, Signer
from infra.account import Account
from infra.build import LOCAL, ROOT, Built, build
from infra.layers import BuildError
from infra.migrate import MigrationError, migrate
from infra.publish import publish_web
from infra.stacks import DeployError, Report
from infra.web import WebBuildFailed, build_web

BUCKETS = ("uploads", "media", "web", "audit", "archive")
QUEUES = (
    "uploads",
    "fast",
    "transcode",
    "background",
    "job-events",
    "finish",
    "feeds",
    "admin-jobs",
    "watch-events",
)
FUNCTIONS = (
    "ingest_upload",
    "transcode",
    "on_job_event",
    "finish_video",
    "sweep",
    "tend_feed",
    "roll_up",
    "run_job",
    "prepare_feeds",
    "take_in_events",
)


@dataclass(frozen=True)
class Deployed:
    """Where things are: buckets by purpose, queue URLs and functions by their plain names.

    A queue's dead letters are under its name and "-dead".
    """

    api_id: str
    api_url: str
    buckets: dict[str, str]
    queues: dict[str, str]
    functions: dict[str, str]


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
    return describe(account, storage, deploy_app(account, built, parameters))


def deploy_storage(account: Account, built: Built, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create or update buckets and queues, and return the stack's outputs."""
    return account.bring("storage", built.storage_template, parameters)


def deploy_app(account: Account, built: Built, parameters: Mapping[str, str]) -> dict[str, str]:
    """Create or update layers, API and functions, and return the app stack's outputs.

    LocalStack can't update an API, so there the stack is made anew; the queues, which are in the
    storage stack, keep what arrives meanwhile.
    """
    code = {"ArtifactsBucket": account.artifacts, "CodeKey": account.upload(built.code)}
    layers = account.bring("layers", built.layers_template, _upload_layers(account, built))
    return account.bring("app", built.app_template, {**parameters, **code, **layers}, anew=True)


def deploy_delivery(
    account: Account, built: Built, parameters: Mapping[str, str], api_id: str
) -> str:
    """Create or update CloudFront, on AWS, and return its domain."""
    domain = f"{api_id}.execute-api.{account.region}.amazonaws.com"
    signer = _signer(account)
    edge_key = signer.key_for(EDGE_PURPOSE).hex()
    given = {**parameters, "ApiDomain": domain, "EdgeKey": edge_key}
    with _media_key(account, signer) as source:
        given["MediaKeySource"] = source
        return account.bring("delivery", built.delivery_template, given)["DistributionDomain"]


def _signer(account: Account) -> Signer:
    secret = account.client("secretsmanager").get_secret_value(SecretId=f"clipwave-{account.stage}")
    return Signer(json.loads(secret["SecretString"])["signing_secret"].encode)


@contextmanager
def _media_key(account: Account, signer: Signer) -> Iterator[str]:
    """Put the key of signed paths where CloudFront's store can read it once; yield its ARN."""
    entry = {"key": MEDIA_PURPOSE, "value": signer.key_for(MEDIA_PURPOSE).hex()}
    place = {"Bucket": account.artifacts, "Key": "media-key.json"}
    account.s3.put_object(**place, Body=json.dumps({"data": [entry]}).encode())
    try:
        yield "arn:aws:s3:::{Bucket}/{Key}".format(**place)
    finally:
        account.s3.delete_object(**place)


def describe(account: Account, storage: Mapping[str, str], app: Mapping[str, str]) -> Deployed:
    """Return where things are, from the outputs of both stacks."""
    api_id = app["RestAPIId"]
    local = f"{account.endpoint_url}/_aws/execute-api/{api_id}/api"
    outputs = {name: name.title().replace("-", "").replace("_", "") for name in QUEUES + FUNCTIONS}
    queues = {name: storage[f"{outputs[name]}QueueUrl"] for name in QUEUES}
    dead = {f"{name}-dead": storage[f"{outputs[name]}DeadLettersUrl"] for name in QUEUES}
    functions = {name: app[f"{outputs[name]}Name"] for name in FUNCTIONS}
    return Deployed(
        api_id=api_id,
        api_url=local if account.is_local else app["EndpointURL"].rstrip("/"),
        buckets={name: storage[f"{name.title()}Bucket"] for name in BUCKETS},
        queues=queues | dead,
        functions={"api": app["APIHandlerName"], **functions},
    )


def _upload_layers(account: Account, built: Built) -> dict[str, str]:
    keys = {"ArtifactsBucket": account.artifacts}
    keys["DependenciesKey"] = account.upload(built.dependencies)
    if built.ffmpeg is not None:
        keys["FfmpegKey"] = account.upload(built.ffmpeg)
    return keys


def main() -> None:
    """Deploy to AWS from the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    parser.add_argument("--stage", required=True)
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=_parameter,
        metavar="NAME=VALUE",
        help="a parameter of any template, at first at least PublicOrigin and RedisUrl; "
        "those not given keep their values",
    )
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    options = parser.parse_args()
    if options.stage == LOCAL:
        sys.exit("The stage local belongs to LocalStack: use `make up`.")
    try:
        _deploy_to_aws(options.stage, dict(options.parameter), options.out)
    except (BuildError, DeployError, MigrationError, WebBuildFailed) as error:
        sys.exit(str(error))


def _parameter(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, not {text!r}")
    return name, value


def _deploy_to_aws(stage: str, parameters: dict[str, str], out: Path) -> None:
    """Deploy everything in order: schema, storage, app, delivery, pages.

    DATABASE_URL is read from the environment, not from the command line: it is migrated if given,
    and goes into the secret when that is made.
    """
    built = build(stage=stage, out=out, report=print)
    site = build_web(print)
    account = Account(stage, None, print)
    if database_url := os.environ.get("DATABASE_URL"):
        print("migrations applied:", ", ".join(migrate(database_url)) or "none")
        if account.stacks.find(f"clipwave-storage-{stage}") is None:
            parameters["DatabaseUrl"] = database_url
    storage = deploy_storage(account, built, parameters)
    app = deploy_app(account, built, parameters)
    domain = deploy_delivery(account, built, parameters, app["RestAPIId"])
    pages = publish_web(account.s3, storage["WebBucket"], site)
    print(f"{pages} files of the site changed; CloudFront serves it at https://{domain}")


if __name__ == "__main__":
    main()
