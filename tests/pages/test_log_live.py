"""The log of a run that goes on: following, what is new, filtered lines as they come."""

from playwright.async_api import expect

from tests.pages.scripts import Speaker, running
from tests.pages.tabs import Tabs, line, log, shown, visible_lines
from tests.stack import Client


async def test_new_errors_come_into_a_filtered_log(client: Client, tabs: Tabs, script: Speaker) -> None:
    execution = running(client, script.path)
    script.say("fine", "ERROR one")
    page = await tabs.open(f"/executions/{execution['id']}")
    await page.get_by_label("Level").select_option(label="Errors")
    await expect(log(page).locator("[data-seq]")).to_have_count(1)
    script.say("fine", "ERROR two", "fine")
    await expect(line(page, 4)).to_contain_text("ERROR two")
    script.say("ERROR three")
    await expect(line(page, 6)).to_contain_text("ERROR three")


async def test_it_follows_until_the_reader_scrolls_up_and_then_counts_what_is_new(
    client: Client, tabs: Tabs, script: Speaker
) -> None:
    execution = running(client, script.path)
    script.say(*(f"line {number}" for number in range(1, 201)))
    page = await tabs.open(f"/executions/{execution['id']}")
    await shown(page, 200)
    script.say(*(f"line {number}" for number in range(201, 301)))
    await shown(page, 300)
    await log(page).hover()
    await page.mouse.wheel(0, -1500)
    await expect(page.get_by_role("button", name="To the end ↓")).to_be_visible()
    before = await visible_lines(page)
    script.say(*(f"line {number}" for number in range(301, 311)))
    new = page.get_by_role("button", name="10 new lines ↓")
    await expect(new).to_be_visible()
    assert await visible_lines(page) == before
    await new.click()
    await shown(page, 310)
    await expect(new).to_have_count(0)
    script.say("line 311")
    await shown(page, 311)


async def test_a_linked_line_near_the_end_stays_while_new_lines_come(
    client: Client, tabs: Tabs, script: Speaker
) -> None:
    execution = running(client, script.path)
    script.say(*(f"line {number}" for number in range(1, 201)))
    client.until(execution["id"], lambda now: now["log_lines"] == 200)
    page = await tabs.open(f"/executions/{execution['id']}#L199")
    await shown(page, 199)
    script.say(*(f"line {number}" for number in range(201, 301)))
    await expect(page.get_by_role("button", name="100 new lines ↓")).to_be_visible()
    assert 199 in await visible_lines(page)


async def test_it_follows_wrapped_lines_of_any_length(client: Client, tabs: Tabs, script: Speaker) -> None:
    execution = running(client, script.path)
    page = await tabs.open(f"/executions/{execution['id']}")
    await page.get_by_role("checkbox", name="Wrap").check()
    for part in range(1, 4):
        script.say(*(f"line {number} " + "word " * (number * 7 % 90) for number in range(100)))
        await shown(page, part * 100)
    await expect(page.get_by_role("checkbox", name="Follow")).to_be_checked()
