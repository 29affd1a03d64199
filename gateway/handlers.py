"""The REST API: one small function for each operation; `routes.py` has the table. What is answered comes from the bus
as it is.
"""

import re
from typing import get_args

import msgspec
from aiohttp import web

from bus.connection import Bus
from bus.requests import ask_raw
from gateway.download import download_log
from gateway.query import Choice, Flag, Number, Text, id_in_path, read_query
from gateway.shape import read_body
from gateway.together import Together
from proto import requests
from proto.api import CheckInput, ExecuteInput, JobInput, Level, PreviewInput, SourceInput, SourcePreviewInput, Status
from proto.problems import FieldError, not_found, wrong_fields

BUS = web.AppKey("bus", Bus)
TOGETHER = web.AppKey("together", Together)
API = "/api/v1"
SOURCE, JOB, EXECUTION = "migration source", "migration job", "execution"
MAX_KEY = 255
MAX_SCRIPTS = 100
ENVIRONMENT_ID = re.compile(r"[a-z0-9_-]{1,100}")


LIMIT = Number("limit", "how many items; more than 500 are lowered to that", least=1, default=50)
CURSOR = Number("cursor", "`next_cursor` of the page before")
NAMES = Text("q", "only those whose name contains this, in upper or lower case")
INCLUDE_INACTIVE = Flag("include_inactive", "deactivated ones too")
SOURCE_ID = Number("source_id", "only those of this migration source")
SOURCES_QUERY = (LIMIT, CURSOR, NAMES, INCLUDE_INACTIVE)
JOBS_QUERY = (LIMIT, CURSOR, NAMES, SOURCE_ID, INCLUDE_INACTIVE)
EXECUTIONS_QUERY = (
    LIMIT,
    CURSOR,
    Number("job_id", "only those of this migration job"),
    SOURCE_ID,
    Text("environment_id", "only those on this environment"),
    Choice("status", "only those with this status", get_args(Status)),
)
LOG_QUERY = (
    Number("limit", "how many lines; more than 5000 are lowered to that, and a page is bounded in bytes", 1, 500),
    Number("after", "lines that follow the one with this number"),
    Number("before", "the last lines before the one with this number", least=1),
    Number("tail", "this many lines from the end", least=1),
    Choice("level", "lines of this level and above", get_args(Level)),
    Text("q", "lines that contain this, in upper or lower case"),
    Choice("format", "`text`: the whole log as a download", ("json", "text")),
)


class Identified(msgspec.Struct):
    id: int


class Stamped(msgspec.Struct):
    updated_at: str


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


async def list_sources(request: web.Request) -> web.Response:
    return await _answer(request, requests.ListSources(**read_query(request, SOURCES_QUERY)))


async def create_source(request: web.Request) -> web.Response:
    asked = requests.CreateSource(fields=await read_body(request, SourceInput))
    return await _created(request, asked, "migration-sources", 201)


async def get_source(request: web.Request) -> web.Response:
    return await _tagged(request, requests.GetSource(id=id_in_path(request, SOURCE)))


async def update_source(request: web.Request) -> web.Response:
    source_id = id_in_path(request, SOURCE)
    fields = await read_body(request, SourceInput)
    return await _tagged(request, requests.UpdateSource(id=source_id, fields=fields, seen=_seen(request)))


async def delete_source(request: web.Request) -> web.Response:
    await ask_raw(request.app[BUS], requests.DeleteSource(id=id_in_path(request, SOURCE)))
    return web.Response(status=204)


async def preview_source(request: web.Request) -> web.Response:
    return await _answer(request, requests.PreviewSource(fields=await read_body(request, SourcePreviewInput)))


async def list_jobs(request: web.Request) -> web.Response:
    return await _answer(request, requests.ListJobs(**read_query(request, JOBS_QUERY)))


async def create_job(request: web.Request) -> web.Response:
    asked = requests.CreateJob(fields=await read_body(request, JobInput))
    return await _created(request, asked, "migration-jobs", 201)


async def get_job(request: web.Request) -> web.Response:
    return await _tagged(request, requests.GetJob(id=id_in_path(request, JOB)))


async def update_job(request: web.Request) -> web.Response:
    job_id = id_in_path(request, JOB)
    fields = await read_body(request, JobInput)
    return await _tagged(request, requests.UpdateJob(id=job_id, fields=fields, seen=_seen(request)))


async def delete_job(request: web.Request) -> web.Response:
    await ask_raw(request.app[BUS], requests.DeleteJob(id=id_in_path(request, JOB)))
    return web.Response(status=204)


async def execute_job(request: web.Request) -> web.Response:
    """202 for a replay too: the key's execution, as it is now."""
    job_id = id_in_path(request, JOB)
    fields = await read_body(request, ExecuteInput)
    if fields.executed_by is None:
        fields = msgspec.structs.replace(fields, executed_by=request.get("caller"))
    asked = requests.ExecuteJob(job_id=job_id, fields=fields, idempotency_key=_idempotency_key(request))
    return await _created(request, asked, "migration-executions", 202)


async def preview_job(request: web.Request) -> web.Response:
    job_id = id_in_path(request, JOB)
    return await _answer(request, requests.PreviewJob(job_id=job_id, fields=await read_body(request, PreviewInput)))


async def list_executions(request: web.Request) -> web.Response:
    return await _answer(request, requests.ListExecutions(**read_query(request, EXECUTIONS_QUERY)))


async def get_execution(request: web.Request) -> web.Response:
    return _as_json(await request.app[TOGETHER].ask(requests.GetExecution(id=id_in_path(request, EXECUTION))))


async def cancel_execution(request: web.Request) -> web.Response:
    """Needs no body; what comes with one of another type than JSON may be a foreign page's form."""
    if request.can_read_body:
        await read_body(request, Nothing)
    return await _answer(request, requests.CancelExecution(id=id_in_path(request, EXECUTION)), 202)


async def read_log(request: web.Request) -> web.StreamResponse:
    execution_id = id_in_path(request, EXECUTION)
    values = read_query(request, LOG_QUERY, only_one_of=("after", "before", "tail"))
    if values.pop("format") == "text":
        return await download_log(request, request.app[BUS], execution_id)
    question = requests.ReadLog(id=execution_id, **values)
    if question.level or question.q:  # it may take seconds, and those who look at what is new do not wait for it
        return await _answer(request, question)
    return _as_json(await request.app[TOGETHER].ask(question))


async def list_environments(request: web.Request) -> web.Response:
    return await _answer(request, requests.ListEnvironments())


async def check_environment(request: web.Request) -> web.Response:
    """503 where no executor serves the environment."""
    fields = await read_body(request, CheckInput)
    environment_id = request.match_info["id"]
    if not ENVIRONMENT_ID.fullmatch(environment_id):
        raise not_found("environment", environment_id[:MAX_KEY])
    wrong = [
        FieldError(f"scripts.{index}", "invalid", "must be an absolute path without control characters")
        for index, script in enumerate(fields.scripts)
        if not (script.startswith("/") and script.isprintable())
    ]
    if len(fields.scripts) > MAX_SCRIPTS:
        wrong.append(FieldError("scripts", "too_many", f"has more than {MAX_SCRIPTS} scripts"))
    if wrong:
        raise wrong_fields(wrong)
    return await _answer(request, requests.CheckHost(environment_id=environment_id, scripts=fields.scripts))


async def _answer(request: web.Request, asked: requests.Request, status: int = 200) -> web.Response:
    return _as_json(await ask_raw(request.app[BUS], asked), status)


def _as_json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(
        body=body, status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def _tagged(request: web.Request, asked: requests.Request) -> web.Response:
    """With the version of a source or job, for `If-Match`."""
    response = await _answer(request, asked)
    stamp = msgspec.json.decode(response.body, type=Stamped).updated_at  # type: ignore[arg-type]  # bytes, from _answer
    response.headers["ETag"] = f'"{stamp}"'
    return response


def _seen(request: web.Request) -> list[str] | None:
    """The versions that `If-Match` names; None where any will do."""
    given = request.headers.get("If-Match")
    if given is None or given.strip() == "*":
        return None
    return [one.strip().removeprefix("W/").strip('"') for one in given.split(",")]


async def _created(request: web.Request, asked: requests.Request, collection: str, status: int) -> web.Response:
    response = await _answer(request, asked, status)
    identity = msgspec.json.decode(response.body, type=Identified).id  # type: ignore[arg-type]  # bytes, from _answer
    response.headers["Location"] = f"{API}/{collection}/{identity}"
    return response


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        wrong = FieldError("Idempotency-Key", "invalid", f"must be 1 to {MAX_KEY} printable ASCII characters")
        raise wrong_fields([wrong])
    return key
