"""What DICOMweb offers is told from the table of routes."""

from xml.etree import ElementTree

import pytest

from app.server.web.dicomweb.capabilities import NAMESPACE, WADL, wadl
from app.server.web.routes import DICOMWEB
from tests.server.web.dicomweb.conftest import instance_path

NAMES = {"w": NAMESPACE}


def test_every_route_is_told():
    root = ElementTree.fromstring(wadl(DICOMWEB, "https://pacs.example"))  # noqa: S314 - our own
    assert root.find("w:resources", NAMES).get("base") == "https://pacs.example"
    told = {
        (method.get("name"), "/" + resource.get("path"))
        for resource in root.iterfind(".//w:resource", NAMES)
        for method in resource.iterfind("w:method", NAMES)
    }
    assert told == {(route.method, route.path.replace(":path}", "}")) for route in DICOMWEB}


@pytest.mark.parametrize("method", ["OPTIONS", "GET"])
def test_who_is_signed_in_may_ask(web, method):
    answer = web.http.request(method, "/dicom-web", headers=web.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, WADL)
    assert web.http.request(method, "/dicom-web").status_code == 401


def test_another_method_is_not_offered(web):
    answer = web.http.put(f"/dicom-web{instance_path(1)}", headers=web.headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
