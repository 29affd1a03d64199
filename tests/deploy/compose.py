"""`make test-compose`: docker-compose.yml for real, from nothing to a finished migration, and gone again.

It needs a Docker daemon and docker-compose; as root on Debian it installs what is missing, and starts a private daemon
where none answers. Where images cannot be pulled it builds stand-ins for them (tests/deploy/stand_ins.py).
"""

import argparse
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.deploy.stand_ins import build_stand_ins
from tests.servers import Process, free_port, wait_until
from tests.stack import ROOT, Client

TOOLS = {"docker": "docker.io", "docker-compose": "docker-compose", "debootstrap": "debootstrap"}
OURS = ("catalog", "logsink", "executor", "gateway")
SMALLEST_IMAGE = "nats:2.15-alpine"
# What the sample export holds, with the dirt that the script leaves out.
WHOLE_EXPORT = {"read": 3512, "migrated": 3463, "skipped": 49, "failed": None}
UP_WITHIN_S = 300
BRIDGE = Path("/sys/class/net/docker0")
began = time.monotonic()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.compose", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave everything standing, and say how to reach it")
    keep = parser.parse_args().keep
    install_tools()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="medpro-compose-"))
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        docker_host = os.environ.get("DOCKER_HOST") if daemon_answers() else stack.enter_context(daemon(folder, keep))
        project = Project(folder, docker_host)
        if not keep:
            stack.callback(project.remove)
        try:
            project.build()
            check(project)
        except BaseException:
            project.save_logs()
            raise
        if keep:
            say(f"left standing: {project.url}, token {project.token}, project {project.name}, daemon {docker_host}")
    say("done")


def check(project: "Project") -> None:
    project.up()
    project.compose("ps")
    client = Client(project.url, {"Authorization": f"Bearer {project.token}"})
    say("started, health-gated")
    assert Client(project.url).call("GET", "/api/v1/migration-jobs").status == 401, "a token is asked for"
    assert client.call("GET", "/").status == 200, "the pages are there"

    project.medpro("import", "docker/demo/samples.yaml")
    jobs = {job["name"]: job for job in client.get("/migration-jobs")["items"]}
    say("the samples are registered")
    whole, riverside = jobs["Clínica Souza, everything"], jobs["Riverside Family Practice"]
    ended = client.ended(client.execute(whole, parameters={"pace": 0})["id"], within_s=180)
    assert ended["status"] == "completed", ended
    assert ended["result_summary"]["counts"] == WHOLE_EXPORT, ended
    say(f"the main job is completed after {ended['duration_ms']} ms: {ended['result_summary']['counts']}")

    project.up("--scale", "executor=3", "--scale", "logsink=2", "--no-recreate")
    assert (len(project.containers("executor")), len(project.containers("logsink"))) == (3, 2)
    wait_until(lambda: set(project.health()) == {"healthy"}, "all are healthy", UP_WITHIN_S)
    say("scaled to 3 executors and 2 logsinks")
    check_containers(project)

    running = [
        client.execute(job, environment, parameters={"pace": 60, "dry_run": True})["id"]
        for job in (whole, riverside)
        for environment in ("staging", "production")
    ]
    for execution in running:
        client.until(execution, lambda found: found["log_lines"] > 5, within_s=120)
    # A new version is rolled out while scripts run: all that follow them are replaced.
    before = project.following()
    project.up("--scale", "executor=3", "--scale", "logsink=2", "--force-recreate", "--no-deps", "executor", "logsink")
    assert len(project.following()) == 5
    assert not before & project.following()
    assert {client.execution(execution)["status"] for execution in running} == {"running"}
    say("all executors and logsinks are replaced during 4 runs")
    for execution in running:
        ended = client.ended(execution, within_s=240)
        assert ended["status"] == "completed", ended
        assert ended["result_summary"]["outcome"] == "succeeded", ended
    server = project.containers("medpro-server")[0]["Id"]
    printed = project.docker("exec", server, "sh", "-c", "cat /home/medpro/.medpro/runs/*/log").splitlines()
    kept = [line for item in client.get("/migration-executions")["items"] for line in client.lines(item["id"])]
    assert sorted(kept) == sorted(printed), f"{len(kept)} lines are kept, {len(printed)} were printed"
    say(f"the 4 runs went on and are completed; of all runs, the {len(kept)} lines are those of the host's logs")

    asked = time.monotonic()
    project.compose("stop", "-t", "30", *OURS)
    # 0: it left by itself. 137 would say that it was killed, 70 that its own deadline came.
    codes = {each["Name"]: each["State"]["ExitCode"] for service in OURS for each in project.containers(service)}
    assert set(codes.values()) == {0}, codes
    say(f"SIGTERM is heard: all services left by themselves, in {time.monotonic() - asked:.0f} s")


def check_containers(project: "Project") -> None:
    """As nobody, on a root that cannot be written, and only the gateway can be reached from outside."""
    for service in OURS:
        for container in project.containers(service):
            name = container["Id"]
            assert container["HostConfig"]["ReadonlyRootfs"], service
            assert project.docker("exec", name, "id", "-u").strip() == "10001", service
            written = ["exec", name, "python", "-c", "open('/opt/medpro/x', 'w')"]
            assert "Read-only file system" in project.docker(*written, fails=True), service
    published = {
        service: ports
        for service in (*OURS, "nats", "mariadb", "medpro-server")
        for container in project.containers(service)
        if (ports := [bound for bound in container["NetworkSettings"]["Ports"].values() if bound])
    }
    port = {"HostIp": "127.0.0.1", "HostPort": str(project.port)}
    assert published == {"gateway": [[port]]}, published
    database, ssh = ([s for s in OURS if project.has_module(s, module)] for module in ("asyncmy", "asyncssh"))
    assert (database, ssh) == (["catalog", "logsink"], ["executor"]), (database, ssh)
    say("all run as user 10001 on a read-only root, only the gateway is published, each has its own drivers only")


class Project:
    """One project of docker-compose, with settings and secrets in a folder of its own."""

    def __init__(self, folder: Path, docker_host: str | None) -> None:
        self.folder = folder
        self.name = f"medpro{secrets.token_hex(3)}"
        self.port = free_port()
        self.token = ""
        self.variables = {
            **os.environ,
            **({"DOCKER_HOST": docker_host} if docker_host else {}),
            "COMPOSE_PROJECT_NAME": self.name,
            "COMPOSE_HTTP_TIMEOUT": "300",
            "DOCKER_BUILDKIT": "0",  # its client plugin may be missing
            "MEDPRO_SECRETS": str(folder / "secrets"),
            "MEDPRO_CONFIG": str(folder / "secrets" / "config"),
            "MEDPRO_PORT": str(self.port),
            **{f"{service.upper()}_IMAGE": f"{self.name}/{service}" for service in (*OURS, "demo")},
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def build(self) -> None:
        if not self.can_pull():
            say("images cannot be pulled: building stand-ins")
            self.variables |= build_stand_ins(self.folder, self.run)
            say("stand-ins are built")
        # In a daemon's own network a build may lack what this machine's gives it.
        builds = {name: {"build": {"network": "host"}} for name in (*OURS, "migrate", "medpro-server")}
        (self.folder / "builds.json").write_text(json.dumps({"services": builds}))
        for service in (*OURS, "medpro-server"):
            self.compose("build", "--quiet", service)
            size = self.docker("image", "inspect", "-f", "{{.Size}}", self.image(service))
            say(f"{service} is built, {int(size) // 1_000_000} MB with its base")
        prepared = [self.run(["sh", "docker/prepare.sh"]) for _ in range(2)]
        self.token = prepared[0].partition("API token of admin")[2].partition("): ")[2].split()[0]
        assert prepared[1] == "", f"prepared a second time, it makes nothing: {prepared[1]}"

    def can_pull(self) -> bool:
        """The smallest one tells."""
        command = ["docker", "pull", "--quiet", SMALLEST_IMAGE]
        try:
            done = subprocess.run(command, env=self.variables, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def image(self, service: str) -> str:
        return self.variables["DEMO_IMAGE" if service == "medpro-server" else f"{service.upper()}_IMAGE"]

    def up(self, *arguments: str) -> None:
        self.compose("up", "--detach", "--no-build", *arguments)
        client = Client(self.url)
        wait_until(client.ready, "the gateway is ready", UP_WITHIN_S)

    def compose(self, *arguments: str) -> str:
        files = ["--file", "docker-compose.yml", "--file", str(self.folder / "builds.json")]
        return self.run(
            ["docker-compose", "--project-directory", str(ROOT), *files, "--profile", "demo", *arguments], shown=True
        )

    def docker(self, *arguments: str, fails: bool = False) -> str:
        return self.run(["docker", *arguments], fails=fails)

    def medpro(self, *arguments: str) -> str:
        variables = {"MEDPRO_URL": self.url, "MEDPRO_TOKEN": self.token}
        return self.run([sys.executable, "-m", "cli", *arguments], shown=True, variables=variables)

    def run(
        self, command: list[str], *, fails: bool = False, shown: bool = False, variables: dict[str, str] | None = None
    ) -> str:
        """What it printed: stdout, or all where it has to fail or did."""
        done = subprocess.run(
            command, env={**self.variables, **(variables or {})}, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if shown:
            sys.stdout.write(done.stdout)
            sys.stdout.flush()
        if (done.returncode != 0) is not fails:
            raise AssertionError(f"{' '.join(command)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr if fails else done.stdout

    def containers(self, service: str) -> list[dict[str, Any]]:
        """As `docker inspect` tells them, also those that are stopped."""
        labels = [f"label=com.docker.compose.{k}={v}" for k, v in (("project", self.name), ("service", service))]
        found = self.docker("ps", "-aq", "--filter", labels[0], "--filter", labels[1]).split()
        inspected: list[dict[str, Any]] = json.loads(self.docker("inspect", *found)) if found else []
        return inspected

    def following(self) -> set[str]:
        """The containers in whose hands a run is."""
        return {each["Id"] for service in ("executor", "logsink") for each in self.containers(service)}

    def health(self) -> list[str]:
        names = (*OURS, "nats", "mariadb", "medpro-server")
        return [each["State"]["Health"]["Status"] for name in names for each in self.containers(name)]

    def has_module(self, service: str, module: str) -> bool:
        found = f"import importlib.util as u; print(u.find_spec('{module}') is not None)"
        return self.docker("exec", self.containers(service)[0]["Id"], "python", "-c", found).strip() == "True"

    def save_logs(self) -> None:
        """Beside the folder that is removed."""
        path = Path(tempfile.gettempdir()) / f"{self.name}.log"
        with path.open("w") as output:
            command = ["docker-compose", "--profile", "demo", "logs", "--no-color"]
            subprocess.run(command, env=self.variables, cwd=ROOT, stdout=output, stderr=output, check=False)
        say(f"failed; what the containers said is in {path}")

    def remove(self) -> None:
        self.compose("down", "--volumes", "--timeout", "30")
        images = [self.image(service) for service in (*OURS, "medpro-server")]
        subprocess.run(["docker", "rmi", "-f", *images], env=self.variables, capture_output=True, check=False)


@contextmanager
def daemon(folder: Path, keep: bool) -> Iterator[str]:
    """A Docker daemon of our own. It leaves the machine's firewall as it is: a container reaches the others and is
    reached through its published port without, and builds use the machine's own network."""
    assert os.geteuid() == 0, "no Docker daemon answers, and only root can start one"
    address = f"unix://{folder}/docker.sock"
    command = [
        "dockerd", "--host", address, "--data-root", f"{folder}/docker", "--exec-root", f"{folder}/exec",
        "--pidfile", f"{folder}/docker.pid", "--iptables=false", "--ip6tables=false",
    ]  # fmt: skip
    process = Process(command, folder / "dockerd.log")
    # The default bridge is common to all daemons of a machine; `--bridge none` would take it away from the others.
    had_bridge = BRIDGE.exists()
    process.start()
    try:
        wait_until(lambda: daemon_answers(address), f"dockerd answers; see {folder / 'dockerd.log'}")
        say("started a private Docker daemon")
        yield address
    finally:
        if not keep:
            process.stop(within_s=60)
            # It leaves this one mounted, and the folder could not be removed.
            subprocess.run(["umount", f"{folder}/exec/netns/default"], capture_output=True, check=False)
            if not had_bridge:
                subprocess.run(["ip", "link", "delete", BRIDGE.name], capture_output=True, check=False)


def daemon_answers(address: str | None = None) -> bool:
    host = ["--host", address] if address else []
    return subprocess.run(["docker", *host, "info"], capture_output=True, check=False).returncode == 0


def install_tools() -> None:
    tools = TOOLS if is_there("docker") and daemon_answers() else {**TOOLS, "dockerd": "docker.io"}
    missing = sorted({package for tool, package in tools.items() if not is_there(tool)})
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        sys.exit(f"the compose test needs: sudo apt-get install {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        subprocess.run(["apt-get", *command], env=quiet, check=True, stdout=subprocess.DEVNULL)


def is_there(tool: str) -> bool:
    return shutil.which(tool, path=search_path()) is not None


def search_path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin:/sbin"


def say(text: str) -> None:
    print(f"{time.monotonic() - began:6.0f} s  {text}", flush=True)


if __name__ == "__main__":
    main()
