"""What the services say of themselves: structlog, one line an event, for people (`console`) or machines (`json`)."""

import logging
import sys

import structlog

SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logs(service: str, log_format: str) -> None:
    """Libraries' own logging goes the same way, from warnings up."""
    json_lines = log_format == "json"
    # Never with local variables: there are secrets among them.
    renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    exceptions: list[structlog.typing.Processor] = []
    if json_lines:
        transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        exceptions = [structlog.processors.ExceptionRenderer(transformer)]
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*SHARED, *exceptions, renderer],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exceptions, renderer],
        ),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("asyncmy").setLevel(logging.ERROR)  # it repeats every server warning, duplicates included
