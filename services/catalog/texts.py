"""Checks of the plain fields of sources and jobs: names, descriptions, the script's path. Pure."""

import posixpath
import re

from proto.problems import FieldError

CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]")
MAX_NAME, MAX_TITLE, MAX_DESCRIPTION, MAX_PATH = 100, 200, 10_000, 1000


def check_title(field: str, text: object, longest: int = MAX_TITLE) -> list[FieldError]:
    """A line that people read: not blank, no control characters, no blanks around it."""
    if not isinstance(text, str) or not text.strip():
        return [FieldError(field, "required", "is required")]
    if len(text) > longest:
        return [FieldError(field, "too_long", f"has more than {longest} characters")]
    if CONTROL.search(text):
        return [FieldError(field, "invalid", "must not contain control characters or line breaks")]
    if text != text.strip():
        return [FieldError(field, "invalid", "must not begin or end with a blank")]
    return []


def check_description(text: object) -> list[FieldError]:
    if isinstance(text, str) and len(text) > MAX_DESCRIPTION:
        return [FieldError("description", "too_long", f"has more than {MAX_DESCRIPTION} characters")]
    return []


def check_script_path(path: object) -> list[FieldError]:
    if not isinstance(path, str) or not path.strip():
        return [FieldError("script_path", "required", "is required")]
    if len(path) > MAX_PATH:
        return [FieldError("script_path", "too_long", f"has more than {MAX_PATH} characters")]
    if CONTROL.search(path):
        return [FieldError("script_path", "invalid", "must not contain control characters or line breaks")]
    if not path.startswith("/") or ".." in path.split("/") or path.endswith("/"):
        return [FieldError("script_path", "invalid", "must be an absolute path of a file, without ..")]
    return []


def is_within(path: str, directories: list[str]) -> bool:
    """Whether an environment that restricts scripts to `directories` allows this one; an empty list allows all."""
    clean = posixpath.normpath(path)
    return not directories or any(
        clean.startswith(posixpath.normpath(directory).rstrip("/") + "/") for directory in directories
    )
