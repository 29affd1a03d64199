"""A real browser before a real stack. A tab whose console complains of anything fails its test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.pages.scripts import Speaker, speaker
from tests.pages.tabs import PATIENCE_MS, Tabs
from tests.servers import MariaDb, Sshd, nats_server, program
from tests.stack import Client, Stack, environment, stack

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Root, as which containers run tests, may not use Chromium's sandbox.
        browser = await playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def clinic(folder: Path, mariadb: MariaDb, sshd: Sshd) -> Iterator[Stack]:
    """The whole product with an environment to play in and a protected one."""
    home = folder / "clinic"
    secret = folder / "clinic-secret"
    secret.write_text("never shown\n")
    environments = {
        "staging": environment(sshd, home, display_name="Staging", colour="green", secrets={"api_token": secret}),
        "production": environment(sshd, home, display_name="Produção", colour="red", protected=True),
    }
    with (
        nats_server(home / "nats") as nats,
        stack(home / "stack", nats, mariadb.create("clinic"), environments) as running,
    ):
        yield running


@pytest.fixture
def client(clinic: Stack) -> Client:
    return clinic.client


@pytest.fixture
async def tabs(browser: Browser, clinic: Stack) -> AsyncIterator[Tabs]:
    opened = Tabs(browser, clinic.client.base)
    yield opened
    await opened.close()


@pytest.fixture
async def page(tabs: Tabs) -> Page:
    return await tabs.open()


@pytest.fixture
def script(tmp_path: Path, client: Client) -> Iterator[Speaker]:
    """A script that prints what the test says, when it says it; at the test's end it has ended."""
    one = speaker(tmp_path)
    yield one
    one.end()
    for execution in client.get("/migration-executions?status=running")["items"]:
        if str(one.path) in execution["command_executed"]:
            client.ended(execution["id"])
