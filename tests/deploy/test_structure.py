"""docker-compose.yml and the images agree with the code: variables are settings, commands and files exist."""

import importlib.util
import json
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo import samples
from gateway.service import Settings as Gateway
from process.environments import read_environments
from services.catalog.service import Settings as Catalog
from services.executor.service import Settings as Executor
from services.logsink.service import Settings as Logsink
from tests.stack import ROOT

SETTINGS: dict[str, type[Any]] = {"gateway": Gateway, "catalog": Catalog, "executor": Executor, "logsink": Logsink}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
DEMO_DOCKERFILE = (ROOT / "docker" / "demo-server.Dockerfile").read_text()
OVERRIDABLE = re.compile(r"\$\{([A-Z_]+):-([^}]+)\}")
Prepared = tuple[Path, str]


def variables_of(service: str) -> set[str]:
    return {f"MEDPRO_{field.name.upper()}" for field in fields(SETTINGS[service])}


def stage(name: str) -> str:
    """The lines of a stage of the Dockerfile."""
    return DOCKERFILE.partition(f" AS {name}\n")[2].partition("\nFROM ")[0]


def commands() -> Iterator[tuple[str, str]]:
    """Who starts which module."""
    for service in SETTINGS:
        command = json.loads(stage(service).rpartition("CMD ")[2])
        assert command[:2] == ["python", "-m"]
        yield service, command[2]
    for service, definition in SERVICES.items():
        if definition.get("command", [""])[0] == "python":
            assert definition["command"][1] == "-m"
            yield service, definition["command"][2]


def prepare(folder: Path, *names: str) -> str:
    variables = {**os.environ, "MEDPRO_SECRETS": str(folder), "MEDPRO_CONFIG": str(folder / "config")}
    return subprocess.run(
        ["sh", str(ROOT / "docker" / "prepare.sh"), *names], env=variables, check=True, capture_output=True, text=True
    ).stdout


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    return folder, prepare(folder)


@pytest.mark.parametrize("service", SETTINGS)
def test_every_variable_that_is_set_is_a_setting_of_its_service(service: str) -> None:
    assert set(SERVICES[service]["environment"]) <= variables_of(service)


def test_every_variable_of_the_image_is_a_setting_of_all_services() -> None:
    of_the_image = set(re.findall(r"\b(MEDPRO_[A-Z_]+)=", DOCKERFILE))
    assert of_the_image == {"MEDPRO_LOG_FORMAT", "MEDPRO_ADMIN_PORT"}
    assert all(of_the_image <= variables_of(service) for service in SETTINGS)


def test_every_variable_of_migrate_is_read_by_it() -> None:
    source = (ROOT / "schema" / "__main__.py").read_text()
    assert all(f'"{variable}"' in source for variable in SERVICES["migrate"]["environment"])


def test_every_command_resolves_to_a_module() -> None:
    found = dict(commands())
    assert set(found) == {*SETTINGS, "migrate"}
    for module in found.values():
        assert importlib.util.find_spec(f"{module}.__main__"), module


def test_each_image_has_the_code_that_its_command_imports() -> None:
    copied = {service: set(re.findall(r"COPY (\S+) ", stage("service") + stage(service))) for service in SETTINGS}
    for service in ("catalog", "logsink"):
        assert {"schema", "bus", "process", "proto", f"services/{service}"} <= copied[service]
    assert "schema" not in copied["executor"] | copied["gateway"]
    assert {"bus", "process", "proto", "services/executor"} <= copied["executor"]
    assert {"bus", "process", "proto", "gateway/*.py"} <= copied["gateway"]
    # migrate runs in catalog's image
    assert SERVICES["migrate"]["image"] == SERVICES["catalog"]["image"]


def test_what_the_dockerfiles_copy_is_committed_and_sent_to_the_builder() -> None:
    sent = [line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"]
    for line in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE + DEMO_DOCKERFILE, re.MULTILINE):
        for path in line.replace("${SERVICE}", "executor").split():
            assert list(ROOT.glob(path)), path
            assert any(path == each or path.startswith(f"{each}/") or Path(path).match(each) for each in sent), path


def test_no_secret_is_sent_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    assert not any(line.startswith(("!docker/secrets", "!docker/*/")) or line in ("!docker", "!*") for line in lines)


def test_only_the_gateway_publishes_a_port_and_for_this_machine_alone_unless_said_otherwise() -> None:
    assert {name: each["ports"] for name, each in SERVICES.items() if "ports" in each} == {
        "gateway": ["${MEDPRO_ADDRESS:-127.0.0.1}:${MEDPRO_PORT:-8080}:8080"]
    }
    assert SERVICES["gateway"]["environment"]["MEDPRO_GATEWAY_PORT"] == "8080"
    assert not any("network_mode" in each for each in SERVICES.values())


def test_every_image_can_be_overridden() -> None:
    for name, service in SERVICES.items():
        assert OVERRIDABLE.fullmatch(service["image"]), name


def test_every_base_image_can_be_overridden_and_is_the_dockerfiles_own() -> None:
    bases = {"Dockerfile": DOCKERFILE, "docker/demo-server.Dockerfile": DEMO_DOCKERFILE}
    for name, service in SERVICES.items():
        if "build" not in service:
            continue
        dockerfile = bases[service["build"].get("dockerfile", "Dockerfile")]
        arguments = {key: value for key, value in service["build"]["args"].items() if key != "SERVICE"}
        for argument, value in arguments.items():
            overridable = OVERRIDABLE.fullmatch(value)
            assert overridable, name
            assert overridable[1] == argument
            assert f"ARG {argument}={overridable[2]}\n" in dockerfile
        stages = set(re.findall(r" AS (\w+)$", dockerfile, re.MULTILINE))
        used = set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) - stages - {"${SERVICE}"}
        assert used == {f"${{{argument}}}" for argument in arguments}, name


@pytest.mark.parametrize("service", [*SETTINGS, "migrate"])
def test_our_services_cannot_write_to_their_root_and_have_no_rights(service: str) -> None:
    definition = SERVICES[service]
    assert (definition["read_only"], definition["init"], definition["cap_drop"]) == (True, True, ["ALL"])
    assert definition["security_opt"] == ["no-new-privileges:true"]
    assert "USER 10001\n" in stage("service")


def test_what_others_wait_for_has_a_health_check() -> None:
    for definition in SERVICES.values():
        for name, how in definition.get("depends_on", {}).items():
            if how["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[name] or "HEALTHCHECK" in stage("service")
            else:
                assert (name, how["condition"]) == ("migrate", "service_completed_successfully")


def test_every_file_that_is_named_is_made_or_committed(prepared: Prepared) -> None:
    folder, _ = prepared
    made = {
        "${MEDPRO_SECRETS:-./docker/secrets}": folder,
        "${MEDPRO_CONFIG:-./docker/secrets/config}": folder / "config",
    }
    named = [secret["file"] for secret in COMPOSE["secrets"].values()]
    named += [volume.rpartition(":/")[0] for service in SERVICES.values() for volume in service.get("volumes", ())]
    for name in named:
        place = OVERRIDABLE.match(name)
        if place:
            path = Path(f"{made[place[0]]}{name[place.end() :]}")
        elif name.startswith("./"):
            path = ROOT / name
        else:
            assert name in COMPOSE["volumes"], name
            continue
        assert path.exists(), name
    assert {secret for service in SERVICES.values() for secret in service.get("secrets", ())} == set(COMPOSE["secrets"])


def test_the_services_read_what_was_prepared(prepared: Prepared) -> None:
    folder, _ = prepared
    environments = read_environments(folder / "config" / "environments.toml")
    assert set(environments) == {"staging", "production"}
    for environment in environments.values():
        assert environment.host in SERVICES
        assert Path(environment.client_key).exists()
        assert Path(environment.known_hosts).read_text().startswith(f"{environment.host} ssh-ed25519 ")
        # In the container they are another user's; on this machine the folder is closed.
        assert Path(environment.client_key).stat().st_mode & 0o777 == 0o644
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len((folder / "database_password").read_text()) == 64


def test_prepared_again_nothing_changes_and_a_further_name_gets_a_token(prepared: Prepared) -> None:
    folder, said = prepared
    assert "API token of admin" in said

    def contents() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = contents()
    assert prepare(folder) == ""
    assert contents() == before
    assert "API token of ana" in prepare(folder, "ana")
    assert set(tomllib.loads((folder / "api_tokens.toml").read_text())) == {"admin", "ana"}
    assert {path for path, content in contents().items() if before.get(path) != content} == {folder / "api_tokens.toml"}


def test_the_samples_are_those_of_make_run_where_the_demo_server_has_them() -> None:
    content = yaml.safe_load((ROOT / "docker" / "demo" / "samples.yaml").read_text())
    moved = [
        {**source, "script_path": f"/opt/medpro/scripts/{Path(source['script_path']).name}"}
        for source in samples.SOURCES
    ]
    assert content["sources"] == moved
    assert content["jobs"] == [{"source": s, "name": n, "parameters": p} for s, n, p in samples.JOBS]
    assert "COPY demo/scripts /opt/medpro/scripts\n" in DEMO_DOCKERFILE


@pytest.mark.parametrize("service", SETTINGS)
def test_a_lock_has_what_the_services_extra_asks_for_and_nothing_of_the_others(service: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]

    def asked(requirements: list[str]) -> set[str]:
        names = set()
        for requirement in requirements:
            own = re.fullmatch(r"medpro-migration\[(.+)\]", requirement)
            names |= asked([r for e in own[1].split(",") for r in extras[e]]) if own else {_normal(requirement)}
        return names

    wanted = asked(project["dependencies"]) | asked(extras[service])
    locked = {_normal(line): line.split()[0] for line in _pinned(f"docker/{service}.lock")}
    others = {name for extra in extras if extra != "dev" for name in asked(extras[extra])} - wanted
    assert wanted <= set(locked)
    assert not others & set(locked)
    # The same releases as those that were tested.
    assert set(locked.values()) <= {line.split()[0] for line in _pinned("requirements.lock")}


def test_the_metrics_and_settings_of_the_manual_exist() -> None:
    manual = (ROOT / "docs" / "operations.md").read_text()
    source = "".join(
        path.read_text() for part in ("gateway", "services", "bus") for path in (ROOT / part).rglob("*.py")
    )
    metrics = set(re.findall(r'(?:Gauge|Counter|Histogram)\(\s*"(medpro_\w+)"', source))
    named = {re.sub(r"_(total|bucket|count)$", "", name) for name in re.findall(r"\bmedpro_[a-z_]+\b", manual)}
    assert named == metrics
    known = {variable for service in SETTINGS for variable in variables_of(service)}
    of_compose = set(re.findall(r"\$\{(MEDPRO_[A-Z_]+):-", (ROOT / "docker-compose.yml").read_text()))
    assert set(re.findall(r"MEDPRO_[A-Z_]+[A-Z]", manual)) <= known | of_compose | {"MEDPRO_TOKEN"}


def _pinned(path: str) -> list[str]:
    return re.findall(r"^[A-Za-z0-9].*==.*$", (ROOT / path).read_text(), re.MULTILINE)


def _normal(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement)[0].replace("_", "-").lower()
