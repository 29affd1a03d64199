"""The main job on MariaDB and a real sshd: define, save, execute, watch to the end."""

import shutil
import sqlite3
from pathlib import Path

from demo.make_data import make_data
from tests.stack import ROOT, Stack


def test_a_migration_is_watched_from_its_request_to_its_result(medpro: Stack, tmp_path: Path) -> None:
    make_data(tmp_path)
    shutil.copy(ROOT / "demo" / "scripts" / "migrate_epic", tmp_path / "migrate_epic")
    client = medpro.client
    parameters = [
        {"name": name, "type": kind} for name, kind in (("bundle", "string"), ("target", "string"), ("pace", "number"))
    ]
    target = tmp_path / "medpro.db"
    values = {"bundle": str(tmp_path / "epic" / "bundle.ndjson"), "target": str(target), "pace": 700}
    job = client.job(tmp_path / "migrate_epic", parameters, **values)

    execution = client.execute(job, executed_by="ana@clinic")
    assert (execution["status"], execution["phase"], execution["progress"]) == ("running", "queued", 0)
    seen = [execution["progress"]]

    def watch(now: dict[str, object]) -> bool:
        seen.append(int(str(now["progress"])))
        return now["status"] != "running"

    ended = client.until(execution["id"], watch)

    assert (ended["status"], ended["progress"], ended["executed_by"]) == ("completed", 100, "ana@clinic")
    assert seen == sorted(seen)
    assert len(set(seen)) > 3
    summary = ended["result_summary"]
    assert (summary["outcome"], summary["detected"], summary["reconciled"]) == ("succeeded", False, True)
    with sqlite3.connect(target) as database:
        (patients,) = database.execute("SELECT count(*) FROM patients").fetchone()
    assert {entity["name"]: entity["migrated"] for entity in summary["entities"]}["patients"] == patients
    assert len(client.lines(execution["id"])) == ended["log_lines"]


def test_a_script_that_knows_nothing_of_us_shows_progress_and_counts(medpro: Stack, tmp_path: Path) -> None:
    make_data(tmp_path)
    client = medpro.client
    parameters = [
        {"name": name, "type": kind} for name, kind in (("source", "string"), ("target", "string"), ("pace", "number"))
    ]
    values = {"source": str(tmp_path / "iclinic"), "target": str(tmp_path / "medpro.db"), "pace": 2000}
    job = client.job(ROOT / "demo" / "scripts" / "migrate_iclinic", parameters, **values)
    execution = client.execute(job)
    moving = client.until(execution["id"], lambda now: now["progress"] > 0)
    assert moving["progress_origin"] == "detected"
    ended = client.ended(execution["id"])
    assert ended["status"] == "completed"
    assert ended["result_summary"]["detected"] is True
    assert ended["result_summary"]["counts"]["migrated"] > 900
