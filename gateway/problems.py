"""Errors as RFC 9457 problem documents: whatever goes wrong below, the client gets one, and no exception's text."""

import re
import secrets
import time
from http import HTTPStatus

import msgspec
import structlog
from aiohttp import web
from aiohttp.http import HttpVersion11
from aiohttp.typedefs import Handler
from msgspec import UNSET, UnsetType
from prometheus_client import Histogram

from proto.problems import FieldError, Problem, Rejected, Unavailable

CONTENT_TYPE = "application/problem+json"
DETAILS = {404: "there is nothing here", 405: "this method is not allowed here", 413: "the body has more than 1 MiB"}
TRACE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DURATION = Histogram("medpro_http_request_seconds", "Requests of the REST API", ["method", "route", "status"])
KEPT_HEADERS = ("Allow", "WWW-Authenticate")
log = structlog.get_logger()


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457; `errors` has every wrong field at once, `running_execution_id` is there with `already_running`."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[FieldError]
    running_execution_id: int | UnsetType = UNSET


@web.middleware
async def traced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """One id for all that a request causes, in the logs of every service and in the answer; and how long it took."""
    given = request.headers.get("X-Request-Id", "")
    trace_id = given if TRACE_ID.fullmatch(given) else secrets.token_hex(8)
    began = time.monotonic()
    with structlog.contextvars.bound_contextvars(trace_id=trace_id):
        response = await handler(request)
        route = request.match_info.route.resource
        path = route.canonical if route is not None else "unknown"
        taken_s = time.monotonic() - began
        DURATION.labels(request.method, path, response.status).observe(taken_s)
        if request.method != "GET":
            log.info("request", method=request.method, path=request.path, status=response.status, seconds=taken_s)
    if not response.prepared:
        response.headers["X-Request-Id"] = trace_id
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except (Rejected, Unavailable) as error:
        return problem_response(request, error.problem)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        problem = Problem(error.status, error.reason.lower().replace(" ", "_"), DETAILS.get(error.status, error.reason))
        kept = {name: error.headers[name] for name in KEPT_HEADERS if name in error.headers}
        return problem_response(request, problem, kept)
    except ConnectionError:
        log.info("the client went away", method=request.method, path=request.path)
        raise
    except Exception:
        log.exception("request failed", method=request.method, path=request.path)
        return problem_response(request, Problem(500, "internal", "the gateway failed; its log says why"))


async def expectations(request: web.Request) -> web.StreamResponse | None:
    """aiohttp asks this before any middleware; only `100-continue` can be met."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        return problem_response(request, Problem(417, "expectation_failed", "only 100-continue can be expected"))
    if request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return None


def problem_response(request: web.BaseRequest, problem: Problem, headers: dict[str, str] | None = None) -> web.Response:
    status = HTTPStatus(problem.status)
    document = ProblemDocument(
        title="Unprocessable Content" if status == 422 else status.phrase,
        status=problem.status,
        detail=problem.detail,
        instance=request.path,
        code=problem.code,
        errors=problem.errors,
        running_execution_id=UNSET if problem.running_execution_id is None else problem.running_execution_id,
    )
    headers = dict(headers or {})
    if problem.status == 503:
        headers["Retry-After"] = "2"
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return web.Response(
        status=problem.status, body=msgspec.json.encode(document), content_type=CONTENT_TYPE, headers=headers
    )
