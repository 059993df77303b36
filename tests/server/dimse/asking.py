"""How tests ask the node: as pynetdicom does, with or without features, and as DCMTK does."""

import subprocess

from pydicom import Dataset, dcmread
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.pdu_primitives import SOPClassExtendedNegotiation

from app.demo.dcmtk import dcmtk

NATIVE = (ExplicitVRLittleEndian, ImplicitVRLittleEndian)
PENDING, PENDING_UNSUPPORTED, SUCCESS = 0xFF00, 0xFF01, 0x0000


def identifier(level: str, *, charset="ISO_IR 192", **keys) -> Dataset:
    ds = Dataset()
    if charset:
        ds.SpecificCharacterSet = charset
    if level:
        ds.QueryRetrieveLevel = level
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds


def extended(sop_class: str, features: bytes) -> list[SOPClassExtendedNegotiation]:
    """User information that asks for features of a SOP class."""
    item = SOPClassExtendedNegotiation()
    item.sop_class_uid = sop_class
    item.service_class_application_information = features
    return [item]


def associated(node, sop_class, calling="SCANNER", features=b"", syntaxes=NATIVE, **options):
    """An association for one SOP class."""
    entity = AE(ae_title=calling)
    entity.add_requested_context(sop_class, list(syntaxes))
    items = extended(sop_class, features) if features else []
    association = entity.associate(
        "127.0.0.1", node.port, ae_title="KLINIKA", ext_neg=items, **options
    )
    assert association.is_established
    return association


def dcmtk_run(program: str, node, *arguments: str, timeout=60) -> subprocess.CompletedProcess:
    return subprocess.run(
        [dcmtk(program), "-aec", "KLINIKA", *arguments, "127.0.0.1", str(node.port)],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=timeout,
        check=False,
    )


def found_by_findscu(node, folder, *keys: str, root="-S", calling="FINDSCU") -> list[Dataset]:
    """The answers that findscu gets; keys are as it takes them."""
    options = [each for key in keys for each in ("-k", key)]
    done = dcmtk_run("findscu", node, root, "-aet", calling, "-X", "-od", str(folder), *options)
    assert done.returncode == 0, done.stderr
    return [dcmread(file) for file in sorted(folder.glob("rsp*.dcm"))]
