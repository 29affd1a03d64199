"""A run on its host: what is done there, from preparing to the last byte of the log, over one connection at a time.

The state of the run directory decides each step, never what was done before: the connection may have been lost, and
another executor may have gone further.
"""

import asyncio
import secrets
import time
from dataclasses import dataclass, field

import structlog

from bus.connection import Bus
from bus.requests import ask
from process.environments import Environment
from process.lifecycle import beside
from proto.problems import Unavailable
from proto.requests import Launch
from proto.runs import MAX_RESULT_BYTES, Attachment, Ending, Launched, RunEnd
from services.executor.errors import HostRefused, HostUnreachable
from services.executor.heart import Heart
from services.executor.host import Host, Stream
from services.executor.launcher import Launcher, Operation, Report, command_file
from services.executor.masking import Mask, MaskedLog
from services.executor.secret_values import read_secrets
from services.executor.shipping import Shipper
from services.executor.stopping import stop_when_asked

LOOK_AFTER_SILENCE_S = 60
LOOK_AGAIN_S = 0.5
# Of what is printed line by line, faster than this, several lines are read at a time.
LITTLE_BYTES, REST_S = 4096, 0.008
GIVE_UP_STARTING_AFTER_S = 60
REFUSED = {
    "script-missing": "the script does not exist on the host",
    "script-not-executable": "the script is not an executable file",
    "no-setsid": "the host has no setsid(1)",
}
NOT_NOW = {
    "no-run-directory": "the run directory cannot be made on the host",
    "no-space": "the run directory cannot be written on the host",
}
ENDED = ("exited", "vanished", "rebooted")
log = structlog.get_logger()


@dataclass
class HostedRun:
    bus: Bus
    execution_id: int
    attachment: Attachment
    environment: Environment
    shipper: Shipper
    heart: Heart
    launcher: Launcher = field(init=False)
    launched_on: str | None = field(init=False)
    reached_end: bool = field(default=False, init=False)
    staged: bool = field(default=False, init=False)  # something of ours may lie in the run directory
    _starting_since: float | None = field(default=None, init=False)  # by our clock: the host's may be set
    _log: MaskedLog | None = field(default=None, init=False)
    _mask: Mask = field(default_factory=lambda: Mask([]), init=False)

    def __post_init__(self) -> None:
        self.launcher = Launcher(self.environment.run_directory, self.attachment.run_key)
        self.launched_on = self.attachment.launched_on
        self.staged = self.launched

    @property
    def launched(self) -> bool:
        return self.launched_on is not None

    async def to_the_end(self, host: Host, cancel_grace_s: int) -> RunEnd:
        """Raises HostUnreachable; and HostRefused before the launch. All bytes up to the end are with the shipper."""
        operation = await self._launch(host) if not self.launched else self._follow()
        stopping = stop_when_asked(host, self.launcher, self.heart, self.environment.max_duration_s, cancel_grace_s)
        async with beside(stopping, "stopping"):
            end = await self._follow_to_end(host, operation)
        self.reached_end = True
        return end

    async def _launch(self, host: Host) -> Operation:
        nonce, report = await self._prepare(host, create=True)
        identity = f"{report.machine} {host.key} {report.directory}"
        launched = await self._ask_to_launch(identity)
        if not launched.granted and launched.launched_on is None:
            # Cancelled or ended in the meantime: the heart hears it, and this is cancelled. Nothing may start here.
            await asyncio.get_running_loop().create_future()
        self.launched_on = launched.launched_on
        return self._start(nonce) if launched.granted else self._follow()

    async def _prepare(self, host: Host, *, create: bool) -> tuple[str, Report]:
        """Stages the command on the host. Nothing runs yet."""
        request = self.attachment.request
        variables = {
            "MEDPRO_EXECUTION_ID": str(self.execution_id),
            "MEDPRO_RUN_KEY": self.attachment.run_key,
            "MEDPRO_JOB": request.job,
            "MEDPRO_SOURCE": request.source,
            "MEDPRO_ENVIRONMENT": request.environment_id,
            **request.environment,
            **self._secrets(),
        }
        nonce = secrets.token_hex(8)
        self.staged = True
        command = command_file(request.script_path, request.arguments, variables, "result.json")
        report, _ = await host.ask(self.launcher.prepare(nonce, request.script_path, command, create=create))
        if report.state == "error":
            why = report.facts.get("why", "")
            if why in REFUSED and not self.launched:
                raise HostRefused(REFUSED[why])
            raise HostUnreachable(REFUSED.get(why) or NOT_NOW.get(why) or f"the launcher says {why}")
        return nonce, report

    def _secrets(self) -> dict[str, str]:
        values = read_secrets(self.environment, self.attachment.request.secrets)
        self._mask = Mask(value.encode() for value in values.values())
        return values

    async def _ask_to_launch(self, identity: str) -> Launched:
        while True:
            try:
                return await ask(self.bus, Launch(execution_id=self.execution_id, host=identity), Launched)
            except Unavailable as error:
                log.info("cannot launch yet", reason=str(error))
                await asyncio.sleep(1)

    async def _follow_to_end(self, host: Host, operation: Operation) -> RunEnd:
        while True:
            async with host.open(operation) as stream:
                report = await stream.report()
                if reason := self._why_lost(report):
                    return await self._lost(reason)
                if report.state == "staged" and not self.heart.cancel.is_set():
                    nonce, _ = await self._prepare(host, create=False)
                    operation = self._start(nonce)
                    continue
                if "age" in report.facts and report.state != "starting":
                    self.heart.script_runs(report.age_s)
                await self._read(host, stream, report)
            status, result = await host.ask(self.launcher.status(), rest_bytes=MAX_RESULT_BYTES)
            if status.state in ENDED and self._masked_log().next >= status.size_bytes:
                return await self._end(status, result)
            if status.state not in ENDED:
                await asyncio.sleep(LOOK_AGAIN_S)
            operation = self._follow()

    def _why_lost(self, report: Report) -> str | None:
        """Launched, and yet it cannot be found: it is never started again."""
        machine, _key, directory = (self.launched_on or "").split(" ")
        if report.state == "otherhost" or report.machine != machine:
            return f"another machine answers at the address: launched on {machine}, this is {report.machine}"
        if report.state == "absent":
            return "the run directory is gone from the host"
        if report.directory != directory:
            return "the run directory is gone from the host; another one was made since"
        if report.state != "starting":
            self._starting_since = None
        else:
            self._starting_since = self._starting_since or time.monotonic()
            if time.monotonic() - self._starting_since > GIVE_UP_STARTING_AFTER_S:
                return "the launcher was killed before it could start the script"
        return None

    async def _read(self, host: Host, stream: Stream, report: Report) -> None:
        """Everything that the stream brings; of a run that has ended, no byte beyond its recorded size."""
        until = report.size_bytes if report.state in ENDED else None
        masked_log = self._masked_log()
        while True:
            began = time.monotonic()
            try:
                async with asyncio.timeout(LOOK_AFTER_SILENCE_S):
                    data = await stream.read()
            except TimeoutError:
                status, _ = await host.ask(self.launcher.status(), rest_bytes=MAX_RESULT_BYTES)
                if status.state == "running":
                    continue
                return
            if until is not None:
                data = data[: max(0, until - masked_log.next)]
            if not data:
                return
            await self.shipper.add(*masked_log.feed(data))
            if len(data) < LITTLE_BYTES and time.monotonic() - began < REST_S:
                await asyncio.sleep(REST_S)

    async def _end(self, status: Report, result: bytes) -> RunEnd:
        if status.state != "exited":
            cause = "the host was started anew" if status.state == "rebooted" else "its wrapper was killed"
            return await self._lost(f"{cause} before the script's exit status was recorded: the result is unknown")
        total_bytes = await self._flush()
        word = status.stopped_as
        ending: Ending = "timed_out" if word == "timed_out" else "cancelled" if word else "exited"
        return RunEnd(
            ending=ending,
            exit_status=status.exit_status,
            total_bytes=total_bytes,
            reason=_why_stopped(word, status.exit_status, self.environment.max_duration_s),
            result_json=self._mask.whole(result).decode("utf-8", "replace") if result else None,
        )

    async def _lost(self, reason: str) -> RunEnd:
        return RunEnd(ending="lost", total_bytes=await self._flush(cut_short=True), reason=reason)

    async def _flush(self, *, cut_short: bool = False) -> int:
        if self._log is not None:
            await self.shipper.add(*self._log.flush(cut_short=cut_short))
        return self.shipper.window.end

    def _start(self, nonce: str) -> Operation:
        """Another executor may have started it long ago, so the log is read from where it is to go on."""
        return self.launcher.start(nonce, self._masked_log().next)

    def _follow(self) -> Operation:
        return self.launcher.follow(self._masked_log().next)

    def _masked_log(self) -> MaskedLog:
        if self._log is None:
            if self.attachment.request.secrets:
                self._secrets()
            self._log = MaskedLog(self._mask, self.shipper.window.committed)
        return self._log


def _why_stopped(word: str | None, exit_status: int | None, max_duration_s: float | None) -> str | None:
    if word is None:
        return None
    if exit_status is None:
        return "cancelled before the script was started"
    cause = (
        f"it ran longer than {max_duration_s:g} s" if word == "timed_out" and max_duration_s else "stopped by request"
    )
    return f"{cause}; the script then ended with exit status {exit_status}"
