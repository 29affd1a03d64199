"""The REST API as a blocking client: one request at a time, its problem as an error for people."""

import asyncio
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import click
import msgspec

ANSWER_WITHIN_S = 30
Item = dict[str, Any]


class ApiError(click.ClickException):
    """What the API refused, or that it does not answer: exit status 2 for the first, 3 for the second."""

    def __init__(self, status: int, problem: Item) -> None:
        super().__init__(str(problem.get("detail") or f"the gateway answered with {status}"))
        self.status, self.problem = status, problem

    @property
    def is_away(self) -> bool:
        """It may be tried again."""
        return self.status in (0, 502, 503, 504)

    def show(self, file: Any = None) -> None:
        super().show(file)
        sys.exit(3 if self.is_away else 2)

    def format_message(self) -> str:
        lines = [f"  {error['field']}: {error['message']}" for error in self.problem.get("errors", [])]
        return "\n".join([self.message, *lines])


@dataclass
class Api:
    url: str
    token: str | None = None
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query={name: value for name, value in query.items() if value is not None})

    def call(
        self, method: str, path: str, body: Any = None, query: Item | None = None, headers: Item | None = None
    ) -> Any:
        """The answer's JSON; None where it has none. Raises ApiError."""
        return self.runner.run(self._call(method, path, body, query or {}, headers or {}))

    def pages(self, path: str, **query: Any) -> Iterator[Item]:
        """Every item of a list."""
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, limit=500, **query)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def _call(self, method: str, path: str, body: Any, query: Item, headers: Item) -> Any:
        headers = {**headers, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        data = None if body is None else msgspec.json.encode(body)
        if data is not None:
            headers["Content-Type"] = "application/json"
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.request(
                    method, f"{self.url}/api/v1{path}", data=data, params=_texts(query), headers=headers
                ) as answer,
            ):
                content = await answer.read()
                decoded = msgspec.json.decode(content) if "json" in answer.content_type and content else None
                if answer.status >= 400:
                    raise ApiError(answer.status, decoded if isinstance(decoded, dict) else {})
                return decoded
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiError(0, {"detail": f"{self.url} does not answer ({type(error).__name__})"}) from error
        except msgspec.DecodeError as error:
            raise ApiError(502, {"detail": f"{self.url} is no MedPro gateway"}) from error


def _texts(query: Item) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in query.items()}
