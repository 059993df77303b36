"""The viewer put together without Qt: what each tile shows, the mouse, undo, the volume."""
