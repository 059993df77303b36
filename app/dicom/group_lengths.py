"""Group lengths (gggg,0000), retired in 2007 and not to be relied on (PS3.5 7.2).

They are wrong where somebody changed the group and left them, and some old readers believe them.
"""

from itertools import pairwise

from app.dicom.elements import LONG_VRS, VRS, DataSet, Element

SIZE = 4


def is_group_length(tag: int) -> bool:
    """Whether an element says how long its group is."""
    return not tag & 0xFFFF


def are_wrong(data_set: DataSet) -> bool:
    """Whether a group length of the top level does not say where the next group begins."""
    said = [tag for tag in data_set.elements if is_group_length(tag)]
    if not said:
        return False
    in_order = sorted(data_set.elements.items(), key=lambda each: each[1].start)
    ends = {in_order[-1][0] >> 16: data_set.end}
    for (tag, _), (behind, element) in pairwise(in_order):
        if tag >> 16 != behind >> 16:
            ends[tag >> 16] = element.start - _header_size(element)
    return any(_says(data_set, tag) != ends[tag >> 16] for tag in said)


def _says(data_set: DataSet, tag: int) -> int:
    """Where the group of a group length ends by what it says."""
    element = data_set.elements[tag]
    order = "little" if data_set.encoding.little_endian else "big"
    said = int.from_bytes(data_set.raw(tag, SIZE), order)  # type: ignore[arg-type]  # one of two
    return element.start + element.length + said


def _header_size(element: Element) -> int:
    is_long = element.vr in LONG_VRS or (element.vr and element.vr not in VRS)
    return 12 if is_long else 8
