"""What can go wrong on this computer alone."""

from app.domain.errors import Error


class PrinterError(Error):
    """The printer does not take the pages."""

    code = "printer"
