"""What executor and logsink tell each other of a run: the command, the attachment, the end."""

from typing import Literal

from msgspec import Struct

from proto.api import Values

MAX_CHUNK_BYTES = 256 * 1024
MAX_CHUNK_LINES = 20_000  # a row each: what the database stores in a fraction of a second
MAX_IN_FLIGHT_BYTES = 1024 * 1024
MAX_RESULT_BYTES = 256 * 1024

Ending = Literal["exited", "cancelled", "timed_out", "lost", "not_started"]


class Execute(Struct, frozen=True):
    """The command in EXECUTE: who takes it asks logsink for everything else. Another version is dead-lettered."""

    execution_id: int
    version: Literal[1] = 1


class RunRequest(Struct, frozen=True, kw_only=True):
    """What an execution was asked to do, frozen when it was created; the column `request`.

    `environment` holds the parameters passed as variables, `secrets` maps a variable to the name of a secret of the
    environment: never its value.
    """

    source: str
    job: str
    job_id: int
    source_id: int
    environment_id: str
    script_path: str
    parameters: Values
    arguments: list[str]
    environment: dict[str, str]
    secrets: dict[str, str]
    max_log_bytes: int


class Attachment(Struct, frozen=True, kw_only=True):
    """Where a run stands: from here an executor goes on, whoever worked on it before."""

    ended: bool
    cancel_requested: bool
    launched_on: str | None
    committed_bytes: int
    run_key: str
    request: RunRequest


class Launched(Struct, frozen=True):
    """`granted` false: cancelled, ended, or launched on another host, which `launched_on` names."""

    granted: bool
    launched_on: str | None
    ended: bool
    cancel_requested: bool


class Standing(Struct, frozen=True, kw_only=True):
    """Logsink's answer to a heartbeat: what is durable and what is wanted."""

    committed_bytes: int
    cancel_requested: bool
    ended: bool


class RunEnd(Struct, frozen=True, kw_only=True):
    """How a run ended. `total_bytes` is null where nothing more of the log can be read.

    `exit_status` is the shell's: 128+n for a signal, which sh cannot tell from a script that exits so.
    `result_json` is the text of the script's result file, as it is.
    """

    ending: Ending
    exit_status: int | None = None
    total_bytes: int | None = None
    reason: str | None = None
    result_json: str | None = None
