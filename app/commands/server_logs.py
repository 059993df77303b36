"""Logs of the server: one JSON object a line, without the texts of foreign exceptions.

Libraries put values of data sets and queries into their messages, so that only the type of an
exception and where it came from are written.
"""

import logging
import logging.handlers
import sys
import traceback
import warnings
from pathlib import Path
from types import TracebackType

import orjson
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

from app.domain.errors import Error

MAX_FILE = 5 * 1024 * 1024
FILES = 3
FRAMES = 30
SILENT = ("pydicom", "pynetdicom", "asyncio", "alembic", "sqlalchemy", "httpx", "httpcore")


def configure_logs(level: str, file: Path | None = None) -> None:
    """Log to `file`, which is rotated, or to stderr."""
    warnings.simplefilter("ignore")  # pydicom's quote values of the data set
    stamps: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    handler = _handler(file)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_texts,
                structlog.processors.JSONRenderer(lambda value, **_: orjson.dumps(value).decode()),
            ],
            foreign_pre_chain=stamps,
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *stamps,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _handler(file: Path | None) -> logging.Handler:
    if file is None:
        return logging.StreamHandler(sys.stderr)
    for folder in (file.parent.parent, file.parent):  # `parents` would not get the mode
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return logging.handlers.RotatingFileHandler(
        file, maxBytes=MAX_FILE, backupCount=FILES, encoding="utf-8"
    )


def _without_texts(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = _chain(error)
    return event


def _chain(error: BaseException | None) -> list[dict[str, object]]:
    chain: list[dict[str, object]] = []
    while error is not None and len(chain) < 5:
        entry: dict[str, object] = {
            "type": type(error).__qualname__,
            "frames": _frames(error.__traceback__),
        }
        if isinstance(error, Error):
            entry["detail"] = error.detail
        chain.append(entry)
        error = error.__cause__ or error.__context__
    return chain


def _frames(trace: TracebackType | None) -> list[str]:
    summary = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in summary]
