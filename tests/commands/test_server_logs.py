"""The server's log says what failed and where, never with whose data."""

import json
import subprocess
import sys
from pathlib import Path

CODE = """
import logging, sys, warnings
from pathlib import Path
import structlog
from app.commands.server_logs import configure_logs
from app.domain.errors import NotFoundError

configure_logs("INFO", Path(sys.argv[1]))
log = structlog.get_logger()

def failing():
    raise ValueError("Иванов is no date")

try:
    try:
        failing()
    except ValueError as error:
        raise NotFoundError("no such study") from error
except NotFoundError:
    log.exception("request-failed", route="/api/studies/{uid}")
try:
    failing()
except ValueError:
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
log.debug("too-quiet")
logging.getLogger("pydicom").critical("Иванов is no date")
logging.getLogger("uvicorn.error").info("Started server process")
warnings.warn("Иванов is no date")
"""


def test_texts_of_foreign_exceptions_stay_out(tmp_path: Path):
    file = tmp_path / "logs" / "server.log"
    done = subprocess.run([sys.executable, "-c", CODE, file], capture_output=True, check=True)
    assert done.stderr == b""
    text = file.read_text(encoding="utf-8")
    assert "Иванов" not in text
    ours, foreign = map(json.loads, text.splitlines())
    assert (ours["event"], ours["level"], ours["route"]) == (
        "request-failed",
        "error",
        "/api/studies/{uid}",
    )
    assert [each["type"] for each in ours["exception"]] == ["NotFoundError", "ValueError"]
    assert ours["exception"][0]["detail"] == "no such study"
    assert "failing" in ours["exception"][1]["frames"][-1]
    assert foreign["event"] == "Exception in ASGI application"
    assert foreign["exception"][0]["type"] == "ValueError"
