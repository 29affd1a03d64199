"""The REST API: one visible table of routes, one small function each. What is answered comes from the bus as it is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from aiohttp import web

from bus.connection import Bus
from bus.requests import ask, ask_raw
from gateway.download import download_log
from gateway.query import Query, id_in_path
from gateway.shape import read_body
from proto import requests
from proto.api import ExecuteInput, JobInput, Level, PreviewInput, SourceInput
from proto.problems import FieldError, Unavailable, wrong_fields

BUS = web.AppKey("bus", Bus)
API = "/api/v1"
SOURCE, JOB, EXECUTION = "migration source", "migration job", "execution"
LEVELS: tuple[Level, ...] = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
MAX_KEY = 255


class Identified(msgspec.Struct):
    id: int


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]


async def list_sources(request: web.Request) -> web.Response:
    query = Query(request)
    asked = requests.ListSources(
        limit=_limit(query),
        cursor=query.number("cursor"),
        q=query.text("q"),
        include_inactive=query.flag("include_inactive"),
    )
    query.check()
    return await _answer(request, asked)


async def create_source(request: web.Request) -> web.Response:
    asked = requests.CreateSource(fields=await read_body(request, SourceInput))
    return await _created(request, asked, "migration-sources", 201)


async def get_source(request: web.Request) -> web.Response:
    return await _answer(request, requests.GetSource(id=id_in_path(request, SOURCE)))


async def update_source(request: web.Request) -> web.Response:
    source_id = id_in_path(request, SOURCE)
    return await _answer(request, requests.UpdateSource(id=source_id, fields=await read_body(request, SourceInput)))


async def delete_source(request: web.Request) -> web.Response:
    await ask_raw(request.app[BUS], requests.DeleteSource(id=id_in_path(request, SOURCE)))
    return web.Response(status=204)


async def list_jobs(request: web.Request) -> web.Response:
    query = Query(request)
    asked = requests.ListJobs(
        limit=_limit(query),
        cursor=query.number("cursor"),
        q=query.text("q"),
        source_id=query.number("source_id"),
        include_inactive=query.flag("include_inactive"),
    )
    query.check()
    return await _answer(request, asked)


async def create_job(request: web.Request) -> web.Response:
    asked = requests.CreateJob(fields=await read_body(request, JobInput))
    return await _created(request, asked, "migration-jobs", 201)


async def get_job(request: web.Request) -> web.Response:
    return await _answer(request, requests.GetJob(id=id_in_path(request, JOB)))


async def update_job(request: web.Request) -> web.Response:
    job_id = id_in_path(request, JOB)
    return await _answer(request, requests.UpdateJob(id=job_id, fields=await read_body(request, JobInput)))


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
    query = Query(request)
    asked = requests.ListExecutions(
        limit=_limit(query),
        cursor=query.number("cursor"),
        job_id=query.number("job_id"),
        source_id=query.number("source_id"),
        environment_id=query.text("environment_id"),
        status=query.choice("status", ("running", "completed", "failed")),
    )
    query.check()
    return await _answer(request, asked)


async def get_execution(request: web.Request) -> web.Response:
    return await _answer(request, requests.GetExecution(id=id_in_path(request, EXECUTION)))


async def cancel_execution(request: web.Request) -> web.Response:
    """Needs no body; what comes with one of another type than JSON may be a foreign page's form."""
    if request.can_read_body:
        await read_body(request, Nothing)
    return await _answer(request, requests.CancelExecution(id=id_in_path(request, EXECUTION)), 202)


async def read_log(request: web.Request) -> web.StreamResponse:
    execution_id = id_in_path(request, EXECUTION)
    query = Query(request)
    level = query.choice("level", LEVELS)
    asked = requests.ReadLog(
        id=execution_id,
        limit=query.number("limit", least=1, default=500) or 500,
        after=query.number("after"),
        before=query.number("before", least=1),
        tail=query.number("tail", least=1),
        level=level,  # type: ignore[arg-type]  # one of LEVELS, or the check below refuses
        q=query.text("q"),
    )
    if sum(value is not None for value in (asked.after, asked.before, asked.tail)) > 1:
        query.wrong("after", "only one of after, before and tail can be given")
    download = query.choice("format", ("json", "text")) == "text"
    query.check()
    if download:
        return await download_log(request, request.app[BUS], execution_id)
    return await _answer(request, asked)


async def list_environments(request: web.Request) -> web.Response:
    return await _answer(request, requests.ListEnvironments())


async def healthz(_request: web.Request) -> web.Response:
    """This process lives; nothing else is asked."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Everything that a request needs answers: NATS, catalog, logsink and, through them, the database."""
    checks = {"catalog": requests.PingCatalog(), "logsink": requests.PingLogsink()}
    bus = request.app[BUS]
    answers = await asyncio.gather(*(_state(bus, ping) for ping in checks.values()))
    states = {"nats": "ok" if bus.connected else "does not answer", **dict(zip(checks, answers, strict=True))}
    ready = set(states.values()) == {"ok"}
    return web.json_response(
        {"status": "ok" if ready else "unavailable", "checks": states}, status=200 if ready else 503
    )


async def _state(bus: Bus, ping: requests.Request) -> str:
    try:
        await ask(bus, ping, requests.Pong)
    except Unavailable as error:
        return str(error)
    return "ok"


async def _answer(request: web.Request, asked: requests.Request, status: int = 200) -> web.Response:
    body = await ask_raw(request.app[BUS], asked)
    return web.Response(
        body=body, status=status, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def _created(request: web.Request, asked: requests.Request, collection: str, status: int) -> web.Response:
    response = await _answer(request, asked, status)
    identity = msgspec.json.decode(response.body, type=Identified).id  # type: ignore[arg-type]  # bytes, from _answer
    response.headers["Location"] = f"{API}/{collection}/{identity}"
    return response


def _limit(query: Query) -> int:
    return query.number("limit", least=1, default=50) or 50


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not (0 < len(key) <= MAX_KEY and key.isascii() and key.isprintable()):
        wrong = FieldError("Idempotency-Key", "invalid", f"must be 1 to {MAX_KEY} printable ASCII characters")
        raise wrong_fields([wrong])
    return key


ROUTES = (
    Route("GET", f"{API}/migration-sources", list_sources),
    Route("POST", f"{API}/migration-sources", create_source),
    Route("GET", f"{API}/migration-sources/{{id}}", get_source),
    Route("PUT", f"{API}/migration-sources/{{id}}", update_source),
    Route("DELETE", f"{API}/migration-sources/{{id}}", delete_source),
    Route("GET", f"{API}/migration-jobs", list_jobs),
    Route("POST", f"{API}/migration-jobs", create_job),
    Route("GET", f"{API}/migration-jobs/{{id}}", get_job),
    Route("PUT", f"{API}/migration-jobs/{{id}}", update_job),
    Route("DELETE", f"{API}/migration-jobs/{{id}}", delete_job),
    Route("POST", f"{API}/migration-jobs/{{id}}/execute", execute_job),
    Route("POST", f"{API}/migration-jobs/{{id}}/preview", preview_job),
    Route("GET", f"{API}/migration-executions", list_executions),
    Route("GET", f"{API}/migration-executions/{{id}}", get_execution),
    Route("POST", f"{API}/migration-executions/{{id}}/cancel", cancel_execution),
    Route("GET", f"{API}/migration-executions/{{id}}/logs", read_log),
    Route("GET", f"{API}/environments", list_environments),
    Route("GET", "/healthz", healthz),
    Route("GET", "/readyz", readyz),
)
