"""Whatever lines, names and values hold is shown as text: no markup, script or link, nothing reordered or hidden."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.gateway.expect import fresh
from tests.pages.scripts import write
from tests.pages.tabs import Tabs, line, log
from tests.stack import Client, Stack

# What is printed, and what a reader has to see of it.
LINES = {
    "<script>document.title='owned'</script>": "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">": "<img src=x onerror=\"document.title='owned'\">",
    "&lt;b&gt; &amp; </div></span>": "&lt;b&gt; &amp; </div></span>",
    "  \x1b[31m  <b>red</b>\x1b[0m  ": "    <b>red</b>  ",
    "\x1b[38;2;1;2;3;url(http://127.0.0.1/x)mno\x1b[0m": None,
    "see \x1b]8;;javascript:document.title='owned'\x1b\\this link\x1b]8;;\x1b\\": "see this link",
    "a\u202egnp.exe": "a⟨202E⟩gnp.exe",
    "a\u2066b\u2069c\u200bd\ufeffe": "a⟨2066⟩b⟨2069⟩c⟨200B⟩d⟨FEFF⟩e",
    "nul\x00here": "nul\\0here",
    "bell\x07 and \x9b31m": None,
    "{{7*7}} ${7*7} %s%n": "{{7*7}} ${7*7} %s%n",
    "javascript:alert(1) http://127.0.0.1/x": "javascript:alert(1) http://127.0.0.1/x",
    "Ünïcödé 🏥 日本 العربية": "Ünïcödé 🏥 日本 العربية",
    "x" * 5000: "x" * 5000,
}
NAME = "<img src=x onerror=document.title='owned'>\u202egnp.exe"
SHOWN = "<img src=x onerror=document.title='owned'>⟨202E⟩gnp.exe"
RESULT = {
    "message": NAME,
    "entities": [{"name": NAME, "read": 2, "migrated": 1, "skipped": 0, "failed": 0}],
    "outputs": {NAME: NAME, "link": "javascript:alert(1)"},
}
PRINTS = f"""#!/usr/bin/env python3
import os, pathlib, sys
sys.stdout.buffer.write({(chr(10).join(LINES) + chr(10)).encode()!r})
print({f"::progress value=30::{NAME}"!r})
pathlib.Path(os.environ["MEDPRO_RESULT_FILE"]).write_text({json.dumps(RESULT)!r})
"""


@pytest.fixture(scope="module")
def hostile(clinic: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A source, a job and an execution with the name in every field that takes it."""
    client = clinic.client
    path = write(tmp_path_factory.mktemp("hostile"), PRINTS)
    definition = {"name": "constructor", "label": NAME, "help": NAME, "default": NAME}
    described = {"display_name": NAME, "description": f"{NAME}\0", "name": fresh("hostile")}
    source = client.source(path, [definition, {"name": "choice", "type": "choice", "choices": [NAME]}], **described)
    job = client.post("/migration-jobs", {"source_id": source["id"], "name": NAME, "parameters": {"choice": NAME}})
    execution = client.ended(client.execute(job, executed_by=NAME)["id"])
    return {"source": source["id"], "job": job["id"], "execution": execution["id"]}


READ = "main :is(h1, h2, td, a, label, p, dd, legend, option)"


async def assert_unharmed(page: Page) -> None:
    """Nothing became an element, nothing ran. What the policy stopped would be in the console, which the tab reads."""
    assert await page.locator("main img, main script, main b, #pages iframe").count() == 0
    assert await page.locator("a[href^='javascript:'], a[href^='http://127.0.0.1/x']").count() == 0
    assert "owned'" in await page.content()
    assert await page.title() != "owned"


async def test_every_line_is_shown_as_text(tabs: Tabs, hostile: dict[str, Any]) -> None:
    page = await tabs.open(f"/executions/{hostile['execution']}#L1")
    for seq, expected in enumerate(LINES.values(), 1):
        text = line(page, seq).locator("span").first
        await expect(text).to_be_visible()
        if expected is not None:
            assert await text.text_content() == expected
        assert "\x1b" not in (await text.text_content() or "")
    await page.get_by_label("Search the log").fill("<script>")
    await expect(log(page).locator("mark")).to_have_text("<script>")
    await assert_unharmed(page)


async def test_a_result_is_shown_as_text(tabs: Tabs, hostile: dict[str, Any]) -> None:
    page = await tabs.open(f"/executions/{hostile['execution']}")
    result = page.get_by_role("region", name="Result")
    await expect(result.get_by_text(SHOWN)).to_have_count(4)
    await expect(result.get_by_text("javascript:alert(1)")).to_be_visible()
    await page.get_by_text("Command and values").click()
    details = page.locator("details")
    await expect(details.locator("dd").get_by_text(SHOWN)).to_have_count(3)
    await expect(details.get_by_test_id("command")).to_contain_text("⟨202E⟩")
    await assert_unharmed(page)


@pytest.mark.parametrize(
    ("path", "times"),
    [
        ("/sources?q=gnp", 1),
        ("/sources/{source}", 3),
        ("/jobs?q=gnp", 2),
        ("/jobs/{job}", 4),
        ("/jobs/{job}/run", 3),
        ("/executions", 2),
        ("/executions/{execution}", 1),
        ("/jobs/new?copy={job}", 3),
    ],
)
async def test_names_are_shown_as_text(tabs: Tabs, hostile: dict[str, Any], path: str, times: int) -> None:
    page = await tabs.open(path.format(**hostile))
    await expect(page.locator("main").get_by_text(SHOWN).filter(visible=True).nth(times - 1)).to_be_visible()
    await assert_unharmed(page)
    # Where it can be edited it is as it is; everywhere else it reorders nothing.
    assert await page.locator(READ).filter(has_text="\u202e").count() == 0


async def test_a_dialog_names_it_as_text(page: Page, client: Client, tmp_path: Path) -> None:
    source = client.source("/opt/x", name=fresh("hostile"), display_name=NAME)
    await page.goto(f"/sources/{source['id']}")
    await page.get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("dialog").get_by_text(f"Delete {SHOWN}?")).to_be_visible()
    await assert_unharmed(page)
