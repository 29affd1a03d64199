"""Executions as an operator watches them: failing, stopped, not adding up, in two tabs."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Route, expect

from tests.pages.scripts import Speaker, run, running, write
from tests.pages.tabs import Tabs, line, log, shown
from tests.stack import Client

RESULT = {
    "entities": [
        {"name": "patients", "read": 1000, "migrated": 990, "skipped": 10, "failed": 0},
        {"name": "appointments", "read": 500, "migrated": 400, "skipped": 0, "failed": 3},
    ]
}


async def test_a_failing_run_says_so_and_where_it_began_to_fail(client: Client, tabs: Tabs, tmp_path: Path) -> None:
    path = write(tmp_path, "seq 1 300; echo 'ERROR cannot read patient 7'; seq 302 600; exit 3")
    execution = run(client, path)
    page = await tabs.open(f"/executions/{execution['id']}")
    await expect(page.get_by_role("status").first).to_contain_text("Failed")
    result = page.get_by_role("region", name="Result")
    await expect(result).to_contain_text("The script ended with an error")
    await expect(page).to_have_title(re.compile("^Failed"))
    await shown(page, 600)
    first_error = result.get_by_role("link", name="First error: line 301")
    for _again in range(2):
        await first_error.click()
        await expect(line(page, 301)).to_be_in_viewport()
        await expect(line(page, 301)).to_have_attribute("data-level", "ERROR")
        await page.keyboard.press("G")
        await shown(page, 600)


async def test_stopping_asks_first_and_is_honest_until_it_is_confirmed(
    client: Client, tabs: Tabs, tmp_path: Path
) -> None:
    path = write(tmp_path, "trap 'while [ ! -e \"$0.open\" ]; do sleep 0.05; done; exit 1' TERM; echo up\n"
                 "while :; do sleep 0.05; done")  # fmt: skip
    execution = running(client, path)
    page = await tabs.open(f"/executions/{execution['id']}")
    await page.get_by_role("button", name="Stop…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("stays as it is")
    await dialog.get_by_role("button", name="Let it run").click()
    await expect(dialog).to_have_count(0)
    assert client.execution(execution["id"])["cancel_requested_at"] is None

    await page.get_by_role("button", name="Stop…").click()
    await dialog.get_by_role("button", name="Stop the run").click()
    await expect(page.get_by_role("button", name="Stopping…")).to_be_disabled()
    await expect(page.get_by_text("not confirmed yet")).to_be_visible()
    await expect(page.get_by_role("status").first).to_contain_text("Stopping…")
    path.with_suffix(".open").touch()
    await expect(page.get_by_role("region", name="Result")).to_contain_text("Stopped by request")
    await expect(page.get_by_role("link", name="Run again")).to_be_visible()


async def test_a_result_that_does_not_add_up_stands_out(client: Client, tabs: Tabs, script: Speaker) -> None:
    script.end(result=RESULT)
    page = await tabs.open(f"/executions/{run(client, script.path)['id']}")
    result = page.get_by_role("region", name="Result")
    await expect(result.get_by_role("alert")).to_contain_text("The counts do not add up")
    await expect(result.get_by_role("row", name="appointments")).to_contain_text("does not add up")
    await expect(result.get_by_role("row", name="patients 1,000 990 10 0")).not_to_contain_text("add up")


async def test_two_tabs_on_one_run_show_the_same(client: Client, tabs: Tabs, script: Speaker) -> None:
    execution = running(client, script.path)
    pages = [await tabs.open(f"/executions/{execution['id']}") for _ in range(2)]
    script.say("one", "::progress value=40::half way")
    for page in pages:
        await expect(line(page, 1)).to_contain_text("one")
        await expect(page.get_by_test_id("percent")).to_have_text("40 %")
        await expect(page.get_by_text("reported by the script")).to_be_visible()
        await expect(page).to_have_title(re.compile("^40 %"))
    running_icon = await pages[0].locator('link[rel="icon"]').get_attribute("href")
    await pages[0].get_by_role("button", name="Stop…").click()
    await pages[0].get_by_role("button", name="Stop the run").click()
    for page in pages:
        await expect(page.get_by_role("region", name="Result")).to_contain_text("Stopped by request")
        await expect(page.locator('link[rel="icon"]')).not_to_have_attribute("href", running_icon or "")


async def test_an_unfinished_line_is_shown_live_and_becomes_a_line(client: Client, tabs: Tabs, script: Speaker) -> None:
    execution = running(client, script.path)
    page = await tabs.open(f"/executions/{execution['id']}")
    script.say("start")
    script.say("Migrating  37%", end="")
    await expect(page.get_by_test_id("live-line")).to_contain_text("Migrating  37%")
    script.say("\rMigrating 100%", "done")
    await expect(page.get_by_test_id("live-line")).to_have_count(0)
    await expect(line(page, 2)).to_contain_text("Migrating 100%")
    await expect(log(page).locator("[data-seq]")).to_have_count(3)


def last_heard_s_ago(seconds: int) -> Callable[[Route], Awaitable[None]]:
    """The gateway's answer, with the time of the last output moved."""

    async def answer(route: Route) -> None:
        response = await route.fetch()
        moved = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
        await route.fulfill(response=response, json={**await response.json(), "last_output_at": moved})

    return answer


async def test_silence_is_said_and_grows_into_a_warning(client: Client, tabs: Tabs, script: Speaker) -> None:
    execution = running(client, script.path)
    script.say("last words")
    client.until(execution["id"], lambda now: now["log_lines"] == 1)
    page = await tabs.open(f"/executions/{execution['id']}")
    said = page.get_by_test_id("last-output")
    await expect(said).to_contain_text(re.compile(r"last output \d+ s ago"))
    await expect(said).not_to_have_attribute("data-level", re.compile("."))
    for seconds, level in ((120, "silent"), (720, "long")):
        await page.route("**/migration-executions/*", last_heard_s_ago(seconds))
        await expect(said).to_have_attribute("data-level", level)
    await page.unroute_all(behavior="ignoreErrors")
