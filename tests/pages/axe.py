"""axe-core in a page: what is wrong with its accessibility."""

from playwright.async_api import Page

from tests.stack import ROOT

SOURCE = ROOT / "gateway" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
    'best-practice']})).violations.map(
    one => `${one.id}: ${one.nodes.map(node => `${node.html} ${node.failureSummary}`).join(' | ')}`)"""


async def violations(page: Page) -> list[str]:
    # The page's own policy lets no inline script in; the debugger is not bound by it.
    await page.evaluate(SOURCE.read_text())
    # Colours that still fade in or out would be judged by what they are for a moment.
    await page.evaluate("() => Promise.all(document.getAnimations().filter(one => one.effect.getComputedTiming()"
                        ".iterations !== Infinity).map(one => one.finished.catch(() => null)))")  # fmt: skip
    found: list[str] = await page.evaluate(RUN)
    return found


async def assert_accessible(page: Page) -> None:
    found = await violations(page)
    assert not found, "\n".join(found)
