"""Packages the app: Chalice's template made complete, the code's zip, and the layers."""

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from infra.archives import digest, tree, write_archive
from infra.layers import (
    AWS,
    HOST,
    BuildError,
    Platform,
    Report,
    check_unpacked_size,
    dependencies_layer,
    ffmpeg_layer,
)

ROOT = Path(__file__).parents[1]
INFRA = ROOT / "infra"
LOCAL = "local"
PLAIN_TEMPLATES = ("storage", "layers", "delivery")
TOOL_TIMEOUT_SECONDS = 120
_CHALICE = [sys.executable, "-c", "from chalice.cli import main; main()"]
_CFN_LINT = [sys.executable, "-c", "from cfnlint.runner import main; main()"]


@dataclass(frozen=True)
class Package:
    """What changes with the code: the app's template and its zip."""

    template: Path
    code: Path


@dataclass(frozen=True)
class Built:
    """Everything that a deployment needs. ffmpeg and delivery only go to AWS."""

    app_template: Path
    storage_template: Path
    layers_template: Path
    delivery_template: Path
    code: Path
    dependencies: Path
    ffmpeg: Path | None


def build(*, stage: str, out: Path, report: Report) -> Built:
    """Build for a stage: "local" for this machine, any other for AWS. Nothing changed: no work.

    Raises BuildError.
    """
    platform = HOST if stage == LOCAL else AWS
    package = package_app(stage=stage, platform=platform, out=out / stage, report=report)
    dependencies = dependencies_layer(ROOT / "requirements.txt", platform, out / "layers", report)
    ffmpeg = None if stage == LOCAL else ffmpeg_layer(out / "layers", report)
    check_unpacked_size([package.code, dependencies, *([ffmpeg] if ffmpeg else [])])
    return Built(
        app_template=package.template,
        storage_template=INFRA / "storage.yaml",
        layers_template=INFRA / "layers.yaml",
        delivery_template=INFRA / "delivery.yaml",
        code=package.code,
        dependencies=dependencies,
        ffmpeg=ffmpeg,
    )


def package_app(*, stage: str, platform: Platform, out: Path, report: Report) -> Package:
    """Make the app's template and zip, unless those in `out` came from the same sources."""
    package = Package(out / "app.json", out / "code.zip")
    stamp = out / "sources.sha256"
    sources = _fingerprint(stage, platform)
    if stamp.exists() and stamp.read_text() == sources:
        return package
    report("packaging the code")
    stamp.unlink(missing_ok=True)
    staged = out / "staged"
    _stage_sources(staged)
    _run_chalice(stage, staged, out / "chalice")
    _write_template(out / "chalice" / "sam.yaml", platform, package.template)
    _write_code(staged, out / "chalice" / "deployment.zip", package.code)
    stamp.write_text(sources)
    return package


def check(out: Path) -> list[str]:
    """Return what cfn-lint has against the templates as they go to AWS; best nothing."""
    package = package_app(stage="check", platform=AWS, out=out / "check", report=print)
    templates = [package.template, *(INFRA / f"{name}.yaml" for name in PLAIN_TEMPLATES)]
    done = _run([*_CFN_LINT, "--format", "parseable", *map(str, templates)])
    return (done.stdout + done.stderr).splitlines()


def _sources() -> list[Path]:
    code = [ROOT / "app.py", *tree(ROOT / "chalicelib"), *tree(ROOT / "functions")]
    return code + sorted((ROOT / ".chalice" / "policies").glob("*.json"))


def _fingerprint(stage: str, platform: Platform) -> str:
    inputs = [
        *_sources(),
        ROOT / ".chalice" / "config.json",
        INFRA / "app.yaml",
        *INFRA.glob("*.py"),
    ]
    named = [part for path in inputs for part in (str(path).encode(), path.read_bytes())]
    return digest([stage.encode(), platform.runtime.encode(), version("chalice").encode(), *named])


def _stage_sources(staged: Path) -> None:
    """Copy what goes into the package; without requirements, so that Chalice makes no layer.

    Its own layer builder leaves out packages without wheels, says so, and succeeds.
    """
    shutil.rmtree(staged, ignore_errors=True)
    for path in [*_sources(), ROOT / ".chalice" / "config.json"]:
        target = staged / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _run_chalice(stage: str, staged: Path, out: Path) -> None:
    arguments = ["package", "--stage", stage, "--template-format", "yaml",
                 "--merge-template", str(INFRA / "app.yaml"), str(out.absolute())]  # fmt: skip
    shutil.rmtree(out, ignore_errors=True)
    done = _run(_CHALICE + arguments, cwd=staged)
    if done.returncode or not (out / "sam.yaml").exists():  # not all its failures have a code
        raise BuildError(f"chalice package failed:\n{(done.stdout + done.stderr).strip()[-4000:]}")


def _run(command: list[str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env={"AWS_DEFAULT_REGION": "us-east-1", **os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=TOOL_TIMEOUT_SECONDS,
    )


def _write_template(sam: Path, platform: Platform, path: Path) -> None:
    """Complete Chalice's template: it always names the Python version that ran it."""
    template: dict[str, Any] = yaml.safe_load(sam.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Runtime"] = platform.runtime
    path.write_text(json.dumps(template, separators=(",", ":"), sort_keys=True))


def _write_code(staged: Path, deployment: Path, path: Path) -> None:
    """Add functions/, which Chalice doesn't package, and make the zip the same every time."""
    unpacked = deployment.with_suffix("")
    shutil.rmtree(unpacked, ignore_errors=True)
    shutil.unpack_archive(deployment, unpacked)
    shutil.copytree(staged / "functions", unpacked / "functions")
    write_archive(path, [(str(file.relative_to(unpacked)), file) for file in tree(unpacked)])


def main() -> None:
    """Build from the command line, or lint the templates with --check."""
    parser = argparse.ArgumentParser(prog="python -m infra.build", description=__doc__)
    parser.add_argument("--stage", default=LOCAL)
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    parser.add_argument("--check", action="store_true", help="only lint the templates for AWS")
    options = parser.parse_args()
    if options.check:
        findings = check(options.out)
        sys.exit("\n".join(findings) or None)
    try:
        built = build(stage=options.stage, out=options.out, report=print)
    except BuildError as error:
        sys.exit(str(error))
    print(f"built {built.app_template}, {built.code} and {built.dependencies}")


if __name__ == "__main__":
    main()
