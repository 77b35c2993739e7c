"""`python -m infra.operate`: what operators do, over the admin API of a stack.

It signs in as the administrator of `.local/stack.json`, or with `--base-url` as the one whose name
and password are in CLIPWAVE_ADMIN_USER and CLIPWAVE_ADMIN_PASSWORD.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

STACK = Path(".local/stack.json")
ASK_EVERY_SECONDS = 1.0
MOST_AT_ONCE = 1000  # messages that one call sends again

console = Console(highlight=False)


class OperatorError(Exception):
    """A command can't be done; the message says why and what to do."""


@dataclass(frozen=True)
class Api:
    """The admin API, as an administrator."""

    http: httpx.Client

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return an answer's JSON. Raises OperatorError with the problem's own words."""
        try:
            answer = self.http.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise OperatorError(f"{self.http.base_url} doesn't answer: {reason}") from error
        if answer.is_success:
            return answer.json()
        try:
            problem = answer.json()
            wrong = "; ".join(
                f"{one['pointer']}: {one['detail']}" for one in problem.get("errors", ())
            )
            raise OperatorError(f"{problem['title']}: {wrong or problem['detail']}")
        except (ValueError, KeyError, TypeError) as error:
            raise OperatorError(f"{path} answered {answer.status_code}") from error


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns 0, or 1 with the reason on one line."""
    options = _parse(arguments)
    try:
        work: Callable[[Api, argparse.Namespace], int] = options.work
        return work(_sign_in(options.base_url), options)
    except OperatorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _sign_in(base_url: str | None) -> Api:
    if base_url is None:
        try:
            stack = json.loads(STACK.read_text())
        except FileNotFoundError as error:
            hint = "start one with `make up`, or name one with --base-url"
            raise OperatorError(f"there is no {STACK}: {hint}") from error
        base_url, account = str(stack["base_url"]), stack["accounts"]["admin"]
    else:
        names = ("CLIPWAVE_ADMIN_USER", "CLIPWAVE_ADMIN_PASSWORD")
        if missing := [name for name in names if not os.environ.get(name)]:
            raise OperatorError(f"{' and '.join(missing)} must be set: who signs in?")
        account = dict(zip(("username", "password"), (os.environ[n] for n in names), strict=True))
    api = Api(httpx.Client(base_url=f"{base_url.rstrip('/')}/api/v1", timeout=60))
    api.call("POST", "/auth/login", account)
    return api


def _health(api: Api, options: argparse.Namespace) -> int:
    """Show how everything in the background is; 1 where somebody should look."""
    found = api.call("GET", "/admin/health")
    queues = Table("queue", "waiting", "in work", "dead")
    for name, one in found["queues"].items():
        dead = one["dead_letters"]
        shown = f"[red]{dead}[/]" if dead else str(dead)
        queues.add_row(name, str(one["depth"]), str(one["in_flight"]), shown)
    console.print(queues)
    breakers = Table("breaker", "state", "made so by hand")
    for name, one in found["breakers"].items():
        breakers.add_row(name, one["state"], "" if one["forced"] == "auto" else one["forced"])
    console.print(breakers)
    jobs = Table("job", "last done")
    for name, at in found["last_jobs"].items():
        jobs.add_row(name, at or "never")
    console.print(jobs)
    console.print(f"outbox: {found['outbox_waiting']} waiting; lags: {found['lags']}")
    dead = any(one["dead_letters"] for one in found["queues"].values())
    return int(dead or any(one["state"] != "closed" for one in found["breakers"].values()))


def _list_dead(api: Api, options: argparse.Namespace) -> int:
    """Show some of a queue's dead letters."""
    for one in api.call("GET", f"/admin/dlq/{options.queue}")["items"]:
        why = one["code"] or f"failed {one['receive_count']} times"
        console.print(f"{one['sent_at']}  {why}  {one['body']}", markup=False)
    return 0


def _redrive(api: Api, options: argparse.Namespace) -> int:
    """Send all of a queue's dead letters to it again."""
    total = 0
    with console.status(f"sending {options.queue}'s dead letters again"):
        while True:
            sent = api.call("POST", f"/admin/dlq/{options.queue}/redrive", {})["redriven"]
            total += sent
            if sent < MOST_AT_ONCE:
                break
    console.print(f"{total} sent again")
    return 0


def _breaker(api: Api, options: argparse.Namespace) -> int:
    """Open or close a breaker by hand, or leave it to itself again."""
    found = api.call("POST", f"/admin/breakers/{options.name}", {"state": options.state})
    console.print(f"{options.name} is {found['state']}, {found['forced']}")
    return 0


def _run_job(api: Api, options: argparse.Namespace) -> int:
    """Start a job; with --wait, follow it to its end."""
    body = {"dry_run": options.dry_run, "params": dict(options.param)}
    path = f"/admin/jobs/{options.name}"
    job = api.call("POST", path, body, **{"X-Idempotency-Key": uuid4().hex})
    if options.wait:
        job = _follow(api, job)
    console.print_json(data={"id": job["id"], "state": job["state"], "result": job["result"]})
    if job["state"] == "failed":
        raise OperatorError(f"job {job['id']} failed: {job['error']}")
    return 0


def _follow(api: Api, job: Any) -> Any:
    with Progress(console=console) as progress:
        bar = progress.add_task(job["name"], total=100)
        while job["state"] in ("queued", "running"):
            time.sleep(ASK_EVERY_SECONDS)
            job = api.call("GET", f"/admin/jobs/{job['id']}")
            progress.update(
                bar, completed=job["percent"], description=f"{job['name']} {job['state']}"
            )
    return job


def _verify_audit(api: Api, options: argparse.Namespace) -> int:
    """Walk along the log of the staff's deeds; 1 where it isn't as it was written."""
    found = api.call("GET", "/admin/audit/verify")
    if not found["ok"]:
        broken = found["first_broken"]
        raise OperatorError(f"entry {broken['seq']} is broken: {broken['problem']}")
    console.print(f"{found['checked']} entries and {found['seals']} seals are as they were written")
    return 0


def _get_config(api: Api, options: argparse.Namespace) -> int:
    """Show the settings, or one of them."""
    values = api.call("GET", "/admin/config")["values"]
    if options.key and options.key not in values:
        raise OperatorError(f"there is no setting {options.key}; `config get` lists all")
    console.print_json(data=values[options.key] if options.key else values)
    return 0


def _set_config(api: Api, options: argparse.Namespace) -> int:
    """Set keys; a value is JSON, or else a text, and null gives back the default."""
    body = {**dict(options.pair), "reason": options.reason}
    version = api.call("GET", "/admin/config")["version"]
    made = api.call("PATCH", "/admin/config", body, **{"If-Match": f'"{version}"'})
    console.print(f"version {made['version']} is in force everywhere within 30 seconds")
    return 0


def _show_history(api: Api, options: argparse.Namespace) -> int:
    """Show what was changed when, by whom and why."""
    for one in api.call("GET", "/admin/config/history")["items"]:
        by = one["changed_by"] or "nobody"
        console.print(f"{one['version']}  {one['changed_at']}  {by}  {one['reason']}", markup=False)
    return 0


def _roll_back(api: Api, options: argparse.Namespace) -> int:
    """Put an earlier version's settings in force again."""
    body = {"version": options.version, "reason": options.reason}
    made = api.call("POST", "/admin/config/rollback", body)
    console.print(f"version {made['version']} has the settings of version {options.version}")
    return 0


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"write it as key=value, not {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m infra.operate", description=__doc__)
    parser.add_argument("--base-url", help="a stack other than the local one, as https://…")
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(within: Any, name: str, work: Callable[..., int]) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = within.add_parser(name, help=work.__doc__)
        made.set_defaults(work=work)
        return made

    command(commands, "health", _health)
    dead = commands.add_parser("dlq", help="dead letters").add_subparsers(required=True)
    command(dead, "list", _list_dead).add_argument("queue")
    command(dead, "redrive", _redrive).add_argument("queue")
    breaker = command(commands, "breaker", _breaker)
    breaker.add_argument("name")
    breaker.add_argument("state", choices=("open", "closed", "auto"))
    jobs = commands.add_parser("job", help="jobs").add_subparsers(required=True)
    job = command(jobs, "run", _run_job)
    job.add_argument("name")
    job.add_argument("--dry-run", action="store_true", help="only say what it would do")
    job.add_argument("--param", action="append", type=_pair, default=[], metavar="KEY=VALUE")
    job.add_argument("--wait", action="store_true", help="follow it to its end")
    audit = commands.add_parser("audit", help="the staff's log").add_subparsers(required=True)
    command(audit, "verify", _verify_audit)
    _parse_config(
        commands.add_parser("config", help="settings").add_subparsers(required=True), command
    )
    return parser.parse_args(arguments)


def _parse_config(commands: Any, command: Callable[..., argparse.ArgumentParser]) -> None:
    command(commands, "get", _get_config).add_argument("key", nargs="?")
    setting = command(commands, "set", _set_config)
    setting.add_argument("pair", nargs="+", type=_pair, metavar="KEY=VALUE")
    setting.add_argument("--reason", required=True)
    command(commands, "history", _show_history)
    back = command(commands, "rollback", _roll_back)
    back.add_argument("version", type=int)
    back.add_argument("--reason", required=True)


if __name__ == "__main__":
    sys.exit(main())
