"""Two people who edit the same source or job: nothing typed is taken away, nothing is overwritten silently."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.pages.tabs import Tabs
from tests.stack import Client


@pytest.mark.parametrize("kind", ["sources", "jobs"])
async def test_what_somebody_else_has_changed_is_not_overwritten(
    client: Client, page: Page, tabs: Tabs, kind: str
) -> None:
    made = client.source("/opt/x") if kind == "sources" else client.job("/opt/x")
    api = f"/api/v1/migration-{kind}/{made['id']}"
    await page.goto(f"/{kind}/{made['id']}")
    description = page.get_by_label("Description")
    await description.fill("typed here")
    assert client.call("PUT", api, {"description": "theirs"}).status == 200
    tabs.expect_complaint("412")
    await page.get_by_role("button", name="Save", exact=True).click()
    notice = page.get_by_role("alert").filter(has_text="Somebody else has changed it")
    await expect(notice).to_be_visible()
    await expect(description).to_have_value("typed here")
    assert client.call("GET", api).json["description"] == "theirs"
    await notice.get_by_role("button", name="Show it as it is now").click()
    await expect(description).to_have_value("theirs")
    await description.fill("both")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page).to_have_url(re.compile(f"/{kind}$"))
    assert client.call("GET", api).json["description"] == "both"
