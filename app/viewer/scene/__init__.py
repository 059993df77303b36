"""Pictures: 2D, MPR, volume rendering."""
