"""The whole journey in its order, from a fresh data directory to the amended report."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from app.demo import hands
from app.demo.journey import arriving, enduring, entering, others, reading, reporting, volume
from app.demo.journey.stage import Stage
from app.demo.journey.watch import Watch
from app.demo.material import Material
from app.demo.steps import Protocol, Step, check
from app.language import Language
from app.ui.context import DesktopSettings
from app.ui.desktop import Desktop, make_application

Act = Callable[[Stage, Step], None]

FIRST_RUN = "first run: the assistant makes the administrator"
SIGNED_IN = "sign out, and sign in as the doctor"
FOLDER = "import a folder, dropped"
OPENED = "the study opens"
DRAFT = "report: begun from a template"
SIGNED = "report: signed with the password"
AMENDED = "report: amended"

STEPS: tuple[tuple[str, Act, tuple[str, ...]], ...] = (
    (FIRST_RUN, entering.first_run, ()),
    ("the empty worklist", arriving.empty_worklist, (FIRST_RUN,)),
    ("accounts of a doctor and an operator", entering.make_accounts, (FIRST_RUN,)),
    (SIGNED_IN, entering.sign_out_and_in, (FIRST_RUN,)),
    ("C-ECHO", arriving.echo, (FIRST_RUN,)),
    ("live arrival", arriving.arrive_live, (SIGNED_IN,)),
    ("C-STORE", arriving.send, (SIGNED_IN,)),
    (FOLDER, arriving.import_folder, (SIGNED_IN,)),
    ("an import is cancelled", arriving.cancel_import, (SIGNED_IN,)),
    ("import a ZIP archive from the menu", arriving.import_archive, (SIGNED_IN,)),
    ("worklist search", arriving.search, (FOLDER,)),
    ("the operator's report is refused", arriving.refuse_operator, (FOLDER,)),
    (OPENED, reading.open_study, (FOLDER,)),
    ("thumbnails of the series", reading.thumbnails, (OPENED,)),
    ("loading is stopped and taken up", reading.stop_loading, (OPENED,)),
    ("stack: wheel and keys", reading.scroll, (OPENED,)),
    ("stack: window and presets", reading.window, (OPENED,)),
    ("stack: zoom at the cursor, pan", reading.pan_and_zoom, (OPENED,)),
    ("stack: invert, rotate, flip, reset", reading.turn, (OPENED,)),
    ("stack: layouts, drag, maximise", reading.layouts, (OPENED,)),
    ("stack: length with its calibration", reading.measure, (OPENED,)),
    ("MPR: planes and crosshair", volume.open_mpr, (OPENED,)),
    ("MPR: slab", volume.slab, ("MPR: planes and crosshair",)),
    ("volume rendering: presets", volume.render, ("MPR: planes and crosshair",)),
    ("back to the images", volume.back_to_images, ("MPR: planes and crosshair",)),
    ("MPR where no OpenGL starts", volume.without_opengl, ("MPR: planes and crosshair",)),
    ("kill -9 of the server", enduring.kill_server, (OPENED,)),
    (DRAFT, reporting.begin, (OPENED,)),
    ("report: key image and measurement", reporting.insert, (DRAFT,)),
    ("report: autosave", reporting.write, (DRAFT,)),
    ("report: preview, print, save as", reporting.preview, (DRAFT,)),
    ("the operator's window", others.operator_reads, (DRAFT,)),
    (SIGNED, reporting.sign, (DRAFT,)),
    ("report: a signed one can't be changed", reporting.immutable, (SIGNED,)),
    ("report: the PDF", reporting.check_pdf, (SIGNED,)),
    ("all five languages", enduring.switch_languages, (OPENED,)),
    (AMENDED, reporting.amend, (SIGNED,)),
    ("kill -9 of a desktop in which a doctor types", others.killed_desktop, (AMENDED,)),
)
"""Name, what is played, and what must have held before."""


def play(
    protocol: Protocol,
    make_material: Callable[[Path], Material],
    language: Language = Language.EN,
) -> bool:
    """Play every step, in windows of `language`, and answer whether all held.

    `make_material` is given a temporary folder of its own.
    """
    os.environ["KLINIKA_DICOM_PORT"] = "0"
    with tempfile.TemporaryDirectory(prefix="klinika-demo-") as folder:
        work = Path(folder)
        found: list[Material] = []
        protocol.play("the data", lambda step: _prepare(step, found, make_material, work))
        if found:
            _play_all(protocol, found[0], work, language)
    return protocol.holds


def _prepare(
    step: Step, found: list[Material], make_material: Callable[[Path], Material], work: Path
) -> None:
    material = make_material(work)
    found.append(material)
    step.saw(f"{material.note}; the study that is read has {material.image_count} images")


def _play_all(protocol: Protocol, material: Material, work: Path, language: Language) -> None:
    application = make_application()
    watch = Watch()
    settings = DesktopSettings.open(work / "desktop.ini")
    desktop = Desktop(settings)
    stage = Stage(protocol, material, desktop, work / "archive", language=language)
    _write_settings(stage)
    try:
        desktop.start()
        for name, act, needs in STEPS:
            protocol.play(name, lambda step, act=act: act(stage, step), needs)
        protocol.play("the program ends", lambda step: _end(step, desktop, watch))
    finally:
        watch.close()
        desktop.close()
        application.processEvents()


def _write_settings(stage: Stage) -> None:
    """The archive's own settings: the clinic in the header of its reports."""
    stage.data_dir.mkdir(mode=0o700)
    text = (
        f'clinic_name = "{stage.phrases.clinic}"\n'
        f'clinic_address = "{stage.phrases.address}"\n'
        'clinic_phone = "+1 555 0100"\n'
    )
    (stage.data_dir / "klinika.toml").write_text(text, encoding="utf-8")


def _end(step: Step, desktop: Desktop, watch: Watch) -> None:
    """Window and server end, and nothing went wrong behind the windows all the while."""
    desktop.close()
    hands.settle()
    check(not watch.errors, f"behind the windows: {'; '.join(watch.errors)}")
    step.saw("no error behind the windows")
