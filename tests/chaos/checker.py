"""The checker: the host's record against rows, mark file and published events. Each violation is a sentence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.logsink.understand import Reader
from tests.chaos.driving import Driven
from tests.chaos.records import OnHost, Published, Row
from tests.chaos.wire import NONSENSE

ENDS = ("completed", "failed")


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of one execution when all has come to rest."""

    driven: Driven
    row: Row
    host: OnHost
    starts: int
    shown: dict[str, Any]
    lines: list[tuple[int, str, str]]


def check(one: Evidence) -> Iterator[str]:
    if one.shown["status"] == "running":
        yield f"is still running: {one.shown}; on the host: {one.host}"[:1500]
        return
    yield from check_start(one)
    yield from check_outcome(one)
    yield from check_lines(one)


def check_start(one: Evidence) -> Iterator[str]:
    summary, expected = one.shown["result_summary"], 1 if one.host.started else 0
    if one.starts != expected:
        yield f"was started {one.starts} times, by its run directory {expected}"
    if not one.host.started and summary["outcome"] != "cancelled":
        yield f"was never started, and yet its outcome is {summary}"
    if one.host.started and not one.host.ended:
        yield "has no exit status on the host"
    if one.host.started and one.shown["script_started_at"] is None:
        yield "was started, and yet script_started_at is null"


def check_outcome(one: Evidence) -> Iterator[str]:
    summary, script, host = one.shown["result_summary"], one.driven.script, one.host
    expected = outcome_on_host(host)
    if (summary["outcome"], summary["exit_status"]) != (expected, host.status):
        yield f"says {summary}; the host says {expected}, exit status {host.status}"
    if (one.shown["status"] == "completed") != (expected == "succeeded"):
        yield f"is {one.shown['status']}, and its outcome is {expected}"
    if expected == "cancelled" and not one.driven.cancel_sent:
        yield "was cancelled, and nobody asked for it"
    if one.driven.cancel_sent and one.shown["cancel_requested_at"] is None and one.driven.cancel_confirmed:
        yield "was asked to be cancelled and does not say so"
    if expected != "cancelled" and host.status != script.status:
        yield f"ended with {host.status}; undisturbed it ends with {script.status}"
    if expected != "cancelled" and host.log != script.output:
        yield f"printed {len(host.log)} bytes; undisturbed it prints {len(script.output)}"
    if expected == "succeeded" and one.shown["progress"] != 100:
        yield f"succeeded with progress {one.shown['progress']}"
    if expected != "succeeded" and one.shown["progress"] > 99:
        yield f"did not succeed and shows progress {one.shown['progress']}"


def outcome_on_host(host: OnHost) -> str:
    if host.stopped or not host.started:
        return "cancelled"
    match host.status:
        case None:
            return "lost"
        case 0:
            return "succeeded"
        case status:
            return "signal" if 128 < status <= 192 else "exit_status"


def check_lines(one: Evidence) -> Iterator[str]:
    """The rows are what the reader makes of the whole file in one piece; so is the summary."""
    reader = Reader.new()
    told = [*reader.feed(one.host.log).lines, *reader.finish().lines]
    expected = [(number, line.level, line.text) for number, line in enumerate(told, 1)]
    if one.lines != expected:
        at = next((n for n, pair in enumerate(zip(one.lines, expected, strict=False)) if pair[0] != pair[1]), None)
        where = min(len(one.lines), len(expected)) if at is None else at
        kept, wanted = f"{one.lines[where : where + 1]}"[:300], f"{expected[where : where + 1]}"[:300]
        yield f"has {len(one.lines)} lines, expected {len(expected)}; the first that differs: {kept}, expected {wanted}"
    if one.shown["log_lines"] != len(one.lines):
        yield f"says {one.shown['log_lines']} lines and has {len(one.lines)}"
    if one.row.log_bytes != len(one.host.log):
        yield f"kept {one.row.log_bytes} bytes of {len(one.host.log)}"
    texts = {number: text for number, _, text in one.lines}
    if changed := [number for number, text in one.driven.lines.items() if texts.get(number) != text]:
        yield f"showed other lines before: {changed[:10]}"
    summary = one.shown["result_summary"]
    fixed = {name: summary[name] for name in ("outcome", "exit_status", "reason")}
    if summary != (whole := reader.summary(**fixed, result_json=one.host.result)):
        yield f"says {summary}; the whole log says {whole}"


def check_events(one: Evidence, lives: list[Published]) -> Iterator[str]:
    """Every public event was published, in one life of NATS's data or another; its end agrees with the row."""
    events = [event for life in lives for event in life.events if event["execution_id"] == one.driven.id]
    names = {event["event"] for event in events}
    due = {"requested", "completed" if one.shown["status"] == "completed" else "failed"}
    due |= {"started"} if one.shown["script_started_at"] else set()
    due |= {"cancelling"} if one.shown["cancel_requested_at"] else set()
    if missing := due - names:
        yield f"was never announced as {', '.join(sorted(missing))}"
    if extra := names - due - {"progress"}:
        yield f"was announced as {', '.join(sorted(extra))}"
    ends = [event for event in events if event["event"] in ENDS]
    said = {name: one.shown[name] for name in ("progress", "result_summary")}
    if ends and {name: ends[-1][name] for name in said} != said:
        yield f"its last event says {ends[-1]}, the row {said}"
    for event in events:
        if event["event"] == "progress" and not 0 <= event["progress"] <= 99:
            yield f"its progress was announced as {event['progress']}"


def check_dead(lives: list[Published]) -> Iterator[str]:
    for message in (message for life in lives for message in life.dead):
        if NONSENSE not in message.headers:
            yield f"what was no nonsense is in DEAD: {message.subject} {message.headers} {message.data[:200]!r}"


def late_events(lives: list[Published]) -> int:
    """Progress announced after the end: allowed, for two logsinks announce side by side; but counted."""
    ended: Counter[int] = Counter()
    late = 0
    for event in (event for life in lives for event in life.events):
        late += event["event"] == "progress" and ended[event["execution_id"]] > 0
        ended[event["execution_id"]] += event["event"] in ENDS
    return late
