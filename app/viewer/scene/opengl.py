"""Run as a script: open one off-screen VTK window and print what draws in it, as JSON.

VTK crashes, uncatchably, where no OpenGL can be loaded; so this runs in a process of its own. The
exit code is 0 only when a picture was drawn and read back.
"""

import json
import sys

COLOUR = (51, 102, 204)


def describe() -> dict[str, str]:
    """Draw one plain picture, read it back, and name window, vendor, renderer and version."""
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers the OpenGL window
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

    window = vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(32, 32)
    renderer = vtkRenderer()
    renderer.SetBackground(*(part / 255 for part in COLOUR))
    window.AddRenderer(renderer)
    window.Render()
    pixels = vtkUnsignedCharArray()
    window.GetPixelData(16, 16, 16, 16, 0, pixels, 0)
    drawn = all(abs(pixels.GetValue(i) - COLOUR[i]) <= 2 for i in range(3))
    found = {"window": window.GetClassName(), "drawn": "yes" if drawn else ""}
    for line in window.ReportCapabilities().splitlines():
        for key in ("vendor", "renderer", "version"):
            if line.startswith(f"OpenGL {key} string:"):
                found[key] = line.split(":", 1)[1].strip()
    window.Finalize()
    return found


if __name__ == "__main__":
    description = describe()
    sys.stdout.write(json.dumps(description))
    sys.exit(0 if description["drawn"] else 1)
