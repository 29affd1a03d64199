"""Bodies: JSON of the shape that a message type has. Every wrong field is found at once; meanings are catalog's."""

import asyncio
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar, get_args, get_origin

import msgspec
from aiohttp import web
from msgspec.structs import FieldInfo

from proto.problems import MAX_ERRORS, FieldError, Problem, Rejected, wrong_fields

T = TypeVar("T", bound=msgspec.Struct)
MAX_SHOWN = 200
KINDS = {"str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
         "object": "an object"}  # fmt: skip
BODY_WITHIN_S = 20


async def read_body(request: web.Request, kind: type[T]) -> T:
    """Raises Rejected: 415 for another content type; 400 for no JSON, no object, wrong types; 422 for wrong choices."""
    if request.content_type != "application/json":
        raise Rejected(Problem(415, "unsupported_media_type", "the body must be application/json"))
    if "Content-Encoding" in request.headers:
        raise Rejected(Problem(415, "unsupported_media_type", "the body must not be compressed"))
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            content = msgspec.json.decode(await request.read())
    except TimeoutError:
        raise Rejected(Problem(408, "too_slow", f"the body did not come within {BODY_WITHIN_S} s")) from None
    except web.RequestPayloadError:
        raise Rejected(Problem(400, "unreadable", "the body cannot be read")) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Rejected(Problem(400, "not_json", "the body is not JSON")) from None
    if not isinstance(content, dict):
        raise Rejected(Problem(400, "not_an_object", "the body must be a JSON object"))
    if errors := list(islice(shape_errors(kind, content), MAX_ERRORS + 1)):
        passable = {"required", "not_a_choice"}
        raise wrong_fields(errors, 422 if {error.code for error in errors} <= passable else 400)
    return msgspec.convert(content, kind)


def shape_errors(kind: type[msgspec.Struct], content: dict[str, Any], prefix: str = "") -> Iterator[FieldError]:
    """Lazily, for a body of a megabyte can have a hundred thousand of them."""
    known = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for name in content:
        if name not in known:
            yield FieldError(f"{prefix}{name[:MAX_SHOWN]}", "unknown", "is not a field here")
    for name, field in known.items():
        if name in content:
            yield from _field_errors(field, content[name], f"{prefix}{name}")
        elif field.required:
            yield FieldError(f"{prefix}{name}", "required", "is required")


def _field_errors(field: FieldInfo, value: Any, path: str) -> Iterator[FieldError]:
    if (item := _item_struct(field.type)) is not None and isinstance(value, list):
        for index, one in enumerate(value):
            if isinstance(one, dict):
                yield from shape_errors(item, one, f"{path}.{index}.")
            else:
                yield FieldError(f"{path}.{index}", "type", "must be an object")
    elif isinstance(value, dict) and any(get_origin(part) is dict for part in (field.type, *get_args(field.type))):
        for name, one in value.items():
            yield from _value_errors(one, f"{path}.{name[:MAX_SHOWN]}")
    else:
        try:
            msgspec.convert(value, field.type)
        except msgspec.ValidationError as error:
            yield _error(error, path)


def _value_errors(value: Any, path: str) -> Iterator[FieldError]:
    if value is not None and not isinstance(value, str | int | float):
        yield FieldError(path, "type", "must be a text, a number, true, false or null")


def _error(error: msgspec.ValidationError, path: str) -> FieldError:
    """In words of our own: msgspec's are for programmers, and only where the error lies is taken from them."""
    message = str(error)
    _, _, place = message.partition(" - at `$")
    field = path + place.rstrip("`").replace("[", ".").replace("]", "")
    if message.startswith("Invalid enum value"):
        return FieldError(field, "not_a_choice", "is not one of the choices")
    expected = re.match(r"Expected `([^`]+)`", message)
    kinds = [KINDS.get(kind.strip(), kind.strip()) for kind in expected[1].split("|")] if expected else []
    return FieldError(field, "type", f"must be {' or '.join(dict.fromkeys(kinds))}" if kinds else "is out of range")


def _item_struct(hint: Any) -> type[msgspec.Struct] | None:
    """The struct of a field that is a list of structs, whatever else it may be."""
    for part in (hint, *get_args(hint)):
        if get_origin(part) is list:
            (item,) = get_args(part)
            return item if isinstance(item, type) and issubclass(item, msgspec.Struct) else None
    return None
