"""Names on the bus: subjects, streams and headers. Who declares them is `bus.streams`."""

EXECUTE, LOGS, EVENTS, DEAD = "EXECUTE", "LOGS", "EVENTS", "DEAD"

STREAM_SUBJECTS = {
    EXECUTE: "medpro.execute.*.*",
    LOGS: "medpro.log.*",
    EVENTS: "medpro.executions.*.*.*",
    DEAD: "medpro.dead.>",
}

HEADER_MESSAGE_ID = "Nats-Msg-Id"
HEADER_KIND = "Medpro-Kind"
HEADER_OFFSET = "Medpro-Offset"
HEADER_READ_AT = "Medpro-Read-At"
HEADER_ATTACH = "Medpro-Attach"
HEADER_VERSION = "Medpro-Version"
HEADER_REASON = "Medpro-Reason"
HEADER_SUBJECT = "Medpro-Subject"
HEADER_TRACE = "Medpro-Trace"
HEADER_PROBLEM = "Medpro-Problem"

VERSION = "1"  # of log messages; another one is dead-lettered
KIND_BYTES, KIND_END = "bytes", "end"

LOG_DURABLE = "logsink"


def execute(environment_id: str, execution_id: int) -> str:
    return f"medpro.execute.{environment_id}.{execution_id}"


def execute_filter(environment_id: str) -> str:
    return f"medpro.execute.{environment_id}.*"


def execute_durable(environment_id: str) -> str:
    return f"executor-{environment_id}"


def log(execution_id: int) -> str:
    return f"medpro.log.{execution_id}"


def event(environment_id: str, execution_id: int, name: str) -> str:
    return f"medpro.executions.{environment_id}.{execution_id}.{name}"


def committed(execution_id: int) -> str:
    return f"medpro.committed.{execution_id}"


def cancel(execution_id: int) -> str:
    return f"medpro.cancel.{execution_id}"


def dead(subject: str) -> str:
    return f"medpro.dead.{subject.removeprefix('medpro.')}"


def execution_id_of(subject: str) -> int | None:
    """The execution that a command's or a log message's subject names; None where it names none."""
    last = subject.rpartition(".")[2]
    return int(last) if last.isascii() and last.isdigit() and len(last) <= 18 else None
