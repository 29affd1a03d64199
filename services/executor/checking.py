"""Whether an environment's host is one to run on: what `medpro doctor` asks. Nothing is started there."""

import asyncio

from proto.api import Finding, HostCheck
from proto.problems import not_found
from proto.requests import CheckHost
from services.executor.errors import HostRefused, HostUnreachable
from services.executor.launcher import Launcher
from services.executor.run import Executor

WITHIN_S = 4.0  # of the request's own deadline
MAX_BYTES = 256 * 1024
CHECKS = {
    "setsid": "setsid(1), which keeps a script running when the connection is gone",
    "proc": "/proc, which tells whether it lives",
    "run-directory": "the run directory can be written",
    "free-space": "at least 100 MiB are free for logs",
    "script": "the script exists and can be executed",
}


async def check_host(executor: Executor, request: CheckHost) -> HostCheck:
    """Every finding, good or not; where the host cannot be reached, that is the only one."""
    environment = executor.environments.get(request.environment_id)
    if environment is None:
        raise not_found("environment", request.environment_id)
    where = f"{environment.username}@{environment.host}:{environment.port}"
    launcher = Launcher(environment.run_directory, "check")
    try:
        async with asyncio.timeout(WITHIN_S), executor.connector.connect(environment) as host:
            _, text = await host.ask(launcher.check(request.scripts), rest_bytes=MAX_BYTES)
            findings = [_finding("host", "yes", f"{where} answers, host key {host.key}"), *_findings(text)]
    except (HostRefused, HostUnreachable) as error:
        findings = [_finding("host", "no", str(error))]
    except TimeoutError:
        findings = [_finding("host", "no", f"{where} did not answer within {WITHIN_S:.0f} s")]
    return HostCheck(environment_id=request.environment_id, good=all(one.good for one in findings), findings=findings)


def _findings(text: bytes) -> list[Finding]:
    lines = [line.split(" ", 2) for line in text.decode("utf-8", "replace").splitlines()]
    return [_finding(*words) for words in lines if len(words) == 3 and words[0] in CHECKS]


def _finding(check: str, answer: str, detail: str) -> Finding:
    meaning = f"{CHECKS[check]}: " if check in CHECKS else ""
    return Finding(check=check, good=answer == "yes", detail=f"{meaning}{detail}")
