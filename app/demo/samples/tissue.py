"""What the phantom is made of, and how each scanner sees it."""

from enum import Enum, auto


class Tissue(Enum):
    """Materials that are painted as one."""

    AIR = auto()
    TABLE = auto()
    FOAM = auto()
    SKIN = auto()
    FAT = auto()
    MUSCLE = auto()
    LUNG = auto()
    FISSURE = auto()
    AIRWAY_WALL = auto()
    GAS = auto()
    BLOOD = auto()
    MYOCARDIUM = auto()
    LIVER = auto()
    LIVER_VESSEL = auto()
    LESION = auto()
    LESION_RIM = auto()
    BILE = auto()
    SPLEEN = auto()
    CORTEX = auto()
    MEDULLA = auto()
    GLAND = auto()
    WALL = auto()
    FLUID = auto()
    STOOL = auto()
    COMPACT_BONE = auto()
    MARROW = auto()
    DISC = auto()
    CARTILAGE = auto()
    CORD = auto()


Values = dict[Tissue, float]

HOUNSFIELD: Values = {
    Tissue.AIR: -1000,
    Tissue.TABLE: -20,
    Tissue.FOAM: -955,
    Tissue.SKIN: 15,
    Tissue.FAT: -104,
    Tissue.MUSCLE: 60,
    Tissue.LUNG: -868,
    Tissue.FISSURE: -720,
    Tissue.AIRWAY_WALL: -60,
    Tissue.GAS: -985,
    Tissue.BLOOD: 168,
    Tissue.MYOCARDIUM: 108,
    Tissue.LIVER: 112,
    Tissue.LIVER_VESSEL: 172,
    Tissue.LESION: 48,
    Tissue.LESION_RIM: 138,
    Tissue.BILE: 8,
    Tissue.SPLEEN: 124,
    Tissue.CORTEX: 198,
    Tissue.MEDULLA: 150,
    Tissue.GLAND: 92,
    Tissue.WALL: 86,
    Tissue.FLUID: 18,
    Tissue.STOOL: -40,
    Tissue.COMPACT_BONE: 880,
    Tissue.MARROW: 205,
    Tissue.DISC: 92,
    Tissue.CARTILAGE: 118,
    Tissue.CORD: 34,
}
"""A portal venous CT, in HU."""

UPTAKE: Values = {
    Tissue.AIR: 0.0,
    Tissue.TABLE: 0.0,
    Tissue.FOAM: 0.0,
    Tissue.SKIN: 0.4,
    Tissue.FAT: 0.25,
    Tissue.MUSCLE: 0.75,
    Tissue.LUNG: 0.4,
    Tissue.FISSURE: 0.4,
    Tissue.AIRWAY_WALL: 0.8,
    Tissue.GAS: 0.1,
    Tissue.BLOOD: 1.5,
    Tissue.MYOCARDIUM: 5.5,
    Tissue.LIVER: 2.3,
    Tissue.LIVER_VESSEL: 1.8,
    Tissue.LESION: 6.0,
    Tissue.LESION_RIM: 11.0,
    Tissue.BILE: 0.8,
    Tissue.SPLEEN: 1.9,
    Tissue.CORTEX: 4.5,
    Tissue.MEDULLA: 9.0,
    Tissue.GLAND: 1.4,
    Tissue.WALL: 2.2,
    Tissue.FLUID: 0.6,
    Tissue.STOOL: 0.9,
    Tissue.COMPACT_BONE: 0.9,
    Tissue.MARROW: 1.6,
    Tissue.DISC: 0.6,
    Tissue.CARTILAGE: 0.7,
    Tissue.CORD: 1.8,
}
"""FDG an hour after injection, as SUV by body weight in g/ml."""
