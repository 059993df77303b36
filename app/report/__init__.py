"""Report templates and the PDF, without Qt."""
