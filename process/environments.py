"""The environments file: one table for each MedPro environment on which migrations run.

Catalog reads it for names, limits and rules, the executor for how to get there. It holds no secret itself: only
where the executor finds them.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from process.settings import SettingsError

ENVIRONMENT_ID = re.compile(r"[a-z0-9_-]{1,100}")
Positive = Annotated[int, Meta(gt=0)]


class SecretPlace(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the executor finds a secret's value: exactly one of a file and a variable of its own environment."""

    file: str | None = None
    variable: str | None = None


class Environment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    display_name: str = ""
    host: str
    port: Annotated[int, Meta(ge=1, le=65535)] = 22
    username: str
    client_key: str
    known_hosts: str
    run_directory: str = ".medpro/runs"
    max_concurrent: Positive = 20
    connect_timeout_s: Annotated[float, Meta(gt=0)] = 120
    max_duration_s: Annotated[float, Meta(gt=0)] | None = None
    max_log_bytes: Positive = 1024**3
    script_directories: list[str] = []
    colour: str | None = None
    protected: bool = False
    secrets: dict[str, SecretPlace] = {}


Environments = dict[str, Environment]


def read_environments(path: Path) -> Environments:
    """Raises SettingsError with the file, the table and the key that are wrong. Relative key paths are the file's."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read the environments file {path}: {error}") from error
    return {name: _environment(path, name, table) for name, table in tables.items()}


def _environment(path: Path, name: str, table: object) -> Environment:
    if not ENVIRONMENT_ID.fullmatch(name):
        raise SettingsError(f"{path}: the environment id {name!r} may only have 1 to 100 of a-z, 0-9, _ and -")
    try:
        environment = msgspec.convert(table, Environment)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: [{name}]: {error}") from error
    for secret, place in environment.secrets.items():
        if (place.file is None) == (place.variable is None):
            raise SettingsError(f"{path}: [{name}.secrets]: {secret} needs either file or variable")
    return msgspec.structs.replace(
        environment,
        display_name=environment.display_name or name,
        client_key=str(path.parent / environment.client_key),
        known_hosts=str(path.parent / environment.known_hosts),
        secrets={
            secret: SecretPlace(file=str(path.parent / place.file)) if place.file else place
            for secret, place in environment.secrets.items()
        },
    )
