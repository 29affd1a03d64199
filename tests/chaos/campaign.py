"""One campaign: a private stack, executions, harm; then calm, and the comparison of what is left."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos import checker, records
from tests.chaos.driving import CANCEL_AFTER_S, Driven, Operator
from tests.chaos.nemesis import Nemesis
from tests.chaos.scene import TARGETS, Scene, scene
from tests.chaos.schedule import schedule
from tests.chaos.scripts import scripts
from tests.chaos.wire import FAILED, Wire, wire

REST_WITHIN_S = 75
LONGEST_S = 40.0
THREADS = 64
LAUNCHED_WITHIN = 0.75  # of the campaign
CANCELLED = 5  # one in so many


@dataclass
class Report:
    seed: int
    seconds: float
    executions: int
    harm: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    facts: dict[str, int | float] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        def counted(counts: Counter[str]) -> str:
            return ", ".join(f"{name} {number}" for name, number in sorted(counts.items()))

        return "\n".join(
            [
                f"seed {self.seed}, {self.seconds:.0f} s, {self.executions} executions",
                f"harm      {self.harm.total()}: {counted(self.harm)}",
                f"outcomes  {counted(self.outcomes)}",
                f"facts     {', '.join(f'{name} {value}' for name, value in self.facts.items())}",
                f"findings  {len(self.findings)}",
                *(f"  - {finding}" for finding in self.findings),
            ]
        )


def run(seed: int, seconds: float, executions: int, folder: Path, say: Callable[[str], None] = print) -> Report:
    report = Report(seed, seconds, executions)
    with scene(folder) as made:
        asyncio.run(_campaign(report, made, say))
    return report


async def _campaign(report: Report, made: Scene, say: Callable[[str], None]) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    operator = await asyncio.to_thread(_prepare, report, made)
    began = time.monotonic()

    def tell(text: str) -> None:
        say(f"{time.monotonic() - began:7.1f} s  {text}")

    async with wire(made.nats.url) as wired:
        nemesis = Nemesis(report.seed, made, wired, operator.known, tell)
        watching = asyncio.create_task(operator.watch())
        await asyncio.gather(operator.drive(), nemesis.harm(schedule(report.seed, report.seconds)))
        tell("the harm is done")
        report.harm = nemesis.done
        calm_at = time.monotonic()
        await _come_to_rest(report, made, operator, wired)
        report.facts["came to rest after s"] = round(time.monotonic() - calm_at, 1)
        watching.cancel()
        tell("at rest")
    await _compare(report, made, operator)


def _prepare(report: Report, made: Scene) -> Operator:
    made.stack.wait_ready()
    folder = made.folder / "scripts"
    folder.mkdir()
    dice = random.Random(f"operator {report.seed}")
    chosen = scripts(report.seed, report.executions, min(LONGEST_S, report.seconds * 0.4))
    driven = [
        Driven(
            script=script,
            job=made.stack.client.job(script.write(folder, made.folder / "mark")),
            launch_at_s=dice.uniform(0, report.seconds * LAUNCHED_WITHIN),
            cancel_after_s=dice.choice(CANCEL_AFTER_S) if dice.randrange(CANCELLED) == 0 else None,
        )
        for script in chosen
    ]
    return Operator(made.stack.client, report.seed, driven)


async def _come_to_rest(report: Report, made: Scene, operator: Operator, wired: Wire) -> None:
    """Waits until all have ended and the queues are empty. Many may wait for their turn: what is left when no more
    of them ended for a while is a finding."""
    for name in TARGETS:
        if not made.process(name).running:
            report.findings.append(f"{name} ended by itself: {made.process(name).said()[-1500:]}")
            made.process(name).kill()
            await made.start(name)
    last_end = max(one.launched_at + one.script.lasts_s for one in operator.driven)
    deadline = max(time.monotonic(), last_end) + REST_WITHIN_S
    left: list[str] = ["not looked at yet"]
    while left and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        before, left = len(left), [one.name for one in operator.driven if not one.ended] or await _queued(wired)
        if len(left) < before:
            deadline = max(deadline, time.monotonic() + REST_WITHIN_S)
    report.findings += [f"not at rest within {REST_WITHIN_S} s: {what}" for what in left]


async def _queued(wired: Wire) -> list[str]:
    try:
        states = {name: (await wired.stream.stream_info(name)).state.messages for name in ("EXECUTE", "LOGS")}
    except FAILED as error:
        return [f"the streams do not answer: {type(error).__name__}"]
    return [f"{number} messages in {name}" for name, number in states.items() if number]


async def _compare(report: Report, made: Scene, operator: Operator) -> None:
    lives = await records.published(made)
    rows = records.rows(made)
    marks = (made.folder / "mark").read_text().split()
    report.findings += [*made.died, *operator.wrong, *checker.check_dead(lives)]
    if len(rows) != len(operator.driven):
        report.findings.append(f"{len(operator.driven)} executions were launched, {len(rows)} are there")
    if strange := set(marks) - {row.run_key for row in rows.values()}:
        report.findings.append(f"scripts were started that no execution asked for: {strange}")
    for one in operator.driven:
        row = rows[one.id or 0]
        shown = await asyncio.to_thread(made.stack.client.execution, one.id or 0)
        kept = await asyncio.to_thread(records.lines, made.stack.client, one.id or 0)
        operator.note(one, shown)
        host = records.on_host(made.stack.run_directory / row.run_key)
        evidence = checker.Evidence(one, row, host, marks.count(row.run_key), shown, kept)
        wrong = [*checker.check(evidence), *checker.check_events(evidence, lives)]
        report.findings += [f"{one.name} [{row.run_key}] {what}" for what in wrong]
        report.outcomes[(shown["result_summary"] or {"outcome": "none"})["outcome"]] += 1
    report.facts |= {
        "lines": sum(one.last["log_lines"] for one in operator.driven),
        "bytes": sum(row.log_bytes for row in rows.values()),
        "events": sum(len(life.events) for life in lives),
        "progress after the end": checker.late_events(lives),
        "dead letters": sum(len(life.dead) for life in lives),
        "directories not settled": records.not_settled(made.stack.run_directory),
        "looks": operator.looks,
        "requests refused or unanswered": operator.unanswered,
    }
