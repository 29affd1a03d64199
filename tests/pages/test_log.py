"""The log: where it opens, links to lines, searching, filtering, keys, wrapping, downloading."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.pages.scripts import run, write
from tests.pages.tabs import Tabs, line, log, shown, until, visible_lines
from tests.stack import Client, Stack

LONG = "long " * 200
PRINTS = f"""#!/usr/bin/env python3
for number in range(1, 2001):
    words = "WARNING odd" if number % 500 == 0 else "ERROR bad" if number in (700, 1300) else "fine"
    print(f"{{words}} record {{number}}" + (" {LONG}" if number == 900 else ""))
"""


@pytest.fixture(scope="module")
def printed(clinic: Stack, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An ended execution of 2,000 lines: warnings at each 500th, errors at 700 and 1300."""
    return run(clinic.client, write(tmp_path_factory.mktemp("printed"), PRINTS))


@pytest.fixture
async def opened(page: Page, printed: Any) -> Page:
    await page.goto(f"/executions/{printed['id']}")
    await shown(page, 2000)
    return page


async def test_a_link_to_lines_opens_there_with_the_lines_picked(tabs: Tabs, printed: Any) -> None:
    page = await tabs.open(f"/executions/{printed['id']}#L120-L140")
    await expect(line(page, 120)).to_be_in_viewport()
    picked = log(page).locator("[data-picked]")
    await expect(picked).to_have_count(21)
    await page.reload()
    await expect(line(page, 120)).to_be_in_viewport()
    await expect(picked).to_have_count(21)
    await page.evaluate("location.hash = '#L1500'")
    await expect(line(page, 1500)).to_be_in_viewport()
    await expect(picked).to_have_count(1)


async def test_clicks_on_line_numbers_make_a_link(opened: Page, printed: Any) -> None:
    await line(opened, 1980).get_by_role("link").click()
    await expect(opened).to_have_url(re.compile("#L1980$"))
    await line(opened, 1990).get_by_role("link").click(modifiers=["Shift"])
    await expect(opened).to_have_url(re.compile("#L1980-L1990$"))
    await expect(log(opened).locator("[data-picked]")).to_have_count(11)


async def test_a_search_says_how_many_match_and_jumps_between_them(opened: Page) -> None:
    await opened.keyboard.press("/")
    await opened.keyboard.type("RECORD 130")
    await expect(opened.get_by_test_id("hits")).to_have_text("11 matches")
    await opened.keyboard.press("Enter")
    await expect(line(opened, 130).locator("mark")).to_have_text("record 130")
    await opened.keyboard.press("Enter")
    await shown(opened, 1300)
    await opened.keyboard.press("Shift+Enter")
    await shown(opened, 130)
    await opened.keyboard.press("Escape")
    await opened.keyboard.press("k")
    await shown(opened, 1309)
    await opened.keyboard.press("j")
    await shown(opened, 130)
    await opened.get_by_label("Search the log").fill("nowhere to be found")
    await expect(opened.get_by_test_id("hits")).to_have_text("no matches")


async def test_a_level_filter_shows_those_lines_only_and_a_click_leads_to_their_place(opened: Page) -> None:
    level = opened.get_by_label("Level")
    await level.select_option(label="Warnings and errors")
    numbers = log(opened).locator("[data-seq]")
    await expect(numbers).to_have_count(6)
    await level.select_option(label="Errors")
    await expect(numbers).to_have_count(2)
    await line(opened, 1300).get_by_role("link").click()
    await until(opened, lambda seqs: {1299, 1300, 1301} <= set(seqs), "the lines around 1300 are shown")
    await opened.get_by_role("button", name="First error").click()
    await shown(opened, 700)


async def test_keys_walk_the_log_and_say_what_they_do(opened: Page) -> None:
    await opened.keyboard.press("g")
    await shown(opened, 1)
    await opened.keyboard.press("j")
    await shown(opened, 700)
    await opened.keyboard.press("j")
    await shown(opened, 1300)
    await opened.keyboard.press("k")
    await shown(opened, 700)
    follow = opened.get_by_role("checkbox", name="Follow")
    await opened.keyboard.press("f")
    await expect(follow).to_be_checked()
    await shown(opened, 2000)
    await opened.keyboard.press("f")
    await expect(follow).not_to_be_checked()
    await opened.keyboard.press("G")
    await expect(follow).to_be_checked()
    await opened.keyboard.press("?")
    await expect(opened.get_by_role("dialog", name="Keys")).to_contain_text("log: first line")
    await opened.keyboard.press("g")
    assert 2000 in await visible_lines(opened)
    await opened.keyboard.press("Escape")
    await expect(opened.get_by_role("dialog")).to_have_count(0)


async def test_long_lines_wrap_where_that_is_asked_for(opened: Page) -> None:
    await opened.get_by_role("textbox", name="Line", exact=True).fill("900")
    await opened.keyboard.press("Enter")
    await shown(opened, 900)
    one_row = await line(opened, 901).bounding_box()
    await opened.get_by_role("checkbox", name="Wrap").check()
    await shown(opened, 900)
    wrapped = await line(opened, 900).bounding_box()
    assert one_row
    assert wrapped
    assert wrapped["height"] > 3 * one_row["height"]
    assert await log(opened).evaluate("box => box.scrollWidth <= box.clientWidth")


async def test_times_are_local_with_utc_where_the_pointer_rests(client: Client, opened: Page, printed: Any) -> None:
    logged_at = client.get(f"/migration-executions/{printed['id']}/logs?tail=1")["items"][0]["logged_at"]
    hour = (int(logged_at[11:13]) - 3) % 24
    await expect(line(opened, 2000).locator("time")).to_have_text(f"{hour:02}{logged_at[13:23]}")
    await expect(line(opened, 2000).locator("time")).to_have_attribute("title", re.compile(f"{logged_at[11:23]} UTC"))


async def test_the_whole_log_is_downloaded_as_text(opened: Page, printed: Any, tmp_path: Path) -> None:
    async with opened.expect_download() as download:
        await opened.get_by_role("button", name="Download").click()
    saved = await download.value
    assert saved.suggested_filename == f"execution-{printed['id']}.log"
    await saved.save_as(tmp_path / "saved")
    text = (tmp_path / "saved").read_text()
    assert text.count("\n") == 2000
    assert text.splitlines()[699].endswith("ERROR bad record 700")
