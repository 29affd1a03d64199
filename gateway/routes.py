"""The table of the REST API: what is answered by which function, and what is said of it in the OpenAPI document."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
from aiohttp import web

from gateway import handlers, health, pages
from gateway.handlers import API
from gateway.query import Parameter
from proto import api

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Route:
    """`errors` are those of the operation itself; 401, 403, 431 and 503 may come from every one under `/api`."""

    method: str
    path: str
    handler: Handler
    summary: str = ""
    query: Sequence[Parameter] = ()
    body: type[msgspec.Struct] | None = None
    reply: type[msgspec.Struct] | None = None
    status: int = 200
    errors: tuple[int, ...] = ()


SOURCES, A_SOURCE = f"{API}/migration-sources", f"{API}/migration-sources/{{id}}"
JOBS, A_JOB = f"{API}/migration-jobs", f"{API}/migration-jobs/{{id}}"
EXECUTIONS, AN_EXECUTION = f"{API}/migration-executions", f"{API}/migration-executions/{{id}}"
BAD_BODY = (400, 413, 415, 422)

ROUTES = (
    Route("GET", SOURCES, handlers.list_sources, "List sources", handlers.SOURCES_QUERY, None, api.SourceList,
          errors=(422,)),
    Route("POST", SOURCES, handlers.create_source, "Create a source", (), api.SourceInput, api.Source, 201,
          (*BAD_BODY, 409)),
    Route("POST", f"{API}/migration-source-preview", handlers.preview_source,
          "The command that a source would make of values", (), api.SourcePreviewInput, api.Preview, errors=BAD_BODY),
    Route("GET", A_SOURCE, handlers.get_source, "Read a source", reply=api.Source, errors=(404,)),
    Route("PUT", A_SOURCE, handlers.update_source, "Change the fields of a source that are sent", (),
          api.SourceInput, api.Source, errors=(*BAD_BODY, 404, 409, 412)),
    Route("DELETE", A_SOURCE, handlers.delete_source, "Remove a source, or deactivate it where it has jobs",
          status=204, errors=(404,)),
    Route("GET", JOBS, handlers.list_jobs, "List jobs", handlers.JOBS_QUERY, None, api.JobList, errors=(422,)),
    Route("POST", JOBS, handlers.create_job, "Save a job", (), api.JobInput, api.Job, 201, BAD_BODY),
    Route("GET", A_JOB, handlers.get_job, "Read a job", reply=api.Job, errors=(404,)),
    Route("PUT", A_JOB, handlers.update_job, "Change the fields of a job that are sent; its parameters as a whole",
          (), api.JobInput, api.Job, errors=(*BAD_BODY, 404, 412)),
    Route("DELETE", A_JOB, handlers.delete_job, "Remove a job, or deactivate it where it has executions",
          status=204, errors=(404,)),
    Route("POST", f"{A_JOB}/execute", handlers.execute_job, "Execute a job on an environment", (),
          api.ExecuteInput, api.Execution, 202, (*BAD_BODY, 404, 409)),
    Route("POST", f"{A_JOB}/preview", handlers.preview_job, "The exact command and every error; nothing runs", (),
          api.PreviewInput, api.Preview, errors=(*BAD_BODY, 404)),
    Route("GET", EXECUTIONS, handlers.list_executions, "List executions, the newest first",
          handlers.EXECUTIONS_QUERY, None, api.ExecutionList, errors=(422,)),
    Route("GET", AN_EXECUTION, handlers.get_execution, "Status, progress and result", reply=api.Execution,
          errors=(404,)),
    Route("POST", f"{AN_EXECUTION}/cancel", handlers.cancel_execution, "Ask to stop an execution",
          reply=api.Execution, status=202, errors=(400, 404, 413, 415)),
    Route("GET", f"{AN_EXECUTION}/logs", handlers.read_log, "A page of the log", handlers.LOG_QUERY, None,
          api.LogPage, errors=(404, 422)),
    Route("GET", f"{API}/environments", handlers.list_environments, "List environments", reply=api.EnvironmentList),
    Route("POST", f"{API}/environments/{{id}}/check", handlers.check_environment, "Look at an environment's host",
          (), api.CheckInput, api.HostCheck, errors=(*BAD_BODY, 404)),
    Route("GET", f"{API}/openapi.json", pages.api_document),
    Route("GET", "/api/docs", pages.api_docs),
    Route("GET", "/healthz", health.healthz),
    Route("GET", "/readyz", health.readyz),
    Route("GET", "/", pages.page),
    Route("GET", "/{page:(?:sources|jobs|executions)(?:/.*)?}", pages.page),
    Route("GET", "/assets/{name}", pages.asset),
)  # fmt: skip
