"""The words for planes, slabs, and what is odd about a volume or keeps a series from being one."""

from app.language import mark, tr
from app.viewer.scene.planes import PlaneName
from app.viewer.scene.slab import SlabMode

PLANES: dict[PlaneName, str] = {
    PlaneName.AXIAL: mark("Axial"),
    PlaneName.CORONAL: mark("Coronal"),
    PlaneName.SAGITTAL: mark("Sagittal"),
}
SLABS: dict[SlabMode, str] = {
    SlabMode.MIP: mark("MIP"),
    SlabMode.MINIP: mark("MinIP"),
    SlabMode.MEAN: mark("Average"),
}
WARNINGS: dict[str, str] = {
    "irregular-spacing": mark(
        "The slices are not evenly spaced: distances across them are approximate."
    ),
    "gantry-tilt": mark("The gantry was tilted: the planes shown here are corrected for it."),
}
REFUSALS: dict[str, str] = {
    "no-images": mark("The series has no images."),
    "colour": mark("Colour images can't be cut into other planes."),
    "mixed-matrix": mark("The images differ in size."),
    "mixed-format": mark("The images differ in their pixel format."),
    "no-geometry": mark("The images do not say where in the patient they lie."),
    "no-spacing": mark("The images do not say how large their pixels are."),
    "mixed-spacing": mark("The images differ in pixel size."),
    "mixed-orientation": mark("The images lie in different directions."),
    "too-few-slices": mark("There are too few slices."),
    "repeated-positions": mark("Several images lie at the same place, such as phases or echoes."),
    "missing-slices": mark("Slices are missing: a picture across the gap would be wrong."),
    "uneven-spacing": mark("The slices are too unevenly spaced."),
    "incomplete": mark("Some images could not be read."),
}
"""The reasons of `app.dicom.geometry` and of the loader."""
NO_VOLUME = mark("The series is no volume.")


def refusal_text(reason: str) -> str:
    """Why a series can't be shown as a volume."""
    return tr(REFUSALS.get(reason, NO_VOLUME))


def warnings_text(warnings: tuple[str, ...]) -> str:
    """What one has to know about a volume; unknown warnings have no words."""
    return " ".join(tr(WARNINGS[each]) for each in warnings if each in WARNINGS)
