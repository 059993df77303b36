"""What stands in the worklist's place when it has no rows: why, and how to begin."""

from collections.abc import Callable
from dataclasses import dataclass

from app.language import tr
from app.ui.widgets.empty import EmptyState


@dataclass(frozen=True, slots=True)
class DicomNode:
    """Where scanners send to."""

    ae_title: str
    host: str
    port: int


def show_no_match(empty: EmptyState, text: str, clear: Callable[[], object]) -> None:
    """Say that nothing matches `text`."""
    empty.show_state(
        "search",
        lambda: tr("Nothing matches “{words}”", words=text),
        lambda: tr("Every word must occur, in any order. Try fewer or shorter words."),
    )
    empty.add_button(lambda: tr("Clear search"), clear)


def show_no_studies(
    empty: EmptyState,
    node: DicomNode | None,
    wants: tuple[Callable[[], object], Callable[[], object]] | None,
) -> None:
    """Say how studies come here; `wants` import files and a folder, for who may."""
    empty.show_state("scanner", lambda: tr("No studies yet"), lambda: _how_to_begin(node))
    if wants is not None:
        files, folder = wants
        empty.add_button(lambda: tr("Import files…"), files, "primary")
        empty.add_button(lambda: tr("Import folder…"), folder)


def _how_to_begin(node: DicomNode | None) -> str:
    drop = tr("Import files, folders or ZIP archives, or drop them here.")
    if node is None:
        return drop
    send = tr(
        "Send from a scanner to the AE title {ae_title}, host {host}, port {port}.",
        ae_title=node.ae_title,
        host=node.host,
        port=node.port,
    )
    return f"{send}\n{drop}"
