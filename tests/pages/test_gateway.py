"""The gateway away and back while a page is open; the token it may want."""

from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from tests.gateway.gateways import TOKEN, guarded_gateway
from tests.pages.scripts import Speaker, running
from tests.pages.tabs import Tabs, line, shown
from tests.stack import Client, Stack

pytestmark = pytest.mark.slow


async def test_a_restart_of_the_gateway_is_said_and_the_page_recovers_by_itself(
    clinic: Stack, client: Client, tabs: Tabs, script: Speaker
) -> None:
    execution = running(client, script.path)
    script.say(*(f"line {number}" for number in range(1, 1001)))
    tabs.expect_complaint("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|status of 503")
    page = await tabs.open(f"/executions/{execution['id']}")
    await shown(page, 1000)
    clinic.kill("gateway")
    notice = page.get_by_role("alert").filter(has_text="The gateway does not answer")
    await expect(notice).to_contain_text("Runs go on without it")
    await page.keyboard.press("g")
    await expect(line(page, 1)).to_be_visible()
    script.say("line 1001")
    clinic.start("gateway")
    clinic.wait_ready()
    await expect(notice).to_have_count(0)
    await shown(page, 1)
    await page.keyboard.press("G")
    await shown(page, 1001)


async def test_a_start_without_an_answer_is_no_second_start(client: Client, tabs: Tabs, script: Speaker) -> None:
    job = client.job(script.path)
    tabs.expect_complaint("ERR_FAILED")
    page = await tabs.open(f"/jobs/{job['id']}/run")
    await page.get_by_label("Environment").select_option("staging")

    # The request arrives, its answer does not.
    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/execute", lose, times=1)
    start = page.get_by_role("button", name="Start on Staging")
    await start.click()
    await expect(page.get_by_role("alert").filter(has_text="not known whether it was started")).to_be_visible()
    await start.click()
    await expect(page.get_by_role("button", name="Stop…")).to_be_visible()
    assert client.get(f"/migration-executions?job_id={job['id']}")["total"] == 1


async def test_a_token_is_asked_for_once_and_kept_for_the_tab(
    clinic: Stack, tabs: Tabs, tmp_path: Path, script: Speaker
) -> None:
    tabs.expect_complaint("status of 401")
    script.end()
    with guarded_gateway(clinic, tmp_path) as guarded:
        page = await tabs.open("/sources", base=guarded.base)
        dialog = page.get_by_role("dialog", name="Sign in")
        token = dialog.get_by_role("textbox", name="Token")
        await token.fill("wrong")
        await dialog.get_by_role("button", name="Sign in").click()
        await expect(token).to_have_value("")
        await expect(dialog).to_be_visible()
        await token.fill(TOKEN)
        await dialog.get_by_role("button", name="Sign in").click()
        await expect(dialog).to_have_count(0)
        await expect(page.get_by_role("heading", name="Sources")).to_be_visible()
        await expect(page.get_by_role("alert")).to_have_count(0)

        # Reloading asks for nothing, and who runs it is the token's name.
        job = clinic.client.job(script.path)
        await page.goto(f"/jobs/{job['id']}/run")
        await expect(page.get_by_label("Your name")).to_have_count(0)
        await page.get_by_label("Environment").select_option("staging")
        await page.get_by_role("button", name="Start on Staging").click()
        await expect(page.get_by_role("status").get_by_text("Completed")).to_be_visible()
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Download").click()
        assert (await download.value).suggested_filename.startswith("execution-")
        (execution,) = clinic.client.get(f"/migration-executions?job_id={job['id']}")["items"]
        assert execution["executed_by"] == "ana@clinic"

        # Another tab is another visitor.
        other = await tabs.open("/sources", base=guarded.base)
        await expect(other.get_by_role("dialog", name="Sign in")).to_be_visible()
