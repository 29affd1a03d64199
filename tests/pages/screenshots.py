"""`python -m tests.pages.screenshots`: the pictures of the README, from a running `make run` with its samples.

It runs the first sample job once, so that the monitor has something to show.
"""

import argparse
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.servers import program
from tests.stack import ROOT

FOLDER = ROOT / "docs" / "images"
SIZE = {"width": 1200, "height": 760}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.pages.screenshots", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    asked = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        context = browser.new_context(base_url=asked.url, viewport=SIZE, locale="en-GB")  # type: ignore[arg-type]  # a size
        page = context.new_page()
        source(page, FOLDER / "source.png")
        run(page, FOLDER / "run.png")
        monitor(page, FOLDER / "monitor.png")
        browser.close()


def source(page: Page, path: Path) -> None:
    page.goto("/sources/1")
    expect(page.get_by_test_id("command")).to_contain_text("migrate_iclinic")
    page.screenshot(path=path)


def run(page: Page, path: Path) -> None:
    page.goto("/jobs/1/run")
    page.get_by_label("Environment").select_option("staging")
    page.get_by_label("Your name").fill("ana@clinic")
    expect(page.get_by_role("button", name="Start on Staging")).to_be_enabled()
    page.screenshot(path=path)


def monitor(page: Page, path: Path) -> None:
    page.get_by_role("button", name="Start on Staging").click()
    expect(page.get_by_text("appointments", exact=False).first).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("log-lines")).to_contain_text("ERROR", timeout=60_000)
    page.screenshot(path=path)


if __name__ == "__main__":
    main()
