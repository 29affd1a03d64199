"""The whole log as text, streamed page by page: memory stays flat, whatever its length."""

from aiohttp import web

from bus.connection import Bus
from bus.requests import ask
from proto.api import LogPage
from proto.problems import Unavailable
from proto.requests import ReadLog

PAGE_LINES = 5000


async def download_log(request: web.Request, bus: Bus, execution_id: int) -> web.StreamResponse:
    """Up to the line that was the last one when the download reached it. Raises Rejected before anything was sent;
    afterwards a failure ends the connection without the closing chunk, so that a cut file is seen as cut."""
    page = await ask(bus, ReadLog(id=execution_id, after=0, limit=PAGE_LINES), LogPage)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Disposition": f'attachment; filename="execution-{execution_id}.log"',
        },
    )
    await response.prepare(request)
    while page.items:
        await response.write("".join(f"{line.message}\n" for line in page.items).encode("utf-8", "backslashreplace"))
        try:
            page = await ask(bus, ReadLog(id=execution_id, after=page.next_after, limit=PAGE_LINES), LogPage)
        except Unavailable:
            if request.transport is not None:
                request.transport.abort()
            return response
    await response.write_eof()
    return response
