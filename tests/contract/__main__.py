"""Runs schemathesis over the whole OpenAPI document, against a stack of its own.

`make contract` runs 20,000 cases and takes a quarter of an hour; all checks are on, stateful links
followed. What no schema can say stands in schemathesis.toml.
"""

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from chalicelib.platform.limits import LimitClass
from tests.stack import running_stack

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "openapi.json"
CASES = 20_000
# More than one runs into CPython issue 106905: its AST counts recursion for all threads together.
WORKERS = "1"
# These change what the others rest on: limits, breakers, who may do what. They come last.
UNSETTLING = ("change_configuration", "roll_back", "force_breaker")
_DONE = re.compile(r"(\d+) generated")


def main() -> int:
    """Run everything, and say how many cases there were."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="at least so many")
    parser.add_argument("--examples", type=int, default=25, help="of each operation, each time")
    options = parser.parse_args()
    with running_stack(clips=4) as stack:
        failed, done, rounds = False, 0, 0
        while done < options.cases and not failed:
            rounds += 1
            for role in ("creator", "admin"):
                excluded = UNSETTLING if role == "admin" else ()
                ended, cases = _run(stack, role, options.examples, "exclude", excluded)
                failed, done = failed or ended, done + cases
                print(f"{done} cases", flush=True)
        ended, cases = _run(stack, "admin", options.examples, "include", UNSETTLING)
    print(f"{done + cases} cases in {rounds} rounds: {'failed' if failed or ended else 'passed'}")
    return int(failed or ended)


def _run(
    stack: dict[str, Any], role: str, examples: int, choice: str, operations: tuple[str, ...]
) -> tuple[bool, int]:
    """Run schemathesis as somebody; returns whether it failed, and how many cases it made."""
    _settle(stack)
    url = f"{stack['base_url']}/api/v1"
    account = stack["accounts"][role]
    chosen = [part for name in operations for part in (f"--{choice}-operation-id", name)]
    program = Path(sys.executable).with_name("st")
    command = [str(program), "--config-file", str(HERE / "schemathesis.toml"), "run", str(DOCUMENT)]
    command += ["--url", url, "--workers", WORKERS, "--max-examples", str(examples)]
    phases = "coverage,fuzzing" if choice == "include" else "coverage,fuzzing,stateful"
    command += ["--phases", phases, "--continue-on-failure", *chosen]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "CONTRACT_URL": url,
        "CONTRACT_USER": account["username"],
        "CONTRACT_PASS": account["password"],
    }
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, flush=True)
    counted = _DONE.search(done.stdout)
    return done.returncode != 0, int(counted[1]) if counted else 0


def _settle(stack: dict[str, Any]) -> None:
    """Lift the limits, and put back what an earlier run may have set."""
    values = {f"limits.{name}.max": 1_000_000 for name in LimitClass}
    with httpx.Client(base_url=f"{stack['base_url']}/api/v1", timeout=60) as http:
        http.post("/auth/login", json=stack["accounts"]["admin"]).raise_for_status()
        http.patch("/admin/config", json=values, headers={"If-Match": "*"}).raise_for_status()


if __name__ == "__main__":
    sys.exit(main())
