"""Query strings and ids in paths: declared once, for reading and for the OpenAPI document; all errors at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from proto.problems import FieldError, not_found, wrong_fields

MAX_DIGITS = 15
MAX_TEXT = 200
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")


@dataclass(frozen=True)
class Number:
    name: str
    description: str
    least: int = 0
    default: int | None = None

    def read(self, text: str | None) -> int | None:
        """Raises ValueError, with what it must be."""
        if text is None:
            return self.default
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS) or int(text) < self.least:
            raise ValueError(f"must be a whole number from {self.least} on")
        return int(text)

    @property
    def schema(self) -> dict[str, Any]:
        bounds = {"type": "integer", "minimum": self.least, "maximum": 10**MAX_DIGITS - 1}
        return bounds if self.default is None else {**bounds, "default": self.default}


@dataclass(frozen=True)
class Flag:
    name: str
    description: str

    def read(self, text: str | None) -> bool:
        """Raises ValueError, with what it must be."""
        word = (text or "false").lower()
        if text == "" or word not in (*TRUE, *FALSE):
            raise ValueError("must be true or false")
        return word in TRUE

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "boolean", "default": False}


@dataclass(frozen=True)
class Text:
    name: str
    description: str

    def read(self, text: str | None) -> str | None:
        """Raises ValueError, with what it must be."""
        if text is not None and len(text) > MAX_TEXT:
            raise ValueError(f"has more than {MAX_TEXT} characters")
        return text or None

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": MAX_TEXT}


@dataclass(frozen=True)
class Choice:
    name: str
    description: str
    choices: Sequence[str]

    def read(self, text: str | None) -> str | None:
        """Raises ValueError, with what it must be."""
        if text and text not in self.choices:
            raise ValueError(f"must be one of {', '.join(self.choices)}")
        return text or None

    @property
    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}


Parameter = Number | Flag | Text | Choice


def read_query(request: web.Request, parameters: Sequence[Parameter], *, only_one_of: Sequence[str] = ()) -> Any:
    """The value of each parameter by its name. Raises Rejected with everything that is wrong."""
    values: dict[str, Any] = {}
    errors = []
    for parameter in parameters:
        try:
            values[parameter.name] = parameter.read(request.query.get(parameter.name))
        except ValueError as error:
            errors.append(FieldError(parameter.name, "invalid", str(error)))
    if sum(name in request.query for name in only_one_of) > 1:
        *names, last = only_one_of
        errors.append(FieldError(names[0], "invalid", f"only one of {', '.join(names)} and {last} can be given"))
    if errors:
        raise wrong_fields(errors)
    return values


def id_in_path(request: web.Request, what: str) -> int:
    """Raises Rejected (404) for what is no id: there is nothing of that name."""
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise not_found(what, text[:MAX_TEXT])
    return int(text)
