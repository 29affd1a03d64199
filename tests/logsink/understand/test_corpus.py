"""What real programs print, and what a careful person would say of it (corpus/capture.py made the files)."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from services.logsink.understand import Line, Progress, Reader

CORPUS = Path(__file__).parent / "corpus"


class Seen(NamedTuple):
    lines: list[Line]
    shown: list[Progress]


class Expected(NamedTuple):
    file: str
    lines: int  # stored at most
    last: str  # somewhere in the last stored lines
    percent: float | None  # at the end, before the exit status is known
    message: str  # somewhere in the messages that were shown


REPAINTED = [
    Expected("tqdm_phases", 3, "Migrating appointments: 100%", 99, "phase 2: appointments"),
    Expected("tqdm_side_by_side", 4, "worker 2: 100%", 99, "worker 1: 30 of 60"),
    Expected("tqdm_nested", 2, "clinics: 100%", 99, "2 of 4 clinics"),
    Expected("rich_two_bars", 4, "appointments", 99, "patients"),
    Expected("alive_bar", 2, "300/300 [100%]", 99, "of 300 patients"),
    Expected("rsync_progress2", 1, "100%", 99, ""),
    Expected("rsync_per_file", 90, "to-chk=0/41", 99, "20 of 41 files"),
    Expected("pv", 1, "100%", 99, ""),
    Expected("dd", 3, "copied", 0, "20000000 bytes"),
    Expected("curl", 3, "100 19.0M", 99, ""),
    Expected("curl_bar", 1, "100.0%", 99, ""),
    Expected("wget_bar", 10, "saved", 99, "copy"),
    Expected("wget_dots", 16, "saved", 99, ""),
    Expected("git_clone", 6, "Receiving objects: 100%", 99, "phase 2: objects"),
]


@pytest.mark.parametrize("expected", REPAINTED, ids=lambda expected: expected.file)
def test_a_repainted_line_is_stored_once_and_its_progress_is_seen(expected: Expected) -> None:
    seen = _read(expected.file)
    assert len(seen.lines) <= expected.lines
    assert any(expected.last in line.text for line in seen.lines[-5:])
    assert seen.shown[-1].percent == expected.percent
    assert any(expected.message in (progress.message or "") for progress in seen.shown)


@pytest.mark.parametrize(
    ("file", "repaint", "percent"),
    [
        ("tqdm_phases", rb"patients:  ([5-9]\d)%[^\r]*\r", None),
        ("tqdm_nested", rb"clinics:  50%[^\r]*\r", 50),
        ("wget_dots", rb"47%.*\n", 47),
        ("pv", rb"([3-9]\d)% ETA[^\r]*\r", None),
        ("curl", rb"\r ([1-9]\d) [^\r]*\r", None),
        ("wget_bar", rb" ([3-9]\d)%\[[^\r]*\r", None),
        ("rsync_progress2", rb" ([3-9]\d)% [^\r]*\r", None),
        ("rsync_per_file", rb"to-chk=20/41\)\n", 51),
        ("git_clone", rb"Counting objects:  ([3-9]\d)%[^\r]*\r", None),
        ("python_logging", rb"migrated 617 patients, 0 errors so far\n", 50),
    ],
)
def test_at_a_chosen_point_the_progress_is_what_one_would_say(file: str, repaint: bytes, percent: float | None) -> None:
    data = _raw(file)
    point = re.search(repaint, data)
    assert point is not None
    progress = Reader.new().feed(data[: point.end()]).progress
    assert progress is not None
    assert abs(progress.percent - (percent if percent is not None else int(point.group(1)))) <= 1.5


@pytest.mark.parametrize(
    "file", ["django_migrate", "alembic_upgrade", "node_crash", "java_crash", "sqlite_error", "mariadb_dump_error"]
)
def test_where_there_is_no_progress_none_is_shown(file: str) -> None:
    assert _read(file).shown == []


@pytest.mark.parametrize(
    ("file", "levels"),
    [
        ("python_logging", {"DEBUG": 1, "INFO": 3, "WARNING": 1, "ERROR": 10}),
        ("java_crash", {"INFO": 1, "ERROR": 12}),
        ("sqlite_error", {"ERROR": 1}),
        ("mariadb_dump_error", {"ERROR": 1}),
        ("alembic_upgrade", {"INFO": 5}),
        ("django_migrate", {"INFO": 17}),
    ],
)
def test_each_line_has_the_level_that_its_program_meant(file: str, levels: dict[str, int]) -> None:
    found = [line.level for line in _read(file).lines]
    assert {level: found.count(level) for level in found} == levels


def _read(file: str) -> Seen:
    reader = Reader.new()
    seen = Seen([], [])
    data = _raw(file)
    for start in range(0, len(data), 40):
        update = reader.feed(data[start : start + 40])
        seen.lines.extend(update.lines)
        if update.progress is not None:
            seen.shown.append(update.progress)
    update = reader.finish()
    seen.lines.extend(update.lines)
    if update.progress is not None:
        seen.shown.append(update.progress)
    return seen


def _raw(file: str) -> bytes:
    return (CORPUS / f"{file}.log").read_bytes()
