"""A web viewer and the DICOMweb of a server under one origin, as a clinic's proxy serves them."""

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

CONFIGURATION = b"""
window.config = {
  routerBasename: null, extensions: [], modes: [], showStudyList: true,
  maxNumberOfWebWorkers: 2, showCPUFallbackMessage: false, strictZSpacingForVolumeViewport: true,
  investigationalUseDialog: { option: 'never' },
  defaultDataSourceName: 'dicomweb',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
    sourceName: 'dicomweb',
    configuration: {
      friendlyName: 'Klinika Pro', name: 'klinika',
      wadoUriRoot: '/wado', qidoRoot: '/dicom-web', wadoRoot: '/dicom-web',
      qidoSupportsIncludeField: true, supportsFuzzyMatching: true, supportsWildcard: true,
      imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true,
      singlepart: 'bulkdata,video,pdf', bulkDataURI: { enabled: true },
    },
  }],
};
"""
FORWARDED = ("accept", "accept-encoding", "if-none-match", "range")
RETURNED = ("content-type", "content-encoding", "etag")


class _Site(ThreadingHTTPServer):
    """The files of `viewer`, and a server whose requests get `token`."""

    def __init__(self, viewer: Path, archive: httpx.Client, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.viewer, self.archive, self.token = viewer, archive, token


class _Handler(SimpleHTTPRequestHandler):
    server: _Site

    def __init__(self, request: object, address: object, server: _Site) -> None:
        super().__init__(request, address, server, directory=str(server.viewer))

    def do_GET(self) -> None:
        if self.path.startswith("/dicom-web"):
            self._forward()
        elif self.path == "/app-config.js":
            self._answer(200, {"content-type": "text/javascript"}, CONFIGURATION)
        else:
            if not Path(self.translate_path(self.path)).is_file():
                self.path = "/index.html"  # the viewer reads the address itself
            super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def _forward(self) -> None:
        headers = {name: self.headers[name] for name in FORWARDED if name in self.headers}
        headers["Authorization"] = f"Bearer {self.server.token}"
        headers["X-Forwarded-Host"] = self.headers["host"]
        with self.server.archive.stream("GET", self.path, headers=headers) as answer:
            body = b"".join(answer.iter_raw())
        said = {name: answer.headers[name] for name in RETURNED if name in answer.headers}
        self._answer(answer.status_code, said, body)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):  # the browser may have gone on
            self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Nobody reads it."""


@contextmanager
def a_viewer_site(viewer: Path, server_url: str, token: str) -> Iterator[str]:
    """The address of a site with the files of `viewer`; its requests to the server get `token`."""
    with (
        httpx.Client(base_url=server_url, trust_env=False, timeout=120) as archive,
        _Site(viewer, archive, token) as site,
    ):
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{site.server_port}"
        finally:
            site.shutdown()
            thread.join()
