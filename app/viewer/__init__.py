"""The viewer without Qt: state, loading, rendering, tools."""
