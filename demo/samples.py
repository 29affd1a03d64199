"""What the first start registers, through the same REST API as everyone: two sources and three jobs."""

from pathlib import Path
from typing import Any

import aiohttp

SCRIPTS = Path(__file__).parent / "scripts"
PACE = {"name": "pace", "label": "Records per second", "type": "number", "min": 0, "help": "0: as fast as possible"}
DRY_RUN = {"name": "dry_run", "label": "Dry run", "type": "boolean", "help": "do everything but write"}
SOURCES: tuple[dict[str, Any], ...] = (
    {
        "name": "iclinic",
        "display_name": "iClinic",
        "description": "A CSV export: practitioners, patients, appointments.",
        "script_path": str(SCRIPTS / "migrate_iclinic"),
        "parameters": [
            {
                "name": "practitioner_id",
                "label": "Practitioner",
                "type": "integer",
                "min": 1,
                "help": "only their appointments and patients; empty: all",
            },
            PACE,
            DRY_RUN,
        ],
    },
    {
        "name": "epic",
        "display_name": "Epic",
        "description": "A FHIR R4 bulk export (NDJSON).",
        "script_path": str(SCRIPTS / "migrate_epic"),
        "parameters": [
            {
                "name": "since",
                "label": "Appointments since",
                "type": "date",
                "help": "only appointments from this day on; empty: all",
            },
            PACE,
            DRY_RUN,
        ],
    },
)
JOBS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("iclinic", "Clínica Souza, everything", {}),
    ("iclinic", "Dr. Souza, dry run", {"practitioner_id": 3, "dry_run": True}),
    ("epic", "Riverside Family Practice", {}),
)


async def register_samples(address: str) -> bool:
    """Whether anything was registered: nothing is where there is a source already, active or not."""
    async with aiohttp.ClientSession(f"{address}/api/v1/", raise_for_status=True) as api:
        async with api.get("migration-sources?include_inactive=true&limit=1") as answer:
            if (await answer.json())["total"]:
                return False
        ids = {}
        for source in SOURCES:
            async with api.post("migration-sources", json=source) as answer:
                ids[source["name"]] = (await answer.json())["id"]
        for source_name, name, parameters in JOBS:
            job = {"source_id": ids[source_name], "name": name, "parameters": parameters}
            async with api.post("migration-jobs", json=job):
                pass
    return True
