"""Forms: errors beside their fields, a protected environment, the editor of definitions, consequences said before."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.gateway.expect import fresh
from tests.pages.scripts import Speaker, run
from tests.pages.tabs import Tabs
from tests.stack import Client

PARAMETERS: list[dict[str, Any]] = [
    {"name": "practitioner_id", "label": "Practitioner", "type": "integer", "required": True, "min": 1},
    {"name": "mode", "type": "choice", "choices": ["full", "delta"], "default": "full"},
    {"name": "dry_run", "type": "boolean"},
    {"name": "since", "type": "date"},
    {"name": "api_token", "type": "secret"},
]


async def test_a_wrong_value_is_named_beside_its_field(client: Client, tabs: Tabs) -> None:
    source = client.source("/opt/x", PARAMETERS, name=fresh("wrong"))
    tabs.expect_complaint("status of 422")
    page = await tabs.open(f"/jobs/new?source={source['id']}")
    await page.get_by_label("Name of the job").fill(fresh("job"))
    field = page.get_by_label("Practitioner")
    await field.fill("abc")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(field).to_have_accessible_description("must be a whole number")
    await expect(page.get_by_role("alert")).to_contain_text("Something is not right yet")


async def test_before_a_run_every_wrong_value_is_named_and_nothing_can_be_started(client: Client, page: Page) -> None:
    job = client.job("/opt/x", PARAMETERS, practitioner_id=7)
    await page.goto(f"/jobs/{job['id']}/run")
    await page.get_by_label("Environment").select_option("staging")
    start = page.get_by_role("button", name="Start on Staging")
    await expect(start).to_be_enabled()
    await page.get_by_label("Practitioner").fill("0")
    await expect(page.get_by_label("Practitioner")).to_have_accessible_description("must be at least 1")
    await expect(start).to_be_disabled()
    await page.get_by_label("Practitioner").fill("")
    await expect(page.get_by_label("Practitioner")).to_have_accessible_description("is required")
    await expect(page.get_by_test_id("command")).to_contain_text("There is no command")


async def test_each_type_has_its_own_field(client: Client, page: Page) -> None:
    job = client.job("/opt/x", PARAMETERS, practitioner_id=7)
    await page.goto(f"/jobs/{job['id']}/run")
    await page.get_by_label("Environment").select_option("staging")
    await page.get_by_label("mode").select_option("delta")
    await page.get_by_label("dry_run").check()
    await expect(page.get_by_label("since")).to_have_attribute("type", "date")
    await page.get_by_label("api_token").select_option("api_token")
    command = page.get_by_test_id("command")
    await expect(command).to_contain_text("--mode=delta --dry_run")
    await expect(command).to_contain_text("--practitioner_id=7")
    await expect(command).not_to_contain_text("never shown")


async def test_a_protected_environment_shows_its_colour_and_wants_its_name(
    client: Client, page: Page, script: Speaker
) -> None:
    job = client.job(script.path)
    await page.goto(f"/jobs/{job['id']}/run")
    await page.get_by_label("Environment").select_option("production")
    band = page.get_by_role("note")
    await expect(band).to_contain_text("Produção, a protected environment")
    await expect(band).to_have_attribute("data-colour", "red")
    start = page.get_by_role("button", name="Start on Produção")
    await expect(page.get_by_test_id("command")).to_contain_text(str(script.path))
    await expect(start).to_be_disabled()
    typed = page.get_by_label("Type Produção to confirm")
    await typed.fill("producao")
    await expect(start).to_be_disabled()
    await typed.fill("Produção")
    await start.click()
    await expect(page).to_have_url(re.compile(r"/executions/\d+$"))
    await expect(band).to_have_attribute("data-colour", "red")


async def test_starting_what_runs_already_leads_to_it(client: Client, tabs: Tabs, script: Speaker) -> None:
    job = client.job(script.path)
    execution = client.execute(job)
    tabs.expect_complaint("status of 409")
    page = await tabs.open(f"/jobs/{job['id']}/run")
    await page.get_by_label("Environment").select_option("staging")
    await page.get_by_role("button", name="Start on Staging").click()
    await page.get_by_role("link", name=f"Watch execution #{execution['id']}").click()
    await expect(page).to_have_url(re.compile(f"/executions/{execution['id']}$"))


async def test_definitions_are_added_moved_and_removed_with_what_they_make(client: Client, page: Page) -> None:
    source = client.source("/opt/x", [{"name": "first", "default": "1"}, {"name": "second", "default": "2"}])
    await page.goto(f"/sources/{source['id']}")
    command = page.get_by_role("region", name="What an operator will see").get_by_test_id("command")
    await expect(command).to_contain_text("--first=1 --second=2")
    await page.get_by_role("group", name="first").get_by_role("button", name="Move down").click()
    await expect(command).to_contain_text("--second=2 --first=1")
    await page.get_by_role("group", name="second").get_by_role("textbox", name="Flag").fill("-s")
    await expect(command).to_contain_text("-s 2 --first=1")
    await page.get_by_role("group", name="first").get_by_role("button", name="Remove").click()
    await expect(command).not_to_contain_text("first")
    await page.get_by_role("button", name="Add a parameter").click()
    added = page.get_by_role("group", name="Parameter 2")
    await added.get_by_label("Parameter name").fill("kind")
    await page.get_by_role("group", name="kind").get_by_label("Type").select_option("choice")
    choices = page.get_by_role("group", name="kind").get_by_label("Choices")
    for choice in ("all", "new"):
        await choices.fill(choice)
        await choices.press("Enter")
    await page.get_by_role("group", name="kind").get_by_label("Default").select_option("new")
    await expect(command).to_contain_text("-s 2 --kind=new")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Saved")).to_be_visible()
    names = [one["name"] for one in client.get(f"/migration-sources/{source['id']}")["parameters"]]
    assert names == ["second", "kind"]


async def test_a_wrong_definition_is_named_beside_its_field(client: Client, tabs: Tabs) -> None:
    source = client.source("/opt/x", [{"name": "count", "type": "integer"}])
    tabs.expect_complaint("status of 4(00|22)")
    page = await tabs.open(f"/sources/{source['id']}")
    count = page.get_by_role("group", name="count")
    await count.get_by_label("Default").fill("ten")
    await page.get_by_role("button", name="Save").click()
    await expect(count.get_by_label("Default")).to_have_accessible_description("must be a whole number")
    await count.get_by_label("At least").fill("one")
    await page.get_by_role("button", name="Save").click()
    await expect(count.get_by_label("At least")).to_have_accessible_description(re.compile("number|float"))


async def test_the_consequence_of_deleting_is_said_before(client: Client, page: Page, script: Speaker) -> None:
    script.end()
    execution = run(client, script.path)
    source_id = client.get(f"/migration-jobs/{execution['job_id']}")["source_id"]
    unused = client.source("/opt/x", name=fresh("unused"))
    dialog = page.get_by_role("dialog")
    await page.goto(f"/sources/{source_id}")
    await page.get_by_role("button", name="Delete").click()
    await expect(dialog).to_contain_text("1 job uses it, so it is deactivated instead")
    await page.goto(f"/sources/{unused['id']}")
    await page.get_by_role("button", name="Delete").click()
    await expect(dialog).to_contain_text("removed for good")
    await dialog.get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("Done", exact=True)).to_be_visible()
    assert client.call("GET", f"/api/v1/migration-sources/{unused['id']}").status == 404


async def test_a_duplicate_begins_with_the_values_of_its_original(client: Client, page: Page) -> None:
    job = client.job("/opt/x", PARAMETERS, practitioner_id=1234)
    await page.goto(f"/jobs/{job['id']}")
    await page.get_by_role("link", name="Duplicate").click()
    await expect(page.get_by_label("Name of the job")).to_have_value(f"{job['name']} (copy)")
    await expect(page.get_by_label("Practitioner")).to_have_value("1234")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("link", name=f"{job['name']} (copy)", exact=True)).to_be_visible()
