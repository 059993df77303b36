"""The study page: series rail, viewports, tools."""
