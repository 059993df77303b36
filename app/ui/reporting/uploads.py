"""Pictures on their way to the server: shown at once, sent in the background, tried again."""

import itertools
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.errors import NotFoundError, UnauthenticatedError, UnavailableError
from app.domain.report import KeyImage
from app.ui.context import Context
from app.ui.reporting.key_images import PENDING, KeyImages

RETRY_MS = 3000
_numbers = itertools.count(1)


class Captured(Protocol):
    """What a viewer hands over: the picture, where it comes from, and a caption."""

    @property
    def png(self) -> bytes:
        """The picture."""

    @property
    def sop_instance_uid(self) -> str:
        """The image it shows; empty for a volume."""

    @property
    def frame(self) -> int:
        """Its frame, from 0."""

    @property
    def caption(self) -> str:
        """What stands below it."""


class Uploads(QObject):
    """Sends new key images of one study, and fetches the pictures of known ones."""

    failed = Signal(object)
    """A picture was refused for good, and is taken out."""

    def __init__(self, context: Context, study_uid: str, strip: KeyImages) -> None:
        super().__init__(strip)
        self._context, self._uid, self._strip = context, study_uid, strip
        self._waiting: dict[str, bytes] = {}

    @property
    def pending(self) -> bool:
        """Whether a picture is still on its way."""
        return bool(self._waiting)

    def send(self, captured: Captured) -> None:
        """Show the picture at once and send it."""
        pending_id = f"{PENDING}{next(_numbers)}"
        image = KeyImage(pending_id, captured.sop_instance_uid, captured.frame, captured.caption)
        self._waiting[pending_id] = captured.png
        self._strip.add(image, captured.png)
        self._try(pending_id)

    def fetch(self) -> None:
        """Fetch the pictures the strip lacks."""
        server = self._context.server
        for image_id in self._strip.missing:
            self._context.tasks.run(
                f"report/{self._uid}/picture/{image_id}",
                lambda _, image_id=image_id: server.report_image(image_id),
                lambda png, image_id=image_id: self._strip.arrived(image_id, png),
                self._not_fetched,
            )

    def forget(self) -> None:
        """Send nothing more."""
        self._waiting.clear()

    def _try(self, pending_id: str) -> None:
        png = self._waiting.get(pending_id)
        if png is None:
            return
        server, uid = self._context.server, self._uid
        self._context.tasks.run(
            f"report/{uid}/upload/{pending_id}",
            lambda _: server.put_report_image(uid, png),
            lambda image_id: self._sent(pending_id, image_id),
            lambda error: self._not_sent(pending_id, error),
        )

    def _sent(self, pending_id: str, image_id: str) -> None:
        self._waiting.pop(pending_id, None)
        self._strip.settle(pending_id, image_id)

    def _not_sent(self, pending_id: str, error: Exception) -> None:
        if isinstance(error, (UnavailableError, UnauthenticatedError)):
            QTimer.singleShot(RETRY_MS, self, lambda: self._try(pending_id))
            return
        self._waiting.pop(pending_id, None)
        self._strip.discard(pending_id)
        self.failed.emit(error)

    def _not_fetched(self, error: Exception) -> None:
        """What is lost shows as an empty frame, as in the PDF; the rest is tried again."""
        if not isinstance(error, NotFoundError):
            QTimer.singleShot(RETRY_MS, self, self.fetch)
