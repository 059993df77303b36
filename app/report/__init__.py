"""Reports: templates and the PDF. No Qt, no server."""
