"""Generates what the demo's sample migrations read: an iClinic CSV export and an Epic FHIR bulk export.

The same seed gives the same bytes, on every machine and at every run. The dirt that real exports carry sits
at fixed rows, whatever the seed, so that a demo and a test can point at it. Everybody in it is invented.

    python -m demo.make_data DIRECTORY
"""

from __future__ import annotations

import csv
import io
import json
import random
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

ICLINIC_PATIENTS, ICLINIC_PRACTITIONERS, ICLINIC_APPOINTMENTS = 1000, 12, 2500
EPIC_PATIENTS, EPIC_PRACTITIONERS, EPIC_APPOINTMENTS = 800, 10, 1800

# The second registration of a patient, and the first.
ICLINIC_DUPLICATE_OF = {50: 5, 88: 2, 241: 61, 305: 300, 389: 7, 452: 218, 533: 99, 617: 410, 754: 31, 866: 6}
ICLINIC_WITHOUT_BIRTH_DATE = (123, 204, 311, 467, 590, 702, 845, 918)
ICLINIC_IMPOSSIBLE_BIRTH_DATE = {150: "31/02/1985", 377: "00/00/0000", 560: "29/02/1990", 871: "14/08/2091"}
ICLINIC_LATIN1_NAME = {217: "Conceição Inventada Fictícia"}
ICLINIC_UNKNOWN_PATIENT = {77: 9999, 1204: 9998, 2048: 10250}
ICLINIC_IMPOSSIBLE_DATE = {410: "31/11/2024", 1333: "29/02/2025", 1666: "00/00/0000"}

EPIC_DUPLICATE_OF = {64: 21, 190: 33, 345: 300, 478: 2, 555: 101, 720: 719}
EPIC_EXPORTED_TWICE = (45, 230, 611)
EPIC_WITHOUT_BIRTH_DATE = (58, 142, 266, 391, 503, 664, 777)
EPIC_IMPOSSIBLE_BIRTH_DATE = {111: "1985-02-31", 404: "2091-08-14", 700: "1990-13-01"}
EPIC_UNKNOWN_PATIENT = {77: 9999, 901: 9998}
EPIC_IMPOSSIBLE_START = {350: "2024-11-31T14:00:00Z", 1500: "2025-03-03T25:30:00Z"}


def make_data(directory: Path, seed: int = 42) -> None:
    """Writes iclinic/*.csv and epic/bundle.ndjson into the directory, over what is there."""
    for system, make in (("iclinic", _make_iclinic), ("epic", _make_epic)):
        folder = directory / system
        folder.mkdir(parents=True, exist_ok=True)
        # A generator for each system: a change to one export leaves the bytes of the other alone.
        make(folder, random.Random(f"{system} {seed}"))  # noqa: S311 it has to be predictable


def _make_iclinic(folder: Path, rng: random.Random) -> None:
    practitioners = [_iclinic_practitioner(number, rng) for number in range(1, ICLINIC_PRACTITIONERS + 1)]
    patients = [_iclinic_patient(number, rng) for number in range(1, ICLINIC_PATIENTS + 1)]
    for copy, original in ICLINIC_DUPLICATE_OF.items():
        twin = dict(patients[original - 1], patient_id=copy, phone=_brazilian_phone(rng))
        # Typed in again at the front desk: without the punctuation.
        patients[copy - 1] = dict(twin, cpf=str(twin["cpf"]).replace(".", "").replace("-", ""))
    appointments = [_iclinic_appointment(number, rng) for number in range(1, ICLINIC_APPOINTMENTS + 1)]
    _write_csv(folder / "practitioners.csv", practitioners)
    _write_csv(folder / "patients.csv", patients, latin1_rows=tuple(ICLINIC_LATIN1_NAME))
    _write_csv(folder / "appointments.csv", appointments)


def _iclinic_practitioner(number: int, rng: random.Random) -> dict[str, Any]:
    return {
        "practitioner_id": number,
        "name": f"Dr(a). {_name(_BRAZILIAN, rng)}",
        "crm": f"CRM-XX {number:06}",
        "specialty": rng.choice(("Cardiologia", "Clínica Geral", "Dermatologia", "Ortopedia", "Pediatria")),
        "email": f"profissional{number}@example.com",
    }


def _iclinic_patient(number: int, rng: random.Random) -> dict[str, Any]:
    name = _name(_BRAZILIAN, rng)
    birth_date = ICLINIC_IMPOSSIBLE_BIRTH_DATE.get(number, f"{_birth_date(rng):%d/%m/%Y}")
    return {
        "patient_id": number,
        "name": ICLINIC_LATIN1_NAME.get(number, name),
        "birth_date": "" if number in ICLINIC_WITHOUT_BIRTH_DATE else birth_date,
        "sex": rng.choice("FM"),
        "cpf": _impossible_cpf(number, rng),
        "phone": _brazilian_phone(rng),
        "email": f"paciente{number}@example.com" if rng.random() < 0.8 else "",
        "city": rng.choice(("São Exemplo", "Vila Modelo", "Cidade Fictícia", "Porto Imaginário")),
        "health_insurance": rng.choice(("Particular", "Convênio Exemplo", "Plano Fictício", "")),
    }


def _iclinic_appointment(number: int, rng: random.Random) -> dict[str, Any]:
    start = _working_time(rng)
    patient = rng.randint(1, ICLINIC_PATIENTS)
    return {
        "appointment_id": number,
        "patient_id": ICLINIC_UNKNOWN_PATIENT.get(number, patient),
        "practitioner_id": rng.randint(1, ICLINIC_PRACTITIONERS),
        "date": ICLINIC_IMPOSSIBLE_DATE.get(number, f"{start:%d/%m/%Y}"),
        "start_time": f"{start:%H:%M}",
        "end_time": f"{start + timedelta(minutes=30):%H:%M}",
        "status": rng.choice(("Agendado", "Atendido", "Atendido", "Atendido", "Faltou", "Cancelado")),
        "procedure": rng.choice(("Consulta", "Retorno", "Exame", "Avaliação")),
        "notes": rng.choice(("", "", "", "Trazer exames; chegar 15 min antes", 'Pediu "encaixe"')),
    }


def _make_epic(folder: Path, rng: random.Random) -> None:
    practitioners = [_epic_practitioner(number, rng) for number in range(1, EPIC_PRACTITIONERS + 1)]
    distinct = EPIC_PATIENTS - len(EPIC_EXPORTED_TWICE)
    patients = [_epic_patient(number, rng) for number in range(1, distinct + 1)]
    for copy, original in EPIC_DUPLICATE_OF.items():
        patients[copy - 1] = dict(patients[original - 1], id=f"pat-{copy:04}")
    patients += [patients[number - 1] for number in EPIC_EXPORTED_TWICE]
    appointments = [_epic_appointment(number, distinct, rng) for number in range(1, EPIC_APPOINTMENTS + 1)]
    lines = [json.dumps(resource, ensure_ascii=False) for resource in practitioners + patients + appointments]
    lines.insert(500, lines[500][:90])  # As a connection that broke in mid-line leaves it.
    (folder / "bundle.ndjson").write_bytes("".join(f"{line}\n" for line in lines).encode())


def _epic_practitioner(number: int, rng: random.Random) -> dict[str, Any]:
    given, family = _name(_AMERICAN, rng).split(" ", 1)
    specialty = rng.choice(("Cardiology", "Family Medicine", "Pediatrics", "Orthopedics"))
    return _resource("Practitioner", f"prac-{number:02}", rng) | {
        # No real NPI begins with a zero.
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": f"{number:010}"}],
        "active": True,
        "name": [{"use": "official", "family": family, "given": [given], "prefix": ["Dr."]}],
        "telecom": [{"system": "email", "value": f"practitioner{number}@example.com", "use": "work"}],
        "qualification": [{"code": {"text": specialty}}],
    }


def _epic_patient(number: int, rng: random.Random) -> dict[str, Any]:
    given, family = _name(_AMERICAN, rng).split(" ", 1)
    medical_record = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
    record_number = f"E{number:06}"
    patient = _resource("Patient", f"pat-{number:04}", rng) | {
        # 2.999 is the arc that the OID registry keeps for examples.
        "identifier": [{"type": medical_record, "system": "urn:oid:2.999.1", "value": record_number}],
        "active": True,
        "name": [{"use": "official", "family": family, "given": [given]}],
        "telecom": [
            {"system": "phone", "value": f"+1-555-555-01{rng.randint(0, 99):02}", "use": "mobile"},
            {"system": "email", "value": f"patient{number}@example.com"},
        ],
        "gender": rng.choice(("female", "male", "other", "unknown")),
        "birthDate": EPIC_IMPOSSIBLE_BIRTH_DATE.get(number, _birth_date(rng).isoformat()),
        "address": [{"city": "Sampleton", "state": "ZZ", "postalCode": "00000", "country": "US"}],
    }
    if number in EPIC_WITHOUT_BIRTH_DATE:
        del patient["birthDate"]
    return patient


def _epic_appointment(number: int, patients: int, rng: random.Random) -> dict[str, Any]:
    start = _working_time(rng) + timedelta(hours=5)
    patient = EPIC_UNKNOWN_PATIENT.get(number, rng.randint(1, patients))
    actors = (f"Patient/pat-{patient:04}", f"Practitioner/prac-{rng.randint(1, EPIC_PRACTITIONERS):02}")
    return _resource("Appointment", f"appt-{number:04}", rng) | {
        "status": rng.choice(("booked", "fulfilled", "fulfilled", "fulfilled", "noshow", "cancelled")),
        "serviceType": [{"text": rng.choice(("Office Visit", "Follow-up", "Annual Physical", "Lab Work"))}],
        "start": EPIC_IMPOSSIBLE_START.get(number, f"{start:%Y-%m-%dT%H:%M:%SZ}"),
        "end": f"{start + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}",
        "minutesDuration": 30,
        "participant": [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors],
    }


def _resource(resource_type: str, identity: str, rng: random.Random) -> dict[str, Any]:
    last_updated = f"{_working_time(rng):%Y-%m-%dT%H:%M:%SZ}"
    return {"resourceType": resource_type, "id": identity, "meta": {"lastUpdated": last_updated}}


def _write_csv(path: Path, rows: list[dict[str, Any]], latin1_rows: tuple[int, ...] = ()) -> None:
    content = b""
    for number, row in enumerate([dict.fromkeys(rows[0]), *rows]):
        line = io.StringIO()
        csv.writer(line, delimiter=";").writerow(row if number == 0 else row.values())
        content += line.getvalue().encode("latin-1" if number in latin1_rows else "utf-8")
    path.write_bytes(content)


def _name(names: tuple[tuple[str, ...], tuple[str, ...]], rng: random.Random) -> str:
    given, family = names
    return " ".join([rng.choice(given), *rng.sample(family, 2)])


def _birth_date(rng: random.Random) -> date:
    return date(1930, 1, 1) + timedelta(days=rng.randrange(90 * 365))


def _working_time(rng: random.Random) -> datetime:
    day = date(2024, 1, 1) + timedelta(weeks=rng.randrange(104), days=rng.randrange(5))
    return datetime.combine(day, time(8)) + timedelta(minutes=30 * rng.randrange(20))


def _brazilian_phone(rng: random.Random) -> str:
    return f"(00) 90000-{rng.randrange(10_000):04}"  # No area has the code 00.


def _impossible_cpf(number: int, rng: random.Random) -> str:
    base = f"{rng.randrange(100_000):05}{number:04}"
    weighted = sum(int(digit) * weight for digit, weight in zip(base, range(10, 1, -1), strict=True))
    check_digit = weighted * 10 % 11 % 10
    # A check digit that is one off: a well-formed number that can be nobody's.
    return f"{base[:3]}.{base[3:6]}.{base[6:]}-{(check_digit + 1) % 10}0"


_BRAZILIAN = (
    ("Ana", "Antônia", "Benício", "Caio", "Célia", "Davi", "Elói", "Flávia", "Inês", "João", "José", "Lúcia",
     "Luís", "Márcia", "Otávio", "Paulo", "Rita", "Sebastião", "Sônia", "Teresa", "Vitória", "Zélia"),
    ("Amostra", "Demonstração", "Ensaio", "Exemplo", "Fictício", "Imaginário", "Inventado", "Modelo",
     "Protótipo", "Simulado", "Suposto", "Teste"),
)  # fmt: skip
_AMERICAN = (
    ("Alice", "Benjamin", "Carla", "Derek", "Elena", "Frank", "Grace", "Henry", "Iris", "Jack", "Kara",
     "Liam", "Mona", "Nora", "Oscar", "Paula", "Quinn", "Ruth", "Sam", "Tina", "Uma", "Victor", "Zoë"),
    ("Demo", "Dummy", "Example", "Fictional", "Imaginary", "Invented", "Madeup", "Mock", "Placeholder",
     "Pretend", "Sample", "Specimen"),
)  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m demo.make_data DIRECTORY")
    make_data(Path(sys.argv[1]))
