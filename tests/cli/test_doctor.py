"""`medpro doctor`: the executor looks at the host, and every finding is said."""

from tests.cli.conftest import Medpro
from tests.e2e.conftest import Script
from tests.gateway.expect import problem, wrong
from tests.stack import Client, Stack

CHECK = "/api/v1/environments/staging/check"


def check(client: Client, *scripts: str) -> dict[str, tuple[bool, str]]:
    found = client.post("/environments/staging/check", {"scripts": list(scripts)}, status=200)["findings"]
    return {f"{one['check']} {one['detail'].rpartition(': ')[2]}": (one["good"], one["detail"]) for one in found}


def test_a_good_host_and_a_script_that_is_missing_are_told_apart(medpro: Stack, script: Script) -> None:
    there = str(script("echo hello", "it's there"))
    found = check(medpro.client, there, "/opt/no such", "/etc/passwd")
    by_check = {name.split()[0]: good for name, (good, _) in found.items() if not name.startswith("script")}
    assert by_check == {"host": True, "setsid": True, "proc": True, "run-directory": True, "free-space": True}
    scripts = {name.removeprefix("script "): good for name, (good, _) in found.items() if name.startswith("script")}
    assert scripts == {there: True, "/opt/no such": False, "/etc/passwd": False}
    assert "SHA256:" in next(detail for name, (_, detail) in found.items() if name.startswith("host"))
    assert not list(medpro.run_directory.glob("check*"))


def test_the_command_prints_it_and_ends_with_what_it_found(medpro_command: Medpro) -> None:
    ended = medpro_command("doctor", "staging", "--json")
    assert ended.status == (0 if ended.json["good"] else 1)
    assert {"host", "setsid"} <= {one["check"] for one in ended.json["findings"]}
    assert "run-directory" in medpro_command("doctor", "staging").out
    nowhere = medpro_command("doctor", "nowhere")
    assert (nowhere.status, "does not answer" in nowhere.err) == (3, True)


def test_what_cannot_be_looked_for_is_refused(medpro: Stack) -> None:
    client = medpro.client
    assert wrong(client.call("POST", CHECK, {"scripts": ["relative", "/a\nb"]})) == {
        ("scripts.0", "invalid"),
        ("scripts.1", "invalid"),
    }
    assert wrong(client.call("POST", CHECK, {"scripts": ["/x"] * 101})) == {("scripts", "too_many")}
    problem(client.call("POST", "/api/v1/environments/NOT AN ID/check".replace(" ", "%20"), {}), 404)
