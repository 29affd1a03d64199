"""The command: from definitions and values to an argument list. Nothing here or later parses a value again."""

import shlex
from dataclasses import dataclass, field

from proto.api import Parameter, Value, Values
from services.catalog.parameters import passed_by_environment

MASK = "********"


@dataclass(frozen=True)
class Command:
    """Arguments in the order of the definitions; `secrets` maps a variable to the name of a secret."""

    arguments: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


def build_command(definitions: list[Parameter], values: Values) -> Command:
    """`values` are effective and checked: what is empty is left out, and so is a flag that is false."""
    command = Command()
    for definition in definitions:
        value = values.get(definition.name)
        if value is None:
            continue
        if definition.type == "secret":
            command.secrets[definition.name] = str(value)
        elif passed_by_environment(definition):
            command.environment[definition.name] = _text(value)
        else:
            command.arguments.extend(_arguments(definition, value))
    return command


def display(script_path: str, command: Command) -> str:
    """As one would type it into a shell, secrets masked."""
    variables = [f"{name}={shlex.quote(value)}" for name, value in command.environment.items()]
    variables += [f"{name}={MASK}" for name in command.secrets]
    return " ".join([*variables, shlex.quote(script_path), *map(_quote_argument, command.arguments)])


def _arguments(definition: Parameter, value: Value) -> list[str]:
    flag = f"--{definition.name}" if definition.flag is None else definition.flag
    if not flag:
        return [_text(value)]
    if value is True:
        return [flag]
    if value is False:
        return []
    return [f"{flag}={_text(value)}"] if flag.startswith("--") else [flag, _text(value)]


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quote_argument(argument: str) -> str:
    """`--name='two words'` reads better than `'--name=two words'` and means the same."""
    flag, equals, value = argument.partition("=")
    if equals and flag.startswith("--") and shlex.quote(flag) == flag:
        return f"{flag}={shlex.quote(value)}"
    return shlex.quote(argument)
