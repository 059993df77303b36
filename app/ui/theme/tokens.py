"""The one file of colours, spacing, radii and type sizes.

Greys are true grey, so that nothing near an image tints it; there is one accent. Lengths are
device independent pixels.
"""

# Surfaces, from the darkest.
IMAGE = "#000000"
WINDOW = "#171717"
PANEL = "#1f1f1f"
RAISED = "#292929"
HOVER = "#333333"
PRESSED = "#3d3d3d"
LINE = "#363636"
LINE_STRONG = "#4f4f4f"

# Text.
TEXT = "#e8e8e8"
TEXT_DIM = "#a6a6a6"
TEXT_FAINT = "#7a7a7a"
TEXT_DISABLED = "#5c5c5c"
ON_ACCENT = "#08131c"

# The accent, and what tells a state.
ACCENT = "#5aaef2"
ACCENT_HOVER = "#7bc0f6"
ACCENT_PRESSED = "#4596d8"
ACCENT_DIM = "#1f3a50"
SUCCESS = "#62b881"
SUCCESS_DIM = "#1f3528"
WARNING = "#dfaa45"
WARNING_DIM = "#3b301a"
DANGER = "#e8685f"
DANGER_DIM = "#412220"

# Measurements and crosshairs over images.
ANNOTATION = "#ffd75e"
ANNOTATION_ACTIVE = "#7bc0f6"
AXIAL = "#e8685f"
CORONAL = "#62b881"
SAGITTAL = "#dfaa45"

# Spacing.
XS = 4
S = 8
M = 12
L = 16
XL = 24
XXL = 40

# Radii.
RADIUS_S = 4
RADIUS = 6
RADIUS_L = 10

# Type, in px.
FONT_FAMILY = "Noto Sans"
FONT_TINY = 10
FONT_SMALL = 11
FONT = 13
FONT_LARGE = 15
FONT_TITLE = 20
FONT_HERO = 27

# Controls.
CONTROL_HEIGHT = 32
ROW_HEIGHT = 34
ICON = 18
ICON_LARGE = 22
