"""HTTP that cannot be read: answered like every other error, where aiohttp would show its parser's words."""

from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from gateway.problems import problem_response
from proto.problems import Problem

log = structlog.get_logger()


class Protocol(RequestHandler):
    """One connection of a client."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the parser's words, which quote what was sent
    ) -> web.StreamResponse:
        """Never an exception's text. Closes the connection: where the next request begins is not known."""
        if isinstance(exc, LineTooLong):
            status, detail = 431, "the request line or a header is too long"
        elif status < 500:
            detail = "this is not an HTTP request that can be read"
        else:
            log.error("request failed", exc_info=exc)
            detail = "the gateway failed; its log says why"
        if request.writer.output_size > 0:
            raise ConnectionError("a response was begun already")
        code = HTTPStatus(status).phrase.lower().replace(" ", "_")
        response = problem_response(request, Problem(status, code, detail))
        response.force_close()
        return response
