"""Tabs of a browser, and everything that their consoles complain of."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, WebError

PATIENCE_MS = 30_000


@dataclass
class Tabs:
    """Each tab is a visitor of its own. Complaints fail the test, but for those that it says it expects."""

    browser: Browser
    base: str
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    async def open(self, path: str | None = None, base: str | None = None, **options: Any) -> Page:
        shape: Any = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "timezone_id": "America/Sao_Paulo"}
        context = await self.browser.new_context(base_url=base or self.base, **{**shape, **options})
        context.set_default_timeout(PATIENCE_MS)
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        self.contexts.append(context)
        page = await context.new_page()
        if path is not None:
            await page.goto(path)
        return page

    def expect_complaint(self, pattern: str) -> None:
        """Chromium writes every answer above 399 into the console, also where the page deals with it."""
        self.expected.append(pattern)

    async def close(self) -> None:
        for context in self.contexts:
            await context.close()
        assert [one for one in self.complaints if not any(re.search(known, one) for known in self.expected)] == []

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _on_error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")


def log(page: Page) -> Locator:
    return page.get_by_test_id("log-lines")


def line(page: Page, seq: int) -> Locator:
    return log(page).locator(f'[data-seq="{seq}"]')


async def visible_lines(page: Page) -> list[int]:
    """The numbers of the lines that are within the log's box."""
    found: list[int] = await log(page).evaluate(
        """box => { const frame = box.getBoundingClientRect()
        return [...box.querySelectorAll('[data-seq]')].filter(row => { const at = row.getBoundingClientRect()
            return at.bottom > frame.top + 1 && at.top < frame.bottom - 1 && row.querySelector('time') })
            .map(row => Number(row.dataset.seq)) }"""
    )
    return found


async def shown(page: Page, seq: int) -> None:
    """Waits until the line is within the log's box, with its text."""
    await until(page, lambda seqs: seq in seqs, f"line {seq} is shown")


async def until(page: Page, condition: Callable[[list[int]], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not condition(seqs := await visible_lines(page)):
        assert time.monotonic() < deadline, f"{what}: not in time, but {seqs[:1]} to {seqs[-1:]}"
        await asyncio.sleep(0.02)
