"""The whole life of a migration, from an empty system, by clicking and typing only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.pages.scripts import write
from tests.pages.tabs import Tabs, line
from tests.servers import Sshd, nats_server
from tests.stack import Stack, environment, stack

MIGRATION = """#!/bin/sh
echo "arguments: $*"
echo '::progress value=50::half of the patients'
echo '{"entities": [{"name": "patients", "read": 1000, "migrated": 990, "skipped": 10, "failed": 0}]}' \
  > "$MEDPRO_RESULT_FILE"
"""


@pytest.fixture
def empty(tmp_path: Path, sshd: Sshd) -> Iterator[Stack]:
    environments = {"staging": environment(sshd, tmp_path, display_name="Staging")}
    database = f"sqlite+aiosqlite:///{tmp_path}/medpro.db"
    with nats_server(tmp_path / "nats") as nats, stack(tmp_path / "stack", nats, database, environments) as running:
        yield running


async def test_from_an_empty_system_to_a_result_and_a_second_run(empty: Stack, tabs: Tabs, tmp_path: Path) -> None:
    script = write(tmp_path, MIGRATION, "migrate_iclinic")
    page = await tabs.open("/", base=empty.client.base)
    await the_empty_system_says_what_to_do_first(page)
    await a_source_is_made_while_its_form_and_command_are_seen(page, script)
    await a_job_is_made_and_run_at_once(page)
    await the_monitor_shows_it_to_its_result(page)
    await it_is_run_again_with_another_value_for_this_one_run(page)
    await its_history_has_both_and_its_own_value_is_as_it_was(page)
    await what_was_run_is_put_away_and_that_is_said_before(page)


async def the_empty_system_says_what_to_do_first(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Begin with a source")).to_be_visible()
    await page.get_by_role("link", name="Executions").click()
    await expect(page.get_by_role("heading", name="Nothing has been run yet")).to_be_visible()
    await page.get_by_role("link", name="Sources").click()
    await expect(page.get_by_role("heading", name="No sources yet")).to_be_visible()


async def a_source_is_made_while_its_form_and_command_are_seen(page: Page, script: Path) -> None:
    await page.get_by_role("link", name="Add a source").first.click()
    await page.get_by_role("textbox", name="Name", exact=True).fill("iClinic")
    await page.get_by_label("Short name").fill("iclinic")
    await page.get_by_label("Script on the server").fill(str(script))
    await page.get_by_role("button", name="Add a parameter").click()
    await page.get_by_label("Parameter name").fill("since")
    await page.get_by_label("Label").fill("Records since")
    await page.get_by_label("Type").select_option(label="Date")
    await page.get_by_role("checkbox", name="Required").check()
    preview = page.get_by_role("region", name="What an operator will see")
    await preview.get_by_label("Records since").fill("2026-01-31")
    await expect(preview.get_by_test_id("command")).to_contain_text("--since=2026-01-31")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name="iClinic", exact=True)).to_be_visible()
    await expect(page.get_by_role("cell", name=str(script))).to_be_visible()


async def a_job_is_made_and_run_at_once(page: Page) -> None:
    await page.get_by_role("link", name="Jobs", exact=True).click()
    await expect(page.get_by_role("heading", name="No jobs yet")).to_be_visible()
    await page.get_by_role("link", name="New job").first.click()
    await page.get_by_label("Source").select_option(label="iClinic")
    await page.get_by_label("Name of the job").fill("Dr. Souza")
    await page.get_by_label("Records since").fill("2026-02-28")
    await page.get_by_role("button", name="Save and run…").click()
    await expect(page.get_by_role("button", name="Start")).to_be_disabled()
    await page.get_by_label("Environment").select_option(label="Staging")
    await page.get_by_label("Your name").fill("ana@clinic")
    await expect(page.get_by_test_id("command")).to_contain_text("--since=2026-02-28")
    await page.get_by_role("button", name="Start on Staging").click()


async def the_monitor_shows_it_to_its_result(page: Page) -> None:
    await expect(page.get_by_role("status").get_by_text("Completed")).to_be_visible()
    await expect(page.get_by_role("row", name="patients 1,000 990 10 0")).to_be_visible()
    await expect(line(page, 1)).to_contain_text("arguments: --since=2026-02-28")
    await expect(page).to_have_title("Completed · Dr. Souza · MedPro Migrations")


async def it_is_run_again_with_another_value_for_this_one_run(page: Page) -> None:
    await page.get_by_role("link", name="Edit and run").click()
    await expect(page.get_by_label("Records since")).to_be_focused()
    await page.get_by_label("Records since").fill("2025-12-24")
    await expect(page.get_by_label("Your name")).to_have_value("ana@clinic")
    await expect(page.get_by_test_id("command")).to_contain_text("--since=2025-12-24")
    await page.get_by_role("button", name="Start on Staging").click()
    await expect(line(page, 1)).to_contain_text("arguments: --since=2025-12-24")
    await expect(page.get_by_role("status").get_by_text("Completed")).to_be_visible()


async def its_history_has_both_and_its_own_value_is_as_it_was(page: Page) -> None:
    await page.get_by_role("link", name="Dr. Souza").click()
    await expect(page.get_by_label("Records since")).to_have_value("2026-02-28")
    await expect(page.locator("a[data-row]")).to_have_text(["#2", "#1"])


async def what_was_run_is_put_away_and_that_is_said_before(page: Page) -> None:
    await page.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("dialog")).to_contain_text("its history stays")
    await page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
    await expect(page.get_by_role("link", name="Dr. Souza", exact=True)).to_have_count(0)
    await page.get_by_role("switch", name="Inactive too").click()
    await expect(page.get_by_role("link", name="Dr. Souza", exact=True)).to_be_visible()
