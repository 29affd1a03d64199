"""The result summary: what is stated, what is found, and that it never fails."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.logsink.understand import Reader

SHAPE = {
    "outcome",
    "exit_status",
    "reason",
    "message",
    "detected",
    "counts",
    "entities",
    "reconciled",
    "outputs",
    "warnings",
    "errors",
    "first_error_seq",
}
PATIENTS = {"name": "patients", "read": 1000, "migrated": 990, "skipped": 10, "failed": 0}


def test_the_shape_is_whole_even_if_nothing_is_known() -> None:
    summary = _summary("")
    assert set(summary) == SHAPE
    assert summary["counts"] == {"read": None, "migrated": None, "skipped": None, "failed": None}
    assert (summary["reconciled"], summary["detected"], summary["entities"]) == (None, False, [])


def test_result_json_comes_before_report_lines_and_both_before_what_is_found() -> None:
    log = "::result migrated=5,note=hello\nPatients migrated: 7\n"
    summary = _summary(log, '{"migrated": 6}')
    assert (summary["counts"]["migrated"], summary["outputs"], summary["detected"]) == (6, {"note": "hello"}, False)
    assert _summary(log)["counts"]["migrated"] == 5
    assert (
        _summary("Patients migrated: 7\n")["counts"]["migrated"],
        _summary("Patients migrated: 7\n")["detected"],
    ) == (7, True)


@pytest.mark.parametrize(
    "log",
    [
        "Patients read: 1,000\nPatients migrated: 990\nPatients skipped: 10\nPatients failed: 0\n",
        "1000 patients read, 990 migrated, 10 skipped, 0 failed\n",
        "=== Summary ===\nPatients:\n  Read: 1000\n  Migrated: 990\n  Skipped: 10\n  Failed: 0\n",
        "| Entity | Read | Migrated | Skipped | Failed |\n|---|---|---|---|---|\n| patients | 1,000 | 990 | 10 | 0 |\n",
        "Entity     read  migrated  skipped  failed\npatients   1000       990       10       0\n",
        "patients_read=1000 patients_migrated=990 patients_skipped=10 patients_failed=0\n",
        '{"result": {"entities": [{"name": "patients", "read": 1000, "migrated": 990, "skipped": 10, "failed": 0}]}}\n',
        "::result entity=patients,read=1000,migrated=990,skipped=10,failed=0\n",
        "2026-01-01 12:00:00 INFO Patients read: 1000, migrated: 990, skipped: 10, failed: 0\n",
        "Patients: 990 migrated, 10 skipped, 0 failed, 1000 total\n",
        "✅ Patients: 990/1000 migrated (10 skipped, 0 failed)\n",
        "[patients] 1000 read / 990 written / 10 skipped / 0 errors\n",
        "Patients    -> migrated: 990 skipped: 10 failed: 0 total: 1000\n",
        "patients   1000 read   990 migrated   10 skipped   0 failed\n",
        "Successfully imported 990 of 1000 patients (10 skipped, 0 errors).\n",
        "Patients read......: 1.000\nPatients written...: 990\nPatients skipped...: 10\nPatients rejected.: 0\n",
        "Total patients: 1000\nimported: 990\nskipped: 10\nErrors: 0\n",
        'done {"patients": {"read": 1000, "migrated": 990, "skipped": 10, "failed": 0}}\n',
        '{"msg": "done", "entity": "patients", "read": 1000, "migrated": 990, "skipped": 10, "failed": 0}\n',
        "                read   written   skipped   errors\npatients       1,000       990        10        0\n",
        "│ (index) │ entity │ read │ ok │ skipped │ failed │\n│ 0 │ 'patients' │ 1000 │ 990 │ 10 │ 0 │\n",
        "| Entity | Source | OK | Skipped | Errors |\n| patients | 1000 | 990 | 10 | 0 |\n| **Total** | 1000 | 990 |\n",
        "entity,read,migrated,skipped,failed\npatients,1000,990,10,0\n",
        "Table PATIENTS:\n  990 Rows loaded.\n  0 Rows not loaded.\nRows read: 1000\nRows skipped: 10\nRejected: 0\n",
    ],
)
def test_entities_are_found_in_many_forms(log: str) -> None:
    summary = _summary(log)
    assert summary["entities"] == [PATIENTS]
    assert summary["counts"] == {key: value for key, value in PATIENTS.items() if key != "name"}
    assert summary["reconciled"] is True


@pytest.mark.parametrize(
    "log",
    [
        "Server port: 8080\nError code: 5\nTotal time: 12s\nTotal time: 35\ntotal 16\n",
        "awaiting response... 200 OK\n",
        "Phone: 555 1234\n",
        "Patient 1201 failed: no CPF\nretry 3 failed\nport 1 failed\nMigration 3 of 7 failed\n",
        "Fetched 1,234 kB in 2 s\nSaved report 2024\nJob 4711 created\nError 500 from API\n404 not found\n",
        "ERROR patient 7 failed\nERROR: 7 patients failed\nError: 2024-05-12 bad date\n",
        "SQLSTATE[23000]: 1062 Duplicate entry\nFailed login for user 33\n5 failed login attempts\n",
        "worker 2 of 4 started\nbatch 20 of 20\nBatch 3: 100 patients migrated\nPhase 1 total: 1000\n",
        "=== short test summary info ===\nCompleted 20 batches\nMigrated at 20260101120000\n",
    ],
)
def test_other_numbers_are_no_counters(log: str) -> None:
    assert _summary(log)["detected"] is False


def test_in_an_equation_each_word_belongs_to_the_number_before_it() -> None:
    counts = _summary("Reconciled: 3512 read = 3463 migrated + 49 skipped\n")["counts"]
    assert counts == {"read": 3512, "migrated": 3463, "skipped": 49, "failed": None}


@pytest.mark.parametrize(
    ("log", "reconciled"),
    [
        ("Created: 100\nUpdated: 20\nSkipped: 5\nTotal: 125\n", True),
        ("Read: 100\nMigrated: 90\nFailed: 5\n", False),
        ("Read: 100\nMigrated: 90\nFailed: 5\nArchived: 5\n", None),
        ("Migrated: 90\nFailed: 5\n", None),
        ("Read: 100\nFailed: 5\n", None),
        ("Patients: 90 migrated\nPatients imported: 90\n", None),
    ],
)
def test_sums_are_judged_only_where_all_their_parts_are_known(log: str, reconciled: bool | None) -> None:
    assert _summary(log)["reconciled"] is reconciled


def test_each_name_owns_the_counters_that_follow_it() -> None:
    lines = "Patients: 990 migrated, 10 failed\nAppointments: 5000 migrated, 0 failed\n"
    found = {entity["name"]: (entity["migrated"], entity["failed"]) for entity in _summary(lines)["entities"]}
    assert found == {"patients": (990, 10), "appointments": (5000, 0)}
    both = "Migrated 990 patients, 5,000 appointments and 12 doctors\n"
    assert [(entity["name"], entity["migrated"]) for entity in _summary(both)["entities"]] == [
        ("patients", 990),
        ("appointments", 5000),
        ("doctors", 12),
    ]


@pytest.mark.parametrize(
    ("log", "counts"),
    [
        ("200 patients imported\nDone: 298 imported, 1 skipped, 1 failed, 300 total\n", (300, 298, 1, 1)),
        ("1000 rows copied\n50 rows copied\n7 rows copied\n", (None, 1057, None, None)),
        ("1000 rows copied\n50 rows copied\n1050 rows copied\n", (None, 1050, None, None)),
        ("100 rows copied\n200 rows copied\n100 rows copied\n", (None, None, None, None)),
        ("3 tables to migrate\n7 rows copied\n", (None, 7, None, None)),
        ("Patients\n  read: 100\n  ok: 98\nExams\n  read: 10\n  ok: 9\n", (110, 107, None, None)),
        ("Total de pacientes: 5000\nimportados: 4998\nErros: 2\n", (5000, 4998, None, 2)),
        ("1234567 document(s) imported successfully. 3 document(s) failed to import.\n", (None, 1234567, None, 3)),
    ],
)
def test_counters_are_put_together_as_they_were_meant(log: str, counts: tuple[int | None, ...]) -> None:
    assert tuple(_summary(log)["counts"].values()) == counts


def test_a_cell_belongs_to_the_header_above_it() -> None:
    log = (
        "             table name     errors       rows      bytes      total time\n"
        "-----------------------  ---------  ---------  ---------  --------------\n"
        "        fetch meta data          0         33                     0.086s\n"
        "         Create Indexes          0         12                     0.341s\n"
        "           clinic.exams          1        999   110.9 kB          0.201s\n"
    )
    entities = _summary(log)["entities"]
    assert [(entity["name"], entity["migrated"], entity["failed"]) for entity in entities] == [("clinic.exams", 999, 1)]


def test_what_was_found_is_what_was_read_only_beside_what_came_of_it() -> None:
    found = "Found 1,234 patients\n"
    assert _summary(found)["counts"]["read"] is None
    assert _summary(found + "Patients migrated: 617\n")["reconciled"] is False
    dry = _summary(found + "Processed 181/181 patients\nPatients skipped: 181\n")
    assert (dry["entities"][0]["read"], dry["entities"][0]["skipped"]) == (181, 181)


def test_sums_that_do_not_add_up_are_said() -> None:
    assert _summary("1000 patients read, 990 migrated\n")["reconciled"] is False
    assert (
        _summary("", '{"read": 10, "entities": [{"name": "a", "read": 4}, {"name": "b", "read": 5}]}')["reconciled"]
        is False
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nope",
        "[1]",
        '"x"',
        '{"a":' + "[" * 50_000,
        '{"x": NaN}',
        '{"x": "\\ud800"}',
        "\0",
        '{"a": 1e999}',
        "{" + " " * 300_000 + "}",
    ],
)
def test_a_broken_result_json_is_said_and_the_log_counts(text: str) -> None:
    summary = _summary("Patients migrated: 7\n", text)
    assert summary["message"].startswith("result.json")
    assert summary["counts"]["migrated"] == 7


def test_wrong_types_are_said_and_the_rest_counts() -> None:
    summary = _summary("", '{"counts": 3, "entities": "x", "migrated": -1, "message": 5, "read": 7, "skipped": true}')
    assert summary["counts"]["read"] == 7
    assert "migrated is not a whole number" in summary["message"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["counts", "entities", "outputs", "message", "name", "read", "migrated", "entity", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
    )
)
def test_no_result_json_ever_raises(value: object) -> None:
    import json  # noqa: PLC0415  # also writes NaN, which no strict reader takes

    assert set(_summary("", json.dumps(value))) == SHAPE


def test_marks_count_only_at_the_start_of_a_line() -> None:
    log = 'patient note: ::result url=x\n x {"result": {"url": "x"}}\n'
    assert _summary(log)["outputs"] == {}


def _summary(log: str, result_json: str | None = None) -> dict[str, Any]:
    reader = Reader.new()
    reader.feed(log.encode())
    reader.finish()
    return reader.summary(outcome="succeeded", exit_status=0, reason=None, result_json=result_json)
