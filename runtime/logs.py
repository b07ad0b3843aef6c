"""Logs as one JSON object a line on standard output, each with the correlation id of what is being handled.

log = logs.get("ingest.record"); log.info("recorded", accepted=3)
"""

import logging
import sys
from contextvars import ContextVar
from typing import Any, cast
from uuid import uuid4

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")
"""Set by the doors; read by every log line and every event written to the outbox."""


def new_correlation_id() -> str:
    """Sixteen random hexadecimal digits."""
    return uuid4().hex[:16]


def get(name: str, **initial: Any) -> FilteringBoundLogger:
    """A logger whose lines carry `logger` = name."""
    return cast(FilteringBoundLogger, structlog.get_logger(name, **initial))


def configure(service: str, level: str = "INFO") -> None:
    """Send every line, of our code and of libraries, to standard output as JSON."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _correlated,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.add_logger_name, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(),
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("aiokafka", "asyncio", "uvicorn.access"):
        logging.getLogger(chatty).setLevel("WARNING")
    structlog.contextvars.bind_contextvars(service=service)


def _correlated(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if current := correlation_id.get():
        event.setdefault("correlation_id", current)
    return event
