"""Every view has an address: back, reload, links from outside; lists that page, search and walk by keys."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.gateway.expect import fresh
from tests.pages.scripts import Speaker, run
from tests.pages.tabs import Tabs
from tests.stack import Client


@pytest.fixture
def sixty(client: Client) -> str:
    """The word that sixty sources have in common."""
    word = fresh("many")
    for number in range(60):
        client.source("/opt/x", name=f"{word}-{number:02}")
    return word


async def test_a_list_is_searched_and_paged_and_each_state_is_an_address(page: Page, sixty: str) -> None:
    await page.goto("/sources")
    await expect(page.get_by_label("Search sources")).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type(sixty)
    await expect(page.get_by_text("50 of 60")).to_be_visible()
    await expect(page).to_have_url(re.compile(f"q={sixty}"))
    rows = page.locator("a[data-row]")
    first = await rows.first.text_content()
    await page.get_by_role("button", name="Next").click()
    await expect(rows).to_have_count(10)
    await page.reload()
    await expect(rows).to_have_count(10)
    await expect(page.get_by_label("Search sources")).to_have_value(sixty)
    await page.go_back()
    await expect(rows).to_have_count(50)
    assert await rows.first.text_content() == first
    await page.get_by_label("Search sources").fill(f"{sixty}-07")
    await expect(rows).to_have_count(1)


async def test_keys_walk_the_rows_of_a_list_and_enter_opens_one(page: Page, sixty: str) -> None:
    await page.goto(f"/sources?q={sixty}")
    rows = page.locator("a[data-row]")
    await expect(rows).to_have_count(50)
    for key in "jjjk":
        await page.keyboard.press(key)
    await expect(rows.nth(1)).to_be_focused()
    name = await rows.nth(1).text_content()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(name or "")
    await page.go_back()
    await expect(rows).to_have_count(50)


async def test_executions_are_filtered_by_job_environment_and_status(
    client: Client, page: Page, script: Speaker
) -> None:
    script.end(3)
    execution = run(client, script.path)
    await page.goto("/executions")
    await page.get_by_label("Job").select_option(value=str(execution["job_id"]))
    rows = page.locator("a[data-row]")
    await expect(rows).to_have_text([f"#{execution['id']}"])
    await page.get_by_label("Status").select_option(label="Failed")
    await page.get_by_label("Environment").select_option(label="Staging")
    await expect(page).to_have_url(re.compile("status=failed"))
    await expect(rows).to_have_text([f"#{execution['id']}"])
    await page.get_by_label("Environment").select_option(label="Produção")
    await expect(page.get_by_text("No executions here.")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("Environment")).to_have_value("production")
    await expect(page.get_by_text("No executions here.")).to_be_visible()


async def test_the_list_of_jobs_says_how_each_last_went(client: Client, page: Page, script: Speaker) -> None:
    script.end(3)
    execution = run(client, script.path)
    job = client.get(f"/migration-jobs/{execution['job_id']}")
    await page.goto(f"/jobs?q={job['name']}")
    row = page.get_by_role("row", name=job["name"])
    await expect(row).to_contain_text("Failed")
    await expect(row).to_contain_text("ago")
    await row.get_by_role("link", name=f"Failed #{execution['id']}").click()
    await page.get_by_role("link", name="Run again").click()
    await expect(page.get_by_label("Environment")).to_have_value("staging")
    await expect(page.get_by_role("button", name="Start on Staging")).to_be_focused()
    await page.go_back()
    await page.go_back()
    await expect(page).to_have_url(re.compile(r"/jobs\?q="))


@pytest.mark.parametrize("path", ["/executions/999999", "/jobs/999999", "/jobs/999999/run", "/sources/999999"])
async def test_what_is_not_there_is_said(tabs: Tabs, path: str) -> None:
    tabs.expect_complaint("status of 404")
    page = await tabs.open(path)
    await expect(page.get_by_role("alert")).to_contain_text("There is nothing here")


@pytest.mark.parametrize("path", ["/sources/0x1", "/jobs/abc", "/executions/1e3"])
async def test_an_address_that_names_nothing_leads_on(tabs: Tabs, path: str) -> None:
    tabs.expect_complaint("status of 404")
    page = await tabs.open(path)
    await page.get_by_role("main").get_by_role("link", name="Jobs").click()
    await expect(page).to_have_url(re.compile("/jobs$"))


async def test_the_theme_is_changed_and_remembered(page: Page) -> None:
    await page.goto("/jobs")
    scheme = page.locator("html")
    await expect(scheme).to_have_attribute("data-mantine-color-scheme", "light")
    await page.get_by_role("button", name="Dark").click()
    await page.reload()
    await expect(scheme).to_have_attribute("data-mantine-color-scheme", "dark")


async def test_the_document_of_the_api_is_read_under_the_same_policy(page: Page) -> None:
    await page.goto("/api/docs")
    await expect(page.get_by_text("/migration-sources").first).to_be_visible()
