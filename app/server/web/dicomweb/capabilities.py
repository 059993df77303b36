"""What DICOMweb offers here (PS3.18 8.9), told from the table of routes as WADL."""

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree

from starlette.responses import Response

from app.server.web.answers import bytes_answer
from app.server.web.routing import Call, Handler, Route

WADL = "application/vnd.sun.wadl+xml"
NAMESPACE = "http://wadl.dev.java.net/2009/02"


def capabilities_of(routes: Sequence[Route]) -> Handler:
    """The handler that tells of `routes`."""

    def capabilities(call: Call) -> Response:
        """What DICOMweb offers, as WADL."""
        return bytes_answer(wadl(routes, call.base_url), WADL)

    return capabilities


def wadl(routes: Sequence[Route], base: str) -> bytes:
    """The resources of `routes` below `base`, each with its methods."""
    application = ElementTree.Element("application", xmlns=NAMESPACE)
    resources = ElementTree.SubElement(application, "resources", base=base)
    for path, methods in groupby(sorted(routes, key=_path), key=_path):
        resource = ElementTree.SubElement(resources, "resource", path=path)
        for route in methods:
            method = ElementTree.SubElement(resource, "method", name=route.method)
            ElementTree.SubElement(method, "doc", title=route.summary)
    return bytes(ElementTree.tostring(application, encoding="utf-8", xml_declaration=True))


def _path(route: Route) -> str:
    return route.path.removeprefix("/").replace(":path}", "}")
