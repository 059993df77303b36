"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_dicom() -> Path:
    """The folder of real DICOM test data beside the checkout."""
    folder = REPOSITORY.parent / "shared" / "dicom"
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the real test data is missing in CI: {folder}")
        pytest.skip("the real DICOM test data (../shared/dicom) is not on this machine")
    return folder
