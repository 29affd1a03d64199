"""Sources and jobs: list, show, create, edit, delete; and all of them as one file."""

from pathlib import Path
from typing import Any

import click
import yaml

from cli.client import Api, ApiError, Item
from cli.show import print_item, print_items

SOURCE_COLUMNS = [("ID", "id"), ("NAME", "name"), ("DISPLAY NAME", "display_name"), ("SCRIPT", "script_path"),
                  ("JOBS", "job_count"), ("ACTIVE", "is_active")]  # fmt: skip
JOB_COLUMNS = [("ID", "id"), ("NAME", "name"), ("SOURCE", "source_id"), ("LAST", "last_execution.status"),
               ("ON", "last_execution.environment_id"), ("ACTIVE", "is_active")]  # fmt: skip
KEPT_OF_SOURCE = ("name", "display_name", "description", "script_path", "parameters", "is_active")
KEPT_OF_JOB = ("name", "description", "parameters", "is_active")
as_json = click.option("--json", "as_json", is_flag=True, help="print JSON")
Content = click.argument("file", type=click.File("r", encoding="utf-8"))


def group(name: str, collection: str, columns: list[tuple[str, str]], what: str) -> click.Group:
    """The five commands of a collection."""

    @click.group(name, help=f"{what}: list, show, create, edit, delete.")
    def commands() -> None:
        pass

    @commands.command("list")
    @click.option("--q", help="only those whose name contains this")
    @click.option("--inactive", is_flag=True, help="deactivated ones too")
    @as_json
    @click.pass_obj
    def list_all(api: Api, q: str | None, inactive: bool, as_json: bool) -> None:
        """List them."""
        print_items(api.pages(collection, q=q, include_inactive=inactive), columns, as_json=as_json)

    @commands.command()
    @click.argument("identity", metavar="ID", type=int)
    @as_json
    @click.pass_obj
    def show(api: Api, identity: int, as_json: bool) -> None:
        """Show one."""
        print_item(api.get(f"{collection}/{identity}"), as_json=as_json)

    @commands.command()
    @Content
    @as_json
    @click.pass_obj
    def create(api: Api, file: Any, as_json: bool) -> None:
        """Create one from a YAML or JSON file (`-`: standard input)."""
        print_item(api.call("POST", collection, _content(file)), as_json=as_json)

    @commands.command()
    @click.argument("identity", metavar="ID", type=int)
    @Content
    @as_json
    @click.pass_obj
    def edit(api: Api, identity: int, file: Any, as_json: bool) -> None:
        """Change the fields that a YAML or JSON file has (`-`: standard input)."""
        print_item(api.call("PUT", f"{collection}/{identity}", _content(file)), as_json=as_json)

    @commands.command()
    @click.argument("identity", metavar="ID", type=int)
    @click.pass_obj
    def delete(api: Api, identity: int) -> None:
        """Remove one, or deactivate it where something refers to it."""
        api.call("DELETE", f"{collection}/{identity}")

    return commands


sources = group("sources", "/migration-sources", SOURCE_COLUMNS, "Migration sources")
jobs = group("jobs", "/migration-jobs", JOB_COLUMNS, "Migration jobs")


@click.command("export")
@click.pass_obj
def export_all(api: Api) -> None:
    """Print all sources and jobs as one YAML file."""
    names = {source["id"]: source["name"] for source in api.pages("/migration-sources", include_inactive=True)}
    content = {
        "sources": [
            {name: source[name] for name in KEPT_OF_SOURCE}
            for source in api.pages("/migration-sources", include_inactive=True)
        ],
        "jobs": [
            {"source": names[job["source_id"]], **{name: job[name] for name in KEPT_OF_JOB}}
            for job in api.pages("/migration-jobs", include_inactive=True)
        ],
    }
    click.echo(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), nl=False)


@click.command("import")
@Content
@click.pass_obj
def import_all(api: Api, file: Any) -> None:
    """Create or change what a file of `medpro export` has; twice changes nothing more. Nothing is removed.

    Sources are known by their name, jobs by their source and name.
    """
    content = _content(file)
    ids: dict[str, int] = {}
    for wanted in content.get("sources", []):
        found = next((one for one in api.pages("/migration-sources", include_inactive=True, q=wanted["name"])
                      if one["name"] == wanted["name"]), None)  # fmt: skip
        ids[wanted["name"]] = _put(api, "/migration-sources", "source", found, wanted)
    for wanted in content.get("jobs", []):
        source = wanted.pop("source", None)
        if source not in ids:
            raise click.ClickException(f"job {wanted.get('name')!r}: the file has no source {source!r}")
        listed = api.pages("/migration-jobs", include_inactive=True, source_id=ids[source], q=wanted["name"])
        found = next((one for one in listed if one["name"] == wanted["name"]), None)
        _put(api, "/migration-jobs", "job", found, {**wanted, "source_id": ids[source]})


def _put(api: Api, collection: str, what: str, found: Item | None, wanted: Item) -> int:
    name = wanted["name"]
    try:
        if found is None:
            made = api.call("POST", collection, wanted)
            click.echo(f"{what} {name}: created")
            return int(made["id"])
        changed = {field: value for field, value in wanted.items() if found.get(field) != value}
        if changed:
            api.call("PUT", f"{collection}/{found['id']}", changed)
        click.echo(f"{what} {name}: {'changed' if changed else 'as it is'}")
        return int(found["id"])
    except ApiError as error:
        raise ApiError(error.status, {**error.problem, "detail": f"{what} {name}: {error.message}"}) from error


def _content(file: Any) -> Item:
    try:
        content = yaml.safe_load(Path(file.name).read_text(encoding="utf-8") if file.name != "<stdin>" else file.read())
    except yaml.YAMLError as error:
        raise click.ClickException(f"{file.name} is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise click.ClickException(f"{file.name} has no fields")
    return content
