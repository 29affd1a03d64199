"""Is this environment one to run on? The executor that serves it looks; a script of every source is looked for."""

import sys

import click

from cli.client import Api
from cli.definitions import as_json
from cli.show import print_items, print_json

SCRIPTS_AT_ONCE = 100
COLUMNS = [("CHECK", "check"), ("GOOD", "good"), ("", "detail")]
FAILED = 1


@click.command()
@click.argument("environment")
@as_json
@click.pass_obj
def doctor(api: Api, environment: str, as_json: bool) -> None:
    """Check an environment: host and key, setsid, /proc, run directory, free space, each source's script.

    Ends with 1 where something is wrong.
    """
    scripts = list(dict.fromkeys(source["script_path"] for source in api.pages("/migration-sources")))
    batches = [scripts[start : start + SCRIPTS_AT_ONCE] for start in range(0, max(1, len(scripts)), SCRIPTS_AT_ONCE)]
    findings: dict[str, dict[str, object]] = {}
    for batch in batches:
        checked = api.call("POST", f"/environments/{environment}/check", {"scripts": batch})
        findings |= {f"{one['check']} {one['detail']}": one for one in checked["findings"]}
    good = all(one["good"] for one in findings.values())
    if as_json:
        print_json({"environment_id": environment, "good": good, "findings": list(findings.values())})
    else:
        print_items(findings.values(), COLUMNS, as_json=False)
    if not good:
        sys.exit(FAILED)
