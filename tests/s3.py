"""An S3 service in this process, which can be stopped and comes back with what it holds."""

import logging
import uuid
from pathlib import Path

import httpx
from moto.server import ThreadedMotoServer
from obstore.store import S3Store
from werkzeug.serving import WSGIRequestHandler

from app.settings import Settings

KEY_ID, SECRET = "key-id", "a secret nobody may see"


class Service:
    """It listens on a free port, and on the same one when it is started again."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        WSGIRequestHandler.protocol_version = "HTTP/1.0"  # stopped, it keeps no connection
        self._port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()
        _, self._port = self._server.get_host_and_port()

    def stop(self) -> None:
        self._server.stop()

    def new_bucket(self) -> "TestBucket":
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        httpx.put(f"{self.url}/{name}").raise_for_status()
        return TestBucket(self, name)


class TestBucket:
    """A bucket of its own for a test."""

    __test__ = False

    def __init__(self, service: Service, name: str) -> None:
        self.service = service
        self.name = name

    @property
    def store(self) -> S3Store:
        """The whole bucket, past the archive."""
        return S3Store(
            self.name,
            endpoint=self.service.url,
            access_key_id=KEY_ID,
            secret_access_key=SECRET,
            client_options={"allow_http": True},
        )

    def paths(self) -> list[str]:
        return sorted(each["path"] for batch in self.store.list() for each in batch)

    @property
    def address(self) -> str:
        """The setting `object_store`."""
        return f"s3://{self.name}/archive"

    def settings(self, data_dir: Path, **others: object) -> Settings:
        """Settings of an archive that keeps its objects here."""
        return Settings(
            data_dir=data_dir,
            object_store=self.address,
            object_store_endpoint=self.service.url,
            object_store_key_id=KEY_ID,
            object_store_secret=SECRET,
            **others,
        )
