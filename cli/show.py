"""What is printed: tables for people, JSON for programs (`--json`)."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(highlight=False, markup=False, emoji=False)
COLOURS = {"running": "blue", "completed": "green", "failed": "red"}


def print_json(content: Any) -> None:
    click.echo(msgspec.json.format(msgspec.json.encode(content), indent=1))


def print_items(items: Iterable[Mapping[str, Any]], columns: Sequence[tuple[str, str]], *, as_json: bool) -> None:
    """`columns` are headings and dotted fields."""
    if as_json:
        print_json(list(items))
        return
    table = Table(*(heading for heading, _ in columns), box=None, pad_edge=False)
    for item in items:
        table.add_row(*(_cell(value_of(item, path)) for _, path in columns))
    console.print(table)


def print_item(item: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(item)
        return
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, value in item.items():
        table.add_row(name, _cell(value))
    console.print(table)


def value_of(item: Mapping[str, Any], path: str) -> Any:
    value: Any = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def is_terminal() -> bool:
    return sys.stdout.isatty()


def _cell(value: Any) -> Text:
    """Values are data: no markup in them means anything."""
    if value is None:
        return Text("-")
    if isinstance(value, str):
        return Text(value, style=COLOURS.get(value, ""))
    return Text(str(value) if isinstance(value, int | float) else msgspec.json.encode(value).decode())
