"""A log of a million lines: at its end at once, searched, and scrolled, with a page that stays small."""

import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.pages.scripts import run, write
from tests.pages.tabs import Tabs, line, log, shown, until
from tests.stack import Stack

pytestmark = pytest.mark.slow
TOTAL = 1_000_000
PRINTS = f"""#!/usr/bin/env python3
for number in range(1, {TOTAL} + 1):
    print(f"record {{number}} of the patients" + (" NEEDLE" if number in (250_000, 999_000) else ""))
"""


@pytest.fixture(scope="module")
def million(clinic: Stack, tmp_path_factory: pytest.TempPathFactory) -> Any:
    execution = run(clinic.client, write(tmp_path_factory.mktemp("million"), PRINTS), within_s=900)
    assert execution["log_lines"] == TOTAL
    return execution


async def nodes(page: Page) -> int:
    found: int = await page.evaluate("document.getElementsByTagName('*').length")
    return found


async def test_it_is_read_from_its_end_to_its_middle_and_its_start(tabs: Tabs, million: Any) -> None:
    page = await tabs.open("/executions")
    await page.get_by_role("link", name=f"#{million['id']}", exact=True).click()
    began = time.monotonic()
    await shown(page, TOTAL)
    assert time.monotonic() - began < 1
    assert await nodes(page) < 2000

    await log(page).evaluate("box => { box.scrollTop = box.scrollHeight / 2 }")
    await until(page, lambda seqs: bool(seqs) and abs(seqs[0] - TOTAL / 2) < 100, "the middle is shown")
    assert await nodes(page) < 2000

    await log(page).hover()
    for _ in range(50):
        await page.mouse.wheel(0, 2400)
    await until(page, lambda seqs: bool(seqs) and seqs[0] > TOTAL / 2 + 4000, "what comes after it is shown")
    assert await nodes(page) < 2000

    await page.keyboard.press("g")
    await shown(page, 1)
    assert await nodes(page) < 2000


async def test_it_is_searched(tabs: Tabs, million: Any) -> None:
    page = await tabs.open(f"/executions/{million['id']}")
    await page.get_by_label("Search the log").fill("needle")
    await page.keyboard.press("Enter")
    await shown(page, 250_000)
    await expect(line(page, 250_000).locator("mark")).to_have_text("NEEDLE")
    await page.keyboard.press("Enter")
    await shown(page, 999_000)
    await page.keyboard.press("Shift+Enter")
    await shown(page, 250_000)
    assert await nodes(page) < 2000


async def test_a_link_into_it_opens_there(tabs: Tabs, million: Any) -> None:
    page = await tabs.open(f"/executions/{million['id']}#L654321-L654330")
    await shown(page, 654_321)
    await expect(log(page).locator("[data-picked]")).to_have_count(10)
    await expect(line(page, 654_321)).to_contain_text("record 654321 of")
