"""Runs: start one and watch it to its end, read a log, ask to stop."""

import sys
import time
import uuid
from typing import Any

import click
from rich.progress import BarColumn, Progress, TextColumn

from cli.client import Api, ApiError, Item
from cli.definitions import as_json
from cli.show import console, is_terminal, print_item, print_items, print_json

COLUMNS = [("ID", "id"), ("JOB", "request.job"), ("ENVIRONMENT", "environment_id"), ("STATUS", "status"),
           ("PROGRESS", "progress"), ("OUTCOME", "result_summary.outcome"), ("STARTED", "started_at"),
           ("BY", "executed_by")]  # fmt: skip
LEVELS = click.Choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], case_sensitive=False)
AWAY_FOR_S = 2.0
FAILED, ENDED_BY_SIGNAL = 1, 128


@click.group()
def runs() -> None:
    """Executions: list, show."""


@runs.command("list")
@click.option("--job", type=int, help="only those of this job")
@click.option("--env", help="only those on this environment")
@click.option("--status", type=click.Choice(["running", "completed", "failed"]))
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@as_json
@click.pass_obj
def list_runs(api: Api, job: int | None, env: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """List executions, the newest first."""
    page = api.get("/migration-executions", job_id=job, environment_id=env, status=status, limit=limit)
    print_items(page["items"], COLUMNS, as_json=as_json)


@runs.command("show")
@click.argument("run", type=int)
@as_json
@click.pass_obj
def show_run(api: Api, run: int, as_json: bool) -> None:
    """Show an execution."""
    print_item(api.get(f"/migration-executions/{run}"), as_json=as_json)


@click.command()
@click.argument("job", type=int)
@click.option("--env", required=True, help="the environment to run it on")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="a value for this run; NAME= leaves it out")
@click.option("--by", help="who runs it; the token's name, where there is a token")
@click.option("--key", help="an Idempotency-Key: the same key starts nothing twice  [default: a new one]")
@click.option("--follow", is_flag=True, help="watch it to its end; exit with its exit status")
@as_json
@click.pass_obj
def run(  # noqa: PLR0913, PLR0917 - an argument for each option
    api: Api, job: int, env: str, given: tuple[str, ...], by: str | None, key: str | None, follow: bool, as_json: bool
) -> None:
    """Execute a job on an environment."""
    body = {"environment_id": env, "parameters": _values(api, job, given), "executed_by": by}
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    execution = _until_answered(lambda: api.call("POST", f"/migration-jobs/{job}/execute", body, headers=headers))
    if not follow:
        print_item(execution, as_json=as_json)
        return
    sys.exit(_follow(api, execution["id"], as_json=as_json))


@click.command()
@click.argument("job", type=int)
@click.option("--env", help="the environment to run it on")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="a value; NAME= leaves it out")
@as_json
@click.pass_obj
def preview(api: Api, job: int, env: str | None, given: tuple[str, ...], as_json: bool) -> None:
    """Show the exact command, or everything that is wrong; nothing runs."""
    body = {"parameters": _values(api, job, given), **({"environment_id": env} if env else {})}
    shown = api.call("POST", f"/migration-jobs/{job}/preview", body)
    if as_json:
        print_json(shown)
    elif shown["command"] is not None:
        click.echo(shown["command"])
    if shown["errors"]:
        raise ApiError(422, {"detail": "it cannot be run so", "errors": [] if as_json else shown["errors"]})


@click.command()
@click.argument("run", type=int)
@click.option("--follow", is_flag=True, help="go on until it has ended")
@click.option("--tail", type=click.IntRange(1), help="only this many lines from the end")
@click.option("--grep", "q", help="only lines that contain this")
@click.option("--level", type=LEVELS, help="lines of this level and above")
@as_json
@click.pass_obj
def logs(api: Api, run: int, follow: bool, tail: int | None, q: str | None, level: str | None, as_json: bool) -> None:
    """Print the log of an execution."""
    after = 0
    if tail is not None:
        page = _page(api, run, tail=tail, q=q, level=level)
        after = _print_lines(page, as_json=as_json)
    while tail is None or follow:
        page = _until_answered(lambda after=after: _page(api, run, after=after, limit=5000, q=q, level=level))
        went_on = page["next_after"] > after
        after = _print_lines(page, as_json=as_json)
        if not went_on and (page["log_complete"] or not follow):
            return
        if not went_on:
            time.sleep(1)


@click.command()
@click.argument("run", type=int)
@as_json
@click.pass_obj
def cancel(api: Api, run: int, as_json: bool) -> None:
    """Ask to stop an execution; it says itself when that is confirmed."""
    print_item(api.call("POST", f"/migration-executions/{run}/cancel"), as_json=as_json)


def _follow(api: Api, run: int, *, as_json: bool) -> int:
    """The exit status: the script's, or 1 where it has none."""
    columns = (TextColumn("{task.fields[status]}"), BarColumn(), TextColumn("{task.fields[said]}"))
    with Progress(*columns, console=console, transient=True, disable=as_json or not is_terminal()) as progress:
        bar = progress.add_task("", total=100, status="", said="")
        after = 0
        while True:
            execution = _until_answered(lambda: api.get(f"/migration-executions/{run}"))
            page = _until_answered(lambda after=after: _page(api, run, after=after, limit=5000))
            said = f"{execution['progress']} % {execution['progress_message'] or ''}"
            progress.update(bar, completed=execution["progress"], status=execution["status"], said=said)
            went_on = page["next_after"] > after
            after = _print_lines(page, as_json=as_json)
            if execution["status"] != "running" and page["log_complete"] and not went_on:
                break
            if not went_on:
                time.sleep(execution["poll_after_ms"] / 1000)
    return _ended(execution, as_json=as_json)


def _ended(execution: Item, *, as_json: bool) -> int:
    summary = execution["result_summary"]
    if as_json:
        print_json(execution)
    else:
        reason = f": {summary['reason']}" if summary["reason"] else ""
        click.echo(f"execution {execution['id']} {execution['status']} ({summary['outcome']}){reason}", err=True)
    if execution["status"] == "completed":
        return 0
    return int(summary["exit_status"] or FAILED)


def _page(api: Api, run: int, **query: Any) -> Item:
    page: Item = api.get(f"/migration-executions/{run}/logs", **query)
    return page


def _print_lines(page: Item, *, as_json: bool) -> int:
    for line in page["items"]:
        if as_json:
            print_json(line)
        elif is_terminal():
            console.print(line["message"], soft_wrap=True)
        else:
            click.echo(line["message"])
    return int(page["next_after"])


def _until_answered(call: Any) -> Any:
    """A gateway that is away for a while ends nothing: the run goes on, and so does who watches it."""
    told = False
    while True:
        try:
            return call()
        except ApiError as error:
            if not error.is_away:
                raise
            if not told:
                click.echo(f"{error.message}; trying again", err=True)
            told = True
            time.sleep(AWAY_FOR_S)


def _values(api: Api, job: int, given: tuple[str, ...]) -> Item:
    """By the types that the job's source declares; what is no number stays a text, and the API says what is wrong."""
    if not given:
        return {}
    source_id = api.get(f"/migration-jobs/{job}")["source_id"]
    types = {one["name"]: one["type"] for one in api.get(f"/migration-sources/{source_id}")["parameters"]}
    values: Item = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
        values[name] = _value(types.get(name, "string"), value)
    return values


def _value(kind: str, text: str) -> Any:
    if text == "":
        return None
    if kind == "boolean" and text.lower() in ("true", "false", "yes", "no"):
        return text.lower() in ("true", "yes")
    if kind in ("integer", "number"):
        for convert in (int, float):
            try:
                return convert(text)
            except ValueError:
                continue
    return text
