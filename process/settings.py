"""Settings: a frozen dataclass per service, read once from the `MEDPRO_*` environment variables.

A field `database_url` reads `MEDPRO_DATABASE_URL`. Unknown variables are ignored; a wrong value ends the process
with a message that names the variable.
"""

import dataclasses
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

S = TypeVar("S")


class SettingsError(Exception):
    """A variable's value cannot be used; the message names the variable."""


def read_settings(kind: type[S], variables: Mapping[str, str] = os.environ) -> S:
    """Raises SettingsError. An empty variable counts as not set."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # every settings class is a dataclass
        variable = f"MEDPRO_{field.name.upper()}"
        if text := variables.get(variable):
            values[field.name] = _convert(variable, text, hints[field.name])
    return kind(**values)


def settings_or_exit(kind: type[S]) -> S:
    try:
        return read_settings(kind)
    except SettingsError as error:
        sys.exit(f"medpro: {error}")


def _convert(variable: str, text: str, hint: Any) -> Any:
    wanted = next((part for part in get_args(hint) if part is not type(None)), hint)
    if hint == tuple[str, ...]:
        return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)
    if wanted is Path:
        return Path(text)
    if wanted in (int, float):
        try:
            number = wanted(text)
        except ValueError:
            raise SettingsError(f"{variable} must be a number, not {text!r}") from None
        if number < 0:
            raise SettingsError(f"{variable} must not be negative")
        return number
    return text
