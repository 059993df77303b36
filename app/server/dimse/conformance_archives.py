"""What the conformance statement says of remote archives that we ask."""

from pydicom.uid import UID

from app.server.dimse import archive
from app.server.dimse.information_model import Root


def archives() -> list[str]:
    """The section as lines of Markdown."""
    uids = (Root.STUDY.find, Root.STUDY.get, Root.STUDY.move)
    return [
        "###### Search and retrieve from archives",
        "",
        "Nodes whose records say that they are archives are searched and retrieved from, in the "
        "study root. Texts of a query go in the character set of the node's record, else in "
        "ISO_IR 192. A study is found by name, ID, days or modality; its series and objects are "
        "asked for when it is retrieved, and what is not here is fetched by C-GET, as a study, as "
        f"series, or as instances, {archive.UIDS_AT_ONCE} at once. What that does not bring is "
        "asked for by C-MOVE to our first AE title. An attempt that fails is made again later.",
        "",
        "Nodes whose records give a number of earlier studies are asked by Patient ID when an "
        "order is made or a study comes, and the newest studies of that patient are retrieved.",
        "",
        "A node whose record has an address of DICOMweb is asked that way instead: studies, series "
        "and instances by QIDO-RS (PS3.18 10.6), objects by WADO-RS (10.4) as application/dicom in "
        "any transfer syntax, whole series where all of one is missing. It is told a name and "
        "password (Basic) or a bearer token, over TLS or to this computer alone; redirects are not "
        "followed.",
        "",
        "C-GET proposes each storage SOP class that is to come with the native transfer syntaxes "
        "and once with each other one, or the storage classes in common use with the native ones "
        "when the archive does not say which there are.",
        "",
        "| SOP class as SCU | UID |",
        "|---|---|",
        *(f"| {UID(uid).name} | {uid} |" for uid in uids),
        "",
    ]
