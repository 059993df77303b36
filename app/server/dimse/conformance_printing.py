"""What the conformance statement says of printing."""

from app.server.dimse import printing
from app.server.dimse.printing import COLOUR, GREYSCALE


def prints() -> list[str]:
    """The section as lines of Markdown."""
    rows = [
        f"| {name} | {uid} | {operations} |"
        for uid, (name, operations) in printing.OPERATIONS.items()
    ]
    return [
        "###### Print",
        "",
        "Images of a study go to nodes whose records say that they print: in grey "
        f"(Basic Grayscale Print Management Meta, {GREYSCALE.meta_uid}) with 8 or 12 bits, or in "
        f"colour (Basic Color Print Management Meta, {COLOUR.meta_uid}), as the record says. One "
        "film session with the number of copies holds one film box after the other, in the format "
        "STANDARD with the columns and rows of the request, else of the record; film size and "
        "orientation likewise. Images are shown by the window of the request, else by their first "
        "VOI LUT or window, have square pixels, and their patient's name, ID and birth date "
        "written on them. No Presentation LUT, annotation or print job is asked for.",
        "",
        "The printer's status is asked for before, and its reports are answered while it prints: "
        "with FAILURE no further film begins. Statuses 0x0001, 0x0107, 0x0116 and 0xB000 to 0xBFFF "
        "count as done. What was not printed is tried again for an hour, from the first film that "
        "the printer did not take.",
        "",
        "| SOP class as SCU | UID | operations |",
        "|---|---|---|",
        *rows,
        "",
    ]
