"""The command: an author tries a script's output without running a stack."""

import io
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.logsink.understand.__main__ import main

CAPTURED = (
    "2026-01-01 12:00:00 INFO start\nFound 1,234 patients\nmigrated 617\n"
    "\rnotes  10%|#    |\rnotes  50%|##   |\nERROR: no\n"
    "Patients migrated: 1,234\nação"
).encode()


def test_json_tells_lines_progress_and_the_result_in_order() -> None:
    told = _told(CAPTURED)
    assert {"seq": 1, "level": "INFO", "text": "2026-01-01 12:00:00 INFO start"} in told
    assert {"progress": 50, "origin": "detected", "message": "617 of 1234 patients"} in told
    assert {"live_line": "ação"} in told
    assert [line["seq"] for line in told if "seq" in line] == list(range(1, 8))
    assert told[-1]["result"]["counts"]["migrated"] == 1234
    assert told[-1]["result"]["first_error_seq"] == 5


def test_the_exit_status_names_the_outcome() -> None:
    assert _told(b"x\n", "--exit-status", "3")[-1]["result"]["outcome"] == "exit_status"
    assert _told(b"x\n", "--exit-status", "0")[-1]["result"]["outcome"] == "succeeded"


def test_a_count_without_total_has_no_percentage() -> None:
    assert {"progress": None, "origin": "detected", "message": "100 records"} in _told(b"Imported 100 records\n")


def test_people_get_text() -> None:
    out = io.StringIO()
    main([], io.BytesIO(CAPTURED), out)
    assert "     5 ERROR    ERROR: no" in out.getvalue()
    assert "-> 50% detected" in out.getvalue()


REPAINTS = (
    b"notes  10%|#    |\x1b[1Gnotes  50%|##   |\x1b[1Gnotes  90%|#### |\n"
    b"exams \x1b[31m  7%\x1b[0m\x08\x08\x08 8%\x08\x08\x08 9%\n"
    b"a:  10%|#    |\n\x1b[A\x1b[2Ka:  60%|###  |\nPatients 7/9\r\nend"
)


@given(st.lists(st.integers(min_value=1, max_value=40), min_size=1), st.sampled_from([CAPTURED, REPAINTS]))
def test_the_outcome_does_not_depend_on_how_the_bytes_arrive(sizes: list[int], captured: bytes) -> None:
    whole = [line for line in _told(captured) if "live_line" not in line]
    assert [line for line in _told(_Dripping(captured, sizes)) if "live_line" not in line] == whole


def test_each_repaint_tells_its_progress_even_if_all_come_at_once() -> None:
    assert [line["progress"] for line in _told(REPAINTS) if "progress" in line][:3] == [10, 50, 90]


class _Dripping(io.BytesIO):
    def __init__(self, data: bytes, sizes: list[int]) -> None:
        super().__init__(data)
        self._sizes = sizes
        self._at = 0

    def read1(self, _size: int | None = -1, /) -> bytes:
        self._at += 1
        return self.read(self._sizes[self._at % len(self._sizes)])


def _told(captured: bytes | io.BytesIO, *arguments: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    main(["--json", *arguments], captured if isinstance(captured, io.BytesIO) else io.BytesIO(captured), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]
