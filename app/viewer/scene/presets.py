"""Looks of the volume view: opacity, colour and light for what one wants to see."""

from dataclasses import dataclass

from app.language import mark

Stops = tuple[tuple[float, float], ...]
Colours = tuple[tuple[float, str], ...]

HU = "hu"
SPAN = "span"


@dataclass(frozen=True, slots=True)
class Preset:
    """One look.

    `opacity` is (value, opacity for `unit_mm` of tissue), `colours` (value, #rrggbb). Values are HU
    for `scale` HU, else 0 to 1 over the volume's own range. `projection` "max" draws the brightest
    value along each ray, without light.
    """

    key: str
    name: str
    modalities: tuple[str, ...]
    scale: str
    opacity: Stops
    colours: Colours
    unit_mm: float = 1.0
    ambient: float = 0.26
    diffuse: float = 0.85
    specular: float = 0.25
    power: float = 18.0
    shaded: bool = True
    projection: str = ""


CT = ("CT",)
MR = ("MR",)
PET = ("PT", "NM")

PRESETS: tuple[Preset, ...] = (
    Preset(
        "bone",
        mark("Bone"),
        CT,
        HU,
        ((165, 0), (260, 0.16), (420, 0.6), (1200, 0.95)),
        ((140, "#8c4a32"), (240, "#c99468"), (420, "#ead9b8"), (900, "#fbf5e6"), (1800, "#ffffff")),
        specular=0.3,
    ),
    Preset(
        "angio",
        mark("Angiography"),
        CT,
        HU,
        ((110, 0), (170, 0.06), (260, 0.55), (450, 0.75), (700, 0.5), (1200, 0.6)),
        ((110, "#5c0f0a"), (200, "#b3261a"), (330, "#f06a45"), (520, "#f5d6b0"), (1000, "#fffaf0")),
        ambient=0.38,
        specular=0.4,
    ),
    Preset(
        "lung",
        mark("Lung"),
        CT,
        HU,
        (
            (-970, 0),
            (-900, 0.004),
            (-780, 0.012),
            (-680, 0.05),
            (-520, 0.3),
            (-330, 0.12),
            (-240, 0),
        ),
        (
            (-930, "#3c6e91"),
            (-780, "#7fb4d2"),
            (-620, "#cfdfe6"),
            (-480, "#f0b79e"),
            (-250, "#f7dccd"),
        ),
        ambient=0.35,
    ),
    Preset(
        "soft",
        mark("Soft tissue"),
        CT,
        HU,
        ((-30, 0), (20, 0.05), (70, 0.3), (150, 0.6), (400, 0.9)),
        ((-30, "#8a4f38"), (30, "#c0664c"), (90, "#e39a72"), (180, "#f3cfa4"), (450, "#fff6e2")),
        ambient=0.3,
    ),
    Preset(
        "skin",
        mark("Skin"),
        CT,
        HU,
        # Opaque at once and of one colour: in the fat beneath, light would fall the other way.
        ((-500, 0), (-380, 0.6), (-200, 0.95), (200, 0.98)),
        ((-500, "#deac8e"), (0, "#e6b899"), (400, "#ffffff")),
        specular=0.15,
    ),
    Preset(
        "mip-ct",
        mark("MIP"),
        CT,
        HU,
        ((-100, 0), (1150, 1)),
        ((-100, "#000000"), (1150, "#ffffff")),
        projection="max",
    ),
    Preset(
        "head",
        mark("Head"),
        MR,
        SPAN,
        ((0.06, 0), (0.14, 0.12), (0.3, 0.35), (0.6, 0.7), (1.0, 0.95)),
        ((0.06, "#5a3b2e"), (0.2, "#b58467"), (0.45, "#e0bfa3"), (0.8, "#fff1e2")),
        specular=0.2,
    ),
    Preset(
        "vessels",
        mark("Vessels"),
        MR,
        SPAN,
        ((0.45, 0), (0.6, 0.12), (0.85, 0.7), (1.0, 0.9)),
        ((0.45, "#5c0f0a"), (0.7, "#cf3d28"), (1.0, "#ffd9b8")),
        specular=0.35,
    ),
    Preset(
        "mip",
        mark("MIP"),
        MR + PET,
        SPAN,
        ((0.05, 0), (1.35, 1)),
        ((0.05, "#000000"), (1.35, "#ffffff")),
        projection="max",
    ),
    Preset(
        "uptake",
        mark("Uptake"),
        PET,
        SPAN,
        ((0.05, 0), (0.15, 0.02), (0.35, 0.08), (0.7, 0.5), (1.0, 0.9)),
        (
            (0.05, "#1b1b4d"),
            (0.2, "#5a2a8a"),
            (0.45, "#c9343f"),
            (0.75, "#f7a21b"),
            (1.0, "#ffffd0"),
        ),
        shaded=False,
    ),
)


def presets_for(modality: str) -> tuple[Preset, ...]:
    """The looks that fit a modality, best first; what is neither CT nor PET looks like an MR."""
    family = modality if modality in CT + PET else "MR"
    return tuple(preset for preset in PRESETS if family in preset.modalities)
