"""Values of an environment's secrets. The executor alone reads them, when a script is about to start."""

import os
from collections.abc import Mapping
from pathlib import Path

from process.environments import Environment, SecretPlace
from services.executor.errors import HostRefused


def read_secrets(environment: Environment, wanted: Mapping[str, str]) -> dict[str, str]:
    """Variable → value for variable → name of a secret. Raises HostRefused, naming the secret, never its value."""
    return {variable: _read(environment.secrets.get(name), name) for variable, name in wanted.items()}


def _read(place: SecretPlace | None, name: str) -> str:
    if place is None:
        raise HostRefused(f"the environment has no secret {name}")
    value = os.environ.get(place.variable) if place.variable else None
    if place.file:
        try:
            value = Path(place.file).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            value = None
    if not value or "\0" in value:
        raise HostRefused(f"the value of the secret {name} cannot be read by the executor")
    return value
