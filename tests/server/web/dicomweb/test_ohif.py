"""OHIF in a real browser lists our studies, opens the sample CT, scrolls and shows MPR.

OHIF's files are not part of the repository. To run it: `npm pack @ohif/app@3.13.2`, unpack, and set
OHIF_DIST to the folder `package/dist`; Chromium has to be installed. OHIF_PICTURES keeps
pictures of the pages in a folder.
"""

import os
import shutil
from pathlib import Path

import pytest

from app.demo.samples import chest_ct
from app.dicom.header import read_object
from tests.server.web.dicomweb.browser import a_page
from tests.server.web.dicomweb.viewer_site import a_viewer_site

OHIF = os.environ.get("OHIF_DIST", "")
PICTURES = os.environ.get("OHIF_PICTURES", "")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or ""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not OHIF, reason="OHIF_DIST names no folder of OHIF's files"),
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]
FRAMES = """performance.getEntriesByType('resource')
  .filter(entry => entry.name.includes('/frames/') && entry.responseEnd).length"""
"""How many frames the page has."""
GONE = """[...document.querySelectorAll('button')]
  .filter(button => button.innerText == 'Skip all').forEach(button => button.click())"""
"""The tour of the first visit."""
BRIGHT = """(() => {
  const canvases = [...document.querySelectorAll('.cornerstone-canvas')];
  const shown = canvases.filter(canvas => {
    const copy = document.createElement('canvas');
    copy.width = copy.height = 64;
    const context = copy.getContext('2d');
    context.drawImage(canvas, 0, 0, 64, 64);
    const levels = new Set(context.getImageData(0, 0, 64, 64).data.filter((_, i) => i % 4 == 0));
    return levels.size > 20;
  });
  return shown.length;
})()"""
"""How many viewports show more than 20 greys."""


@pytest.fixture
def study(web, tmp_path) -> str:
    """The sample CT in the archive; its Study Instance UID."""
    files = sorted(each for each in chest_ct(tmp_path, slices=40).rglob("*") if each.is_file())
    for file in files:
        web.keep(file.read_bytes())
    return read_object(files[0]).study_uid


@pytest.fixture
def site(web_clinic, signed_in):
    """OHIF and DICOMweb under one origin."""
    token = signed_in["Authorization"].removeprefix("Bearer ")
    with a_viewer_site(Path(OHIF), web_clinic.embedded.url, token) as address:
        yield address


@pytest.fixture
def page(tmp_path):
    """A page of Chromium."""
    with a_page(CHROMIUM, tmp_path / "profile") as page:
        yield page


def keep_picture(page, name):
    """Keep a picture of the page where one is wanted."""
    if PICTURES:
        (Path(PICTURES) / f"{name}.png").write_bytes(page.picture())


def test_ohif_lists_studies_opens_the_ct_scrolls_and_shows_mpr(study, site, page):
    page.open(site)
    page.wait_for("document.body.innerText.includes('КТ грудной клетки')")
    keep_picture(page, "1-list")

    page.open(f"{site}/viewer?StudyInstanceUIDs={study}")
    page.wait_for(f"{BRIGHT} >= 1")
    page.wait_for("document.body.innerText.includes('(1/40)')")
    page.value(GONE)
    page.wheel(800, 450, 5)
    page.wait_for(r"/\((1\d|[2-9])\/40\)/.test(document.body.innerText)")
    page.wait_for(f"{BRIGHT} >= 1")
    keep_picture(page, "2-scrolled")

    page.open(f"{site}/viewer?StudyInstanceUIDs={study}&hangingprotocolId=mpr")
    page.wait_for(f"{FRAMES} == 40")
    page.settle()
    assert page.value(BRIGHT) == 3
    keep_picture(page, "3-mpr")
