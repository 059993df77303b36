"""Pictures: cuts through volumes, slabs and volume rendering. The only home of VTK."""

import os
import sys

if sys.platform.startswith("linux"):
    # VTK reads it once, before its first window: off screen by EGL needs no X server, and VTK
    # crashes when the window it chose by itself finds no display.
    os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
