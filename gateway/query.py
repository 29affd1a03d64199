"""Query strings and ids in paths: read with all errors at once, as bodies are."""

from collections.abc import Sequence

from aiohttp import web

from proto.problems import FieldError, not_found, wrong_fields

MAX_DIGITS = 15
MAX_TEXT = 200
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")


class Query:
    """Reads parameters one by one; `check` raises Rejected with everything that was wrong."""

    def __init__(self, request: web.Request) -> None:
        self._values = request.query
        self.errors: list[FieldError] = []

    def number(self, name: str, *, least: int = 0, default: int | None = None) -> int | None:
        text = self._values.get(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS) or int(text) < least:
            self.wrong(name, f"must be a whole number from {least} on")
            return default
        return int(text)

    def flag(self, name: str) -> bool:
        text = self._values.get(name, "false").lower()
        if text not in (*TRUE, *FALSE):
            self.wrong(name, "must be true or false")
        return text in TRUE

    def text(self, name: str) -> str | None:
        text = self._values.get(name) or None
        if text is not None and len(text) > MAX_TEXT:
            self.wrong(name, f"has more than {MAX_TEXT} characters")
        return text

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        text = self._values.get(name) or None
        if text is not None and text not in choices:
            self.wrong(name, f"must be one of {', '.join(choices)}")
        return text

    def wrong(self, name: str, message: str) -> None:
        self.errors.append(FieldError(name, "invalid", message))

    def check(self) -> None:
        if self.errors:
            raise wrong_fields(self.errors)


def id_in_path(request: web.Request, what: str) -> int:
    """Raises Rejected (404) for what is no id: there is nothing of that name."""
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS):
        raise not_found(what, text[:MAX_TEXT])
    return int(text)
