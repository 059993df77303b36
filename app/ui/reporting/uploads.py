"""Pictures on their way to the server: shown at once, sent in the background, tried again.

Until the server has a picture it lies in the journal, and comes back when the study is opened.
"""

import uuid

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QObject, QTimer, Signal

from app.domain.errors import UnauthenticatedError, UnavailableError
from app.domain.report import KeyImage
from app.ui.context import Context
from app.ui.pictures import Captured
from app.ui.reporting.journal import Journal, Picture
from app.ui.reporting.key_images import PENDING, KeyImages

RETRY_MS = 3000
PASSING = (UnavailableError, UnauthenticatedError)
"""What may be over at the next try without the doctor's doing."""


class Uploads(QObject):
    """Sends new key images of one study, and fetches the pictures of known ones."""

    failed = Signal(object)
    """A picture was refused for good, and is taken out."""
    recovered = Signal()
    """Pictures that an earlier desktop could not send are in the strip again."""
    _answered = Signal()

    def __init__(
        self, context: Context, study_uid: str, strip: KeyImages, journal: Journal
    ) -> None:
        super().__init__(strip)
        self._context, self._uid, self._strip = context, study_uid, strip
        self._journal = journal
        self._waiting: dict[str, bytes] = {}
        self._kept: dict[str, KeyImage] = {}
        self._begun: set[str] = set()
        self._lost: set[str] = set()
        self._looked = self._failing = False
        self._again = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._again.timeout.connect(self.fetch)
        strip.rebuilt.connect(self._drop_removed)

    @property
    def pending(self) -> bool:
        """Whether a picture is still on its way."""
        return bool(self._waiting)

    def send(self, captured: Captured) -> None:
        """Show the picture at once and send it."""
        pending_id = f"{PENDING}{uuid.uuid4().hex}"
        self._begun.add(pending_id)
        image = KeyImage(pending_id, captured.sop_instance_uid, captured.frame, captured.caption)
        self._add(image, captured.png)

    def take_up(self) -> None:
        """Go on, once, with what an earlier desktop could not send."""
        if self._looked:
            return
        self._looked = True
        journal, uid = self._journal, self._uid
        self._context.tasks.run(
            f"report/{uid}/kept-pictures", lambda _: journal.pictures(uid), self._taken_up
        )

    def fetch(self) -> None:
        """Fetch the pictures the strip lacks."""
        server, tasks = self._context.server, self._context.tasks
        for image_id in self._strip.missing:
            key = f"report/{self._uid}/picture/{image_id}"
            if image_id not in self._lost and not tasks.running(key):
                tasks.run(
                    key,
                    lambda _, image_id=image_id: server.report_image(image_id),
                    lambda png, image_id=image_id: self._strip.arrived(image_id, png),
                    lambda error, image_id=image_id: self._not_fetched(image_id, error),
                    long=True,
                )

    def flush(self, seconds: float) -> bool:
        """Wait at most `seconds` for what is on its way; no longer when the server refuses it."""
        deadline = QDeadlineTimer(round(seconds * 1000))
        while self.pending and not self._failing and not deadline.hasExpired():
            loop = QEventLoop()
            self._answered.connect(loop.quit)
            QTimer.singleShot(max(1, deadline.remainingTime()), loop, loop.quit)
            loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
            self._answered.disconnect(loop.quit)
        return not self.pending

    def close(self) -> None:
        """Send nothing more; what is left stays in the journal, with its caption of now."""
        self._again.stop()
        for image in self._strip.waiting:
            png = self._waiting.get(image.image_id)
            if png is not None and self._kept.get(image.image_id) != image:
                self._journal.keep_picture(Picture.of(self._uid, image, png))
        self._waiting.clear()

    def _add(self, image: KeyImage, png: bytes) -> None:
        self._waiting[image.image_id] = png
        self._strip.add(image, png)
        self._try(image.image_id)

    def _taken_up(self, pictures: tuple[Picture, ...]) -> None:
        earlier = [one for one in pictures if one.image.image_id not in self._begun]
        for picture in earlier:
            self._kept[picture.image.image_id] = picture.image
            self._add(picture.image, picture.png)
        if earlier:
            self.recovered.emit()

    def _try(self, pending_id: str) -> None:
        png = self._waiting.get(pending_id)
        image = next((one for one in self._strip.waiting if one.image_id == pending_id), None)
        if png is None or image is None:
            return
        server, uid, journal = self._context.server, self._uid, self._journal
        is_new = self._kept.get(pending_id) != image
        self._kept[pending_id] = image

        def work(_: object) -> str:
            if is_new and not journal.keep_picture(Picture.of(uid, image, png)):
                self._kept.pop(pending_id, None)
            return server.put_report_image(uid, png)

        self._context.tasks.run(
            f"report/{uid}/upload/{pending_id}",
            work,
            lambda image_id: self._sent(pending_id, image_id),
            lambda error: self._not_sent(pending_id, error),
        )

    def _sent(self, pending_id: str, image_id: str) -> None:
        self._failing = False
        self._strip.settle(pending_id, image_id)
        self._forget(pending_id)
        self._answered.emit()

    def _not_sent(self, pending_id: str, error: Exception) -> None:
        if isinstance(error, PASSING):
            self._failing = True
            QTimer.singleShot(RETRY_MS, self, lambda: self._try(pending_id))
        else:
            self._strip.discard(pending_id)
            self.failed.emit(error)
        self._answered.emit()

    def _drop_removed(self) -> None:
        """The doctor took a card out: its picture is not wanted any more."""
        there = {image.image_id for image in self._strip.waiting}
        for pending_id in self._waiting.keys() - there:
            self._context.tasks.cancel(f"report/{self._uid}/upload/{pending_id}")
            self._forget(pending_id)

    def _forget(self, pending_id: str) -> None:
        self._waiting.pop(pending_id, None)
        self._kept.pop(pending_id, None)
        self._journal.drop_picture(self._uid, pending_id)

    def _not_fetched(self, image_id: str, error: Exception) -> None:
        """What is lost shows as an empty frame, as in the PDF; the rest is tried again."""
        if isinstance(error, PASSING):
            self._again.start()
        else:
            self._lost.add(image_id)
