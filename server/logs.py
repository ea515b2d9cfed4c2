"""Logs as JSON lines to standard error, and what may not stand in them.

Messages and exceptions of libraries quote what they were given: a request line with the key of a
candidate in it, the values of a row. So of those only the fixed words, the kind of the error and
the place are written.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_DEEPEST = 8


def write_logs(level: str) -> None:
    """Send our own logs and those of libraries to standard error, in UTC, from `level` on."""
    least = logging.getLevelName(level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _say_where,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Careful()], level=max(least, logging.WARNING), force=True)


def where(error: BaseException) -> list[str]:
    """The innermost places that an error came through, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _say_where(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        event.update(kind=type(error).__name__, where=where(error))
    return event


class _Careful(logging.Handler):
    """Takes what libraries log, and writes their words before anything was filled in."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        told = {"kind": type(error).__name__, "where": where(error)} if error else {}
        structlog.get_logger(record.name).log(
            record.levelno, "library", logger=record.name, words=str(record.msg)[:200], **told
        )
