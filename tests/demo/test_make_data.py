"""What the demo's input promises: the same bytes every time, and the dirt that real exports carry."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demo import make_data as data
from demo.make_data import make_data

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("data")
    make_data(directory)
    return directory


def test_each_run_writes_the_same_bytes_whatever_the_hash_seed(made: Path, tmp_path: Path) -> None:
    for hash_seed in ("1", "2"):
        target = tmp_path / hash_seed
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-m", "demo.make_data", str(target)]
        subprocess.run(command, check=True, cwd=PROJECT, env=environment)
        assert contents(target) == contents(made)


def test_a_second_run_over_the_first_changes_nothing(tmp_path: Path) -> None:
    make_data(tmp_path)
    first = contents(tmp_path)
    make_data(tmp_path)
    assert contents(tmp_path) == first


def test_another_seed_gives_other_people(made: Path, tmp_path: Path) -> None:
    make_data(tmp_path, seed=7)
    ours, theirs = contents(made), contents(tmp_path)
    assert ours.keys() == theirs.keys()
    assert all(ours[name] != theirs[name] for name in ours)


def test_the_exports_have_the_size_of_a_small_clinic(made: Path) -> None:
    tables = {name: len(rows(made, name)) for name in ("patients", "practitioners", "appointments")}
    assert tables == {"patients": 1000, "practitioners": 12, "appointments": 2500}
    types = [resource["resourceType"] for resource in resources(made)]
    assert [types.count(name) for name in ("Patient", "Practitioner", "Appointment")] == [800, 10, 1800]


def test_one_name_in_the_csv_is_latin_1(made: Path) -> None:
    broken = []
    for line in (made / "iclinic/patients.csv").read_bytes().splitlines():
        try:
            line.decode()
        except UnicodeDecodeError:
            broken.append(line.decode("latin-1").split(";")[1])
    assert broken == list(data.ICLINIC_LATIN1_NAME.values())


def test_the_csv_has_duplicates_missing_and_impossible_birth_dates(made: Path) -> None:
    patients = {int(row["patient_id"]): row for row in rows(made, "patients")}
    for copy, original in data.ICLINIC_DUPLICATE_OF.items():
        assert patients[copy]["name"] == patients[original]["name"]
        assert patients[copy]["cpf"] == patients[original]["cpf"].replace(".", "").replace("-", "")
    without = tuple(number for number, row in patients.items() if not row["birth_date"])
    assert without == data.ICLINIC_WITHOUT_BIRTH_DATE
    for number, birth_date in data.ICLINIC_IMPOSSIBLE_BIRTH_DATE.items():
        assert patients[number]["birth_date"] == birth_date


def test_the_csv_has_appointments_of_nobody_and_on_no_day(made: Path) -> None:
    known = {row["patient_id"] for row in rows(made, "patients")}
    appointments = {int(row["appointment_id"]): row for row in rows(made, "appointments")}
    referred = {number: row["patient_id"] for number, row in appointments.items()}
    orphans = {number: int(patient) for number, patient in referred.items() if patient not in known}
    assert orphans == data.ICLINIC_UNKNOWN_PATIENT
    for number, day in data.ICLINIC_IMPOSSIBLE_DATE.items():
        assert appointments[number]["date"] == day


def test_the_bundle_has_one_line_that_is_not_json(made: Path) -> None:
    lines = (made / "epic/bundle.ndjson").read_text(encoding="utf-8").splitlines()
    assert len(lines) - len(resources(made)) == 1


def test_the_bundle_has_duplicates_missing_and_impossible_birth_dates(made: Path) -> None:
    patients = [resource for resource in resources(made) if resource["resourceType"] == "Patient"]
    identities = [patient["id"] for patient in patients]
    assert len(identities) - len(set(identities)) == len(data.EPIC_EXPORTED_TWICE)
    record_numbers = {patient["id"]: patient["identifier"][0]["value"] for patient in patients}
    for copy, original in data.EPIC_DUPLICATE_OF.items():
        assert record_numbers[f"pat-{copy:04}"] == record_numbers[f"pat-{original:04}"]
    birth_dates = {patient["id"]: patient.get("birthDate") for patient in patients}
    without = [identity for identity, birth_date in birth_dates.items() if birth_date is None]
    assert without == [f"pat-{number:04}" for number in data.EPIC_WITHOUT_BIRTH_DATE]
    for number, birth_date in data.EPIC_IMPOSSIBLE_BIRTH_DATE.items():
        assert birth_dates[f"pat-{number:04}"] == birth_date


def test_the_bundle_has_appointments_of_nobody(made: Path) -> None:
    known = {f"Patient/{resource['id']}" for resource in resources(made)}
    referred = {
        participant["actor"]["reference"]
        for resource in resources(made)
        for participant in resource.get("participant", [])
        if participant["actor"]["reference"].startswith("Patient/")
    }
    assert referred - known == {f"Patient/pat-{number}" for number in data.EPIC_UNKNOWN_PATIENT.values()}


def test_every_address_is_at_example_com(made: Path) -> None:
    emails = {row["email"] for table in ("patients", "practitioners") for row in rows(made, table)} - {""}
    contacts = [contact for resource in resources(made) for contact in resource.get("telecom", [])]
    emails |= {contact["value"] for contact in contacts if contact["system"] == "email"}
    assert emails
    assert all(email.endswith("@example.com") for email in emails)


def contents(directory: Path) -> dict[str, bytes]:
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def rows(directory: Path, table: str) -> list[dict[str, str]]:
    lines = (directory / f"iclinic/{table}.csv").read_text(encoding="utf-8", errors="replace").splitlines()
    return list(csv.DictReader(lines, delimiter=";"))


def resources(directory: Path) -> list[dict[str, Any]]:
    found = []
    for line in (directory / "epic/bundle.ndjson").read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
