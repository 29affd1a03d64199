"""axe finds nothing, on any page, in any theme, with any dialog open; and pages fit a phone and a reader's zoom."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.gateway.gateways import guarded_gateway
from tests.pages.axe import assert_accessible, violations
from tests.pages.scripts import Speaker, run, running, speaker
from tests.pages.tabs import Tabs, shown
from tests.pages.test_forms import PARAMETERS
from tests.stack import Client, Stack

pytestmark = pytest.mark.slow

PAGES = {
    "sources": "/sources",
    "a new source": "/sources/new",
    "a source": "/sources/{source}",
    "jobs": "/jobs",
    "jobs that none matches": "/jobs?q=nothing-is-called-so",
    "a new job": "/jobs/new?source={source}",
    "a job": "/jobs/{job}",
    "a run": "/jobs/{job}/run",
    "executions": "/executions",
    "an execution": "/executions/{execution}",
    "no page": "/executions/999999",
    "no address": "/jobs/abc",
}
RESULT = {
    "message": "nearly all",
    "entities": [{"name": "patients", "read": 10, "migrated": 8, "skipped": 1, "failed": 3}],
    "outputs": {"report": "reports/1.csv"},
}
COLOURS = "".join(f"\x1b[{code}m text \x1b[0m" for code in (*range(30, 38), *range(90, 98), 1, 2, 3, 4, *range(40, 48)))


@pytest.fixture(scope="module")
def places(clinic: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """A source with every type of parameter, its job, and an execution with all that an execution can show."""
    client = clinic.client
    source = client.source("/opt/x", PARAMETERS)
    body = {"source_id": source["id"], "name": source["name"], "parameters": {"practitioner_id": 7}}
    job = client.post("/migration-jobs", body)
    one = speaker(tmp_path_factory.mktemp("accessible"))
    one.say("fine", "WARNING odd", "ERROR bad", COLOURS)
    one.end(3, RESULT)
    return {"source": source["id"], "job": job["id"], "execution": run(client, one.path)["id"]}


@pytest.fixture(params=["light", "dark"])
async def themed(request: pytest.FixtureRequest, tabs: Tabs) -> AsyncIterator[Page]:
    page = await tabs.open(color_scheme=request.param, reduced_motion="reduce")
    yield page
    assert await page.evaluate("document.documentElement.dataset.mantineColorScheme") == request.param


async def ready(page: Page, path: str) -> None:
    await page.goto(path)
    await expect(page.locator("main h1, main h2, main [role=alert]").first).to_be_visible()
    await expect(page.get_by_label("Loading")).to_have_count(0)


async def test_axe_finds_nothing_on_any_page(tabs: Tabs, themed: Page, places: dict[str, int]) -> None:
    tabs.expect_complaint("status of 404")
    found = []
    for name, path in PAGES.items():
        await ready(themed, path.format(**places))
        found += [f"{name}: {one}" for one in await violations(themed)]
    assert not found, "\n".join(found)


async def test_axe_finds_nothing_on_a_protected_run_with_errors(themed: Page, places: dict[str, int]) -> None:
    await ready(themed, f"/jobs/{places['job']}/run")
    await themed.get_by_label("Environment").select_option("production")
    await themed.get_by_label("Practitioner").fill("abc")
    await expect(themed.get_by_label("Practitioner")).to_have_accessible_description("must be a whole number")
    await assert_accessible(themed)


async def test_axe_finds_nothing_while_a_run_is_watched_searched_and_stopped(
    client: Client, themed: Page, script: Speaker
) -> None:
    execution = running(client, script.path)
    script.say("ERROR one", *(f"line {number}" for number in range(200)))
    script.say("unfinished", end="")
    await ready(themed, f"/executions/{execution['id']}")
    await shown(themed, 201)
    await themed.get_by_label("Search the log").fill("line")
    await expect(themed.get_by_test_id("hits")).to_have_text("200 matches")
    await assert_accessible(themed)
    await themed.get_by_role("button", name="Stop…").click()
    await assert_accessible(themed)
    await themed.get_by_role("button", name="Stop the run").click()
    await expect(themed.get_by_text("Stopped by request").first).to_be_visible()
    await assert_accessible(themed)


async def test_axe_finds_nothing_in_any_dialog(
    clinic: Stack, tabs: Tabs, themed: Page, places: dict[str, int], tmp_path: Path
) -> None:
    dialog = themed.get_by_role("dialog")
    await ready(themed, "/jobs")
    await themed.keyboard.press("?")
    await expect(dialog).to_be_visible()
    await assert_accessible(themed)
    await ready(themed, f"/sources/{places['source']}")
    await themed.get_by_role("button", name="Delete").click()
    await expect(dialog).to_be_visible()
    await assert_accessible(themed)
    tabs.expect_complaint("status of 401")
    with guarded_gateway(clinic, tmp_path) as guarded:
        await themed.goto(f"{guarded.base}/jobs")
        await expect(dialog).to_be_visible()
        await assert_accessible(themed)


@pytest.mark.parametrize(
    ("width", "height"),
    [(400, 800), (640, 450)],
    ids=["a phone", "1280 pixels at 200 %"],
)
async def test_no_page_scrolls_sideways(tabs: Tabs, places: dict[str, int], width: int, height: int) -> None:
    tabs.expect_complaint("status of 404")
    page = await tabs.open(viewport={"width": width, "height": height})
    wide = {}
    for name, path in PAGES.items():
        await ready(page, path.format(**places))
        wide[name] = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert {name: by for name, by in wide.items() if by > 0} == {}
