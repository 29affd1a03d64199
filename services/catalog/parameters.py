"""Parameters: what a source may declare and which values fit. Pure; every function returns all errors at once."""

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from proto.api import Parameter, Value, Values
from proto.problems import FieldError

MAX_PARAMETERS = 100
MAX_VALUE_BYTES = 64 * 1024
MAX_TOGETHER_BYTES = 256 * 1024  # so that whatever is stored also fits into a reply
MAX_SHOWN = 200
MAX_INTEGER = 2**63 - 1
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
FLAG = re.compile(r"--?[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
SECRET_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
# What the script's interpreter or the launcher itself would react to.
RESERVED = re.compile(
    r"MEDPRO_.*|LD_.*|BASH_.*|PYTHON.*|PERL.*|NODE_.*|PATH|HOME|SHELL|IFS|ENV|USER|LOGNAME|PWD|OPT(?:IND|ARG|ERR)|LINENO|RANDOM|SECONDS|_|PS[124]|E?UID|PPID|GROUPS|SHELLOPTS|BASHOPTS"
)


def check_definitions(definitions: list[Parameter]) -> list[FieldError]:
    """Errors named `parameters.<index>.<field>`."""
    errors: list[FieldError] = []
    if len(definitions) > MAX_PARAMETERS:
        errors.append(FieldError("parameters", "too_many", f"has more than {MAX_PARAMETERS} definitions"))
    errors += check_together(definitions)
    seen: set[str] = set()
    for index, definition in enumerate(definitions[:MAX_PARAMETERS]):
        found = _definition_errors(definition)
        if definition.name in seen:
            found.append(("name", "duplicate", "is used by another parameter"))
        seen.add(definition.name)
        errors += [FieldError(f"parameters.{index}.{field}", code, message) for field, code, message in found]
    return errors


def check_values(definitions: list[Parameter], values: Values) -> list[FieldError]:
    """Errors named `parameters.<name>`: unknown names, wrong values, required ones without value and default."""
    known = {definition.name: definition for definition in definitions}
    errors = [
        FieldError(f"parameters.{name[:MAX_SHOWN]}", "unknown", "is not a parameter of this source")
        for name in values
        if name not in known
    ]
    for name, definition in known.items():
        value = values.get(name, definition.default)
        if is_empty(value):
            if definition.required:
                errors.append(FieldError(f"parameters.{name}", "required", "is required"))
        elif wrong := value_error(definition, value):
            errors.append(FieldError(f"parameters.{name}", *wrong))
    return [*errors, *check_together(values)]


def check_together(parameters: object) -> list[FieldError]:
    size_bytes = len(msgspec.json.encode(parameters))
    if size_bytes <= MAX_TOGETHER_BYTES:
        return []
    return [FieldError("parameters", "too_long", f"have more than {MAX_TOGETHER_BYTES} bytes together")]


def effective_values(definitions: list[Parameter], *layers: Values) -> Values:
    """Defaults, then each layer over what is below it; what stays empty is left out. Unknown names are kept for
    `check_values` to name."""
    merged: Values = {definition.name: definition.default for definition in definitions}
    for layer in layers:
        merged |= layer
    return {name: value for name, value in merged.items() if not is_empty(value)}


def is_empty(value: Value) -> bool:
    return value is None or value == ""


def value_error(definition: Parameter, value: Value) -> tuple[str, str] | None:
    """Code and message, or None where the value fits."""
    return CHECKS[definition.type](definition, value)


def _definition_errors(definition: Parameter) -> list[tuple[str, str, str]]:
    errors: list[tuple[str, str, str]] = []
    if not NAME.fullmatch(definition.name):
        errors.append(("name", "invalid", "begins with a letter or _ and has only letters, digits, _ and -"))
    elif passed_by_environment(definition) and (RESERVED.fullmatch(definition.name) or "-" in definition.name):
        errors.append(("name", "invalid", "cannot be the name of an environment variable"))
    if definition.flag and not FLAG.fullmatch(definition.flag):
        errors.append(("flag", "invalid", "begins with - or -- and has only letters, digits, _, . and -"))
    if definition.type == "choice" and not definition.choices:
        errors.append(("choices", "required", "is required for a choice"))
    if definition.choices and any(is_empty(choice) or "\0" in choice for choice in definition.choices):
        errors.append(("choices", "invalid", "has an empty choice"))
    if definition.min is not None and definition.max is not None and definition.min > definition.max:
        errors.append(("max", "out_of_range", "is less than min"))
    if not errors and not is_empty(definition.default) and (wrong := value_error(definition, definition.default)):
        errors.append(("default", *wrong))
    return errors


def passed_by_environment(definition: Parameter) -> bool:
    """A secret always is: arguments can be read by everyone on the host."""
    return definition.type == "secret" or definition.pass_as == "environment"  # noqa: S105 - no password


def _string(definition: Parameter, value: Value) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "type", "must be a text"
    if "\0" in value:
        return "invalid", "must not contain a NUL character"
    if len(value.encode()) > MAX_VALUE_BYTES:
        return "too_long", f"has more than {MAX_VALUE_BYTES} bytes"
    return _range(definition, len(value), " characters")


def _integer(definition: Parameter, value: Value) -> tuple[str, str] | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return "type", "must be a whole number"
    if abs(value) > MAX_INTEGER:
        return "out_of_range", "is too large"
    return _range(definition, value)


def _number(definition: Parameter, value: Value) -> tuple[str, str] | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return "type", "must be a number"
    if not math.isfinite(value) or abs(value) > MAX_INTEGER:
        return "out_of_range", "is too large"
    return _range(definition, value)


def _boolean(definition: Parameter, value: Value) -> tuple[str, str] | None:  # noqa: ARG001 - one signature for all
    return None if isinstance(value, bool) else ("type", "must be true or false")


def _choice(definition: Parameter, value: Value) -> tuple[str, str] | None:
    choices = definition.choices or []
    return None if value in choices else ("not_a_choice", f"must be one of {', '.join(choices)}")


def _date(definition: Parameter, value: Value) -> tuple[str, str] | None:  # noqa: ARG001 - as above
    wrong = ("invalid", "must be a date, YYYY-MM-DD")
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        return wrong
    try:
        date.fromisoformat(value)
    except ValueError:
        return wrong
    return None


def _secret(definition: Parameter, value: Value) -> tuple[str, str] | None:  # noqa: ARG001 - as above
    if isinstance(value, str) and SECRET_NAME.fullmatch(value):
        return None
    return "invalid", "must be the name of one of the environment's secrets"


def _range(definition: Parameter, size: float, unit: str = "") -> tuple[str, str] | None:
    if definition.min is not None and size < definition.min:
        return "out_of_range", f"must be at least {definition.min}{unit}"
    if definition.max is not None and size > definition.max:
        return "out_of_range", f"must be at most {definition.max}{unit}"
    return None


CHECKS: dict[str, Callable[[Parameter, Any], tuple[str, str] | None]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "choice": _choice,
    "date": _date,
    "secret": _secret,
}
