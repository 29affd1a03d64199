"""What the sample migrations promise: they migrate for real, say what they left out, and add up."""

import json
import os
import runpy
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from demo import make_data as data
from demo.make_data import make_data

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).parents[2] / "demo/scripts"
TABLES = ("practitioners", "patients", "appointments")
MIGRATED = {"migrate_iclinic": (12, 978, 2473), "migrate_epic": (10, 781, 1772)}
RECORDS = {"migrate_iclinic": 3512, "migrate_epic": 2611}
both = pytest.mark.parametrize("script", MIGRATED)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("source")
    make_data(directory)
    return directory


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "medpro.db"


@pytest.fixture
def result_file(tmp_path: Path) -> Path:
    return tmp_path / "result.json"


@pytest.fixture
def environment(source: Path, result_file: Path) -> dict[str, str]:
    # The scripts name their interpreter by `env python3`: this makes it the one that runs the tests.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {
        "PATH": path,
        "MEDPRO_DEMO_DATA": str(source),
        "MEDPRO_RESULT_FILE": str(result_file),
    }


@pytest.fixture
def run(target: Path, environment: dict[str, str]) -> Run:
    def run_script(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(SCRIPTS / script), "--pace=0", f"--target={target}", *arguments]
        return subprocess.run(command, check=False, capture_output=True, encoding="utf-8", env=environment)

    return run_script


@both
def test_a_run_reconciles_and_the_rows_are_really_there(run: Run, target: Path, script: str) -> None:
    finished = run(script)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert f"Reconciled: {RECORDS[script]} read = {sum(MIGRATED[script])} migrated" in finished.stdout
    assert row_counts(target) == MIGRATED[script]
    assert select(target, "PRAGMA foreign_key_check") == []


@both
def test_a_second_run_doubles_nothing_and_says_what_is_there(run: Run, target: Path, script: str) -> None:
    run(script)
    first = select(target, "SELECT * FROM appointments ORDER BY id")
    finished = run(script)
    assert finished.returncode == 0
    assert "already present" in finished.stdout
    assert f"{RECORDS[script]} read = 0 migrated" in finished.stdout
    assert select(target, "SELECT * FROM appointments ORDER BY id") == first


@both
def test_a_dry_run_counts_the_same_and_writes_nothing(run: Run, target: Path, script: str) -> None:
    finished = run(script, "--dry_run")
    assert finished.returncode == 0
    assert "Dry run" in finished.stdout
    assert f"{sum(MIGRATED[script])} to migrate" in finished.stdout
    assert not target.exists()


@both
def test_a_dry_run_over_a_filled_target_leaves_every_byte(run: Run, target: Path, script: str) -> None:
    run(script)
    before = target.read_bytes()
    finished = run(script, "--dry_run")
    assert f"{RECORDS[script]} read = 0 to migrate" in finished.stdout
    assert target.read_bytes() == before


@both
def test_a_missing_input_ends_with_3_and_says_so(run: Run, target: Path, tmp_path: Path, script: str) -> None:
    option = {"migrate_iclinic": "--source", "migrate_epic": "--bundle"}[script]
    finished = run(script, f"{option}={tmp_path / 'nowhere'}")
    assert finished.returncode == 3
    assert finished.stderr.startswith("Migration stopped: the ")
    assert "Traceback" not in finished.stderr
    assert not target.exists()


@both
def test_a_target_that_loses_rows_is_not_called_reconciled(run: Run, target: Path, script: str) -> None:
    run(script)
    execute(target, "DELETE FROM appointments")
    lose = "BEGIN DELETE FROM appointments WHERE id = NEW.id; END"
    execute(target, f"CREATE TRIGGER t AFTER INSERT ON appointments WHEN NEW.source_id LIKE '%5' {lose}")
    finished = run(script)
    assert finished.returncode == 3
    assert finished.stderr.startswith("Not reconciled")


def test_iclinic_counts_through_the_patients_and_then_the_appointments(run: Run) -> None:
    lines = run("migrate_iclinic").stdout.splitlines()
    expected = [f"Processed {done}/1000 patients" for done in range(50, 1001, 50)]
    expected += [f"Processed {done}/2500 appointments" for done in range(50, 2501, 50)]
    assert [line for line in lines if line.startswith("Processed ")] == expected


def test_epic_reports_how_far_the_whole_migration_is(run: Run) -> None:
    lines = [line for line in run("migrate_epic").stdout.splitlines() if line.startswith("::progress done=")]
    assert lines[0] == "::progress done=10,total=2610,phase=practitioners::"
    assert lines[16] == "::progress done=810,total=2610,phase=patients::"
    assert lines[-1] == "::progress done=2610,total=2610,phase=appointments::"


@both
def test_a_whole_run_at_the_default_pace_takes_a_demo_s_time(script: str) -> None:
    duration_seconds = RECORDS[script] / runpy.run_path(str(SCRIPTS / script))["DEFAULT_PACE"]
    assert 20 <= duration_seconds <= 60


@both
def test_a_server_with_an_old_locale_can_run_it(run: Run, environment: dict[str, str], script: str) -> None:
    environment |= {"PYTHONIOENCODING": "ascii"}
    assert run(script).returncode == 0


def test_both_can_write_to_one_target_at_the_same_time(target: Path, environment: dict[str, str]) -> None:
    commands = [[str(SCRIPTS / script), "--pace=0", f"--target={target}"] for script in MIGRATED]
    started = [subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) for command in commands]
    assert [process.wait(timeout=60) for process in started] == [0, 0]
    assert row_counts(target) == tuple(sum(counts) for counts in zip(*MIGRATED.values(), strict=True))


def test_iclinic_reports_each_bad_row_and_skips_it(run: Run, target: Path) -> None:
    lines = run("migrate_iclinic").stdout.splitlines()
    assert "WARNING: patients.csv line 218: not UTF-8, read as Latin-1" in lines
    for copy, original in data.ICLINIC_DUPLICATE_OF.items():
        assert f"WARNING: patient {copy}: duplicate of patient {original} (same CPF), skipped" in lines
    for number in data.ICLINIC_WITHOUT_BIRTH_DATE:
        assert f"WARNING: patient {number}: no birth date, skipped" in lines
    for number, patient in data.ICLINIC_UNKNOWN_PATIENT.items():
        assert f"ERROR: appointment {number}: patient {patient} does not exist" in lines
    dateless = {*data.ICLINIC_WITHOUT_BIRTH_DATE, *data.ICLINIC_IMPOSSIBLE_BIRTH_DATE}
    migrated = {int(source_id) for (source_id,) in select(target, "SELECT source_id FROM patients")}
    assert migrated == set(range(1, 1001)) - dateless - set(data.ICLINIC_DUPLICATE_OF)


def test_iclinic_says_how_many_it_migrated_and_skipped(run: Run) -> None:
    lines = run("migrate_iclinic").stdout.splitlines()
    assert lines[0] == "Connecting…"
    assert {"Found 1,000 patients", "Patients migrated: 978", "Patients skipped: 22"} <= set(lines)
    assert lines[-1] == "Reconciled: 3512 read = 3463 migrated + 49 skipped"


def test_iclinic_keeps_a_latin_1_name_and_writes_times_in_utc(run: Run, target: Path) -> None:
    run("migrate_iclinic")
    ((name,),) = select(target, "SELECT name FROM patients WHERE source_id = '217'")
    assert name == data.ICLINIC_LATIN1_NAME[217]
    ((starts_at,),) = select(target, "SELECT starts_at FROM appointments WHERE source_id = '1'")
    assert starts_at == "2024-12-05T19:30:00+00:00"  # 16:30 in Brasília.


def test_the_appointments_of_a_duplicate_go_to_the_original(run: Run, target: Path, source: Path) -> None:
    run("migrate_iclinic")
    lines = (source / "iclinic/appointments.csv").read_text(encoding="utf-8").splitlines()
    of_copies = {
        appointment: data.ICLINIC_DUPLICATE_OF[int(patient)]
        for appointment, patient in (line.split(";")[:2] for line in lines[1:])
        if int(patient) in data.ICLINIC_DUPLICATE_OF
    }
    assert of_copies
    query = """SELECT a.source_id, p.source_id FROM appointments a JOIN patients p ON p.id = a.patient_id"""
    patients = dict(select(target, query))
    assert {appointment: int(patients[appointment]) for appointment in of_copies} == of_copies


def test_iclinic_can_migrate_a_single_practitioner(run: Run, target: Path) -> None:
    assert run("migrate_iclinic", "--practitioner_id=3").returncode == 0
    assert select(target, "SELECT source_id FROM practitioners") == [("3",)]
    _, patients, appointments = row_counts(target)
    assert 0 < patients <= appointments < MIGRATED["migrate_iclinic"][2]
    without = "SELECT count(*) FROM patients WHERE id NOT IN (SELECT patient_id FROM appointments)"
    assert select(target, without) == [(0,)]


def test_iclinic_one_practitioner_after_the_other_ends_where_a_whole_run_ends(run: Run, target: Path) -> None:
    for number in range(1, data.ICLINIC_PRACTITIONERS + 1):
        assert run("migrate_iclinic", f"--practitioner_id={number}").returncode == 0
    practitioners, _, appointments = MIGRATED["migrate_iclinic"]
    assert row_counts(target)[::2] == (practitioners, appointments)
    run("migrate_iclinic")
    assert row_counts(target) == MIGRATED["migrate_iclinic"]


def test_iclinic_refuses_a_practitioner_that_is_not_in_the_export(run: Run) -> None:
    finished = run("migrate_iclinic", "--practitioner_id=99")
    assert finished.returncode == 3
    assert finished.stderr == "Migration stopped: practitioner 99 does not exist\n"


def test_epic_reports_each_bad_resource(run: Run, target: Path) -> None:
    lines = run("migrate_epic").stdout.splitlines()
    assert "ERROR: line 501: not a FHIR resource in JSON" in lines
    for number in data.EPIC_WITHOUT_BIRTH_DATE:
        assert f"WARNING: patient pat-{number:04}: no birth date, skipped" in lines
    for number in data.EPIC_EXPORTED_TWICE:
        assert f"WARNING: patient pat-{number:04}: exported twice, skipped" in lines
    for number, patient in data.EPIC_UNKNOWN_PATIENT.items():
        assert f"ERROR: appointment appt-{number:04}: patient pat-{patient} does not exist, failed" in lines
    left_out = {*data.EPIC_DUPLICATE_OF, *data.EPIC_WITHOUT_BIRTH_DATE, *data.EPIC_IMPOSSIBLE_BIRTH_DATE}
    migrated = {source_id for (source_id,) in select(target, "SELECT source_id FROM patients")}
    assert migrated.isdisjoint(f"pat-{number:04}" for number in left_out)


def test_epic_s_result_file_agrees_with_the_database(run: Run, target: Path, result_file: Path) -> None:
    finished = run("migrate_epic")
    result = json.loads(result_file.read_text(encoding="utf-8"))
    entities = {entity.pop("name"): entity for entity in result["entities"]}
    assert tuple(entities[table]["migrated"] for table in TABLES) == row_counts(target)
    for counts in (result["counts"], *entities.values()):
        assert counts["read"] == counts["migrated"] + counts["skipped"] + counts["failed"]
    for name, count in result["counts"].items():
        assert count == sum(entity[name] for entity in entities.values())
    assert finished.stdout.splitlines()[-1] == f"::progress value=100::{result['message']}"


def test_epic_leaves_nothing_beside_its_result_file(run: Run, result_file: Path) -> None:
    run("migrate_epic")
    assert sorted(path.name for path in result_file.parent.iterdir()) == ["medpro.db", "result.json"]


def test_epic_runs_without_a_result_file(run: Run, environment: dict[str, str]) -> None:
    del environment["MEDPRO_RESULT_FILE"]
    assert run("migrate_epic").returncode == 0


@pytest.mark.parametrize("since", ["2024-07-01", "2025-06-01", "2025-11-01"])
def test_epic_can_migrate_all_appointments_since_a_day(run: Run, target: Path, since: str) -> None:
    assert run("migrate_epic", f"--since={since}").returncode == 0
    selected = select(target, "SELECT source_id FROM appointments ORDER BY source_id")
    assert run("migrate_epic").returncode == 0
    assert row_counts(target) == MIGRATED["migrate_epic"]
    later = f"SELECT source_id FROM appointments WHERE starts_at >= '{since}' ORDER BY source_id"
    assert select(target, later) == selected


def test_epic_takes_the_resources_in_any_order_and_fails_only_the_misshapen(
    run: Run, target: Path, source: Path, tmp_path: Path
) -> None:
    bundle = tmp_path / "shuffled.ndjson"
    lines = (source / "epic/bundle.ndjson").read_text(encoding="utf-8").splitlines()[::-1]
    odd: list[Any] = [7, [], {"resourceType": "Group"}, {"resourceType": "Patient", "id": 5}]
    odd += [{"resourceType": "Patient", "id": "p", "birthDate": [], "telecom": 3, "name": "x"}]
    odd += [{"resourceType": "Appointment", "id": "a", "participant": [None], "start": {}}]
    bundle.write_text("\n\n".join([*lines, *map(json.dumps, odd)]), encoding="utf-8")
    finished = run("migrate_epic", f"--bundle={bundle}")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert f"Reconciled: {RECORDS['migrate_epic'] + len(odd)} read = " in finished.stdout
    assert row_counts(target)[::2] == MIGRATED["migrate_epic"][::2]


@pytest.mark.parametrize(
    ("script", "argument"),
    [
        ("migrate_iclinic", "--practitioner_id=x"),
        ("migrate_epic", "--since=tomorrow"),
        ("migrate_epic", "--pace=-1"),
    ],
)
def test_a_wrong_argument_ends_with_2_before_anything_happens(
    run: Run, target: Path, script: str, argument: str
) -> None:
    assert run(script, argument).returncode == 2
    assert not target.exists()


def row_counts(target: Path) -> tuple[int, ...]:
    return tuple(select(target, f"SELECT count(*) FROM {table}")[0][0] for table in TABLES)


def select(target: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(target)) as connection:
        return connection.execute(query).fetchall()


def execute(target: Path, statement: str) -> None:
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute(statement)
