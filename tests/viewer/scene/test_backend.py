"""What draws 3D is tried out in a process of its own, and remembered."""

import json
import sys

import pytest

from app.viewer.scene import backend
from app.viewer.scene.backend import Backend, probe, try_window

ANSWER = {
    "window": "vtkEGLRenderWindow",
    "vendor": "NVIDIA Corporation",
    "renderer": "NVIDIA RTX A2000/PCIe/SSE2",
    "version": "4.6.0",
}


def a_program(source):
    return [sys.executable, "-c", source]


def a_program_that_prints(text):
    return a_program(f"print({text!r})")


def test_this_machine_is_probed_without_a_crash():
    found = try_window()
    assert found.available or found.failure
    assert found.reason


def test_a_graphics_card_is_recognised_behind_a_drivers_chatter():
    found = try_window(a_program_that_prints("libEGL warning: x\n" + json.dumps(ANSWER)))
    assert found.available
    assert found.gpu
    assert "A2000" in found.reason


@pytest.mark.parametrize(
    "renderer",
    [
        "llvmpipe (LLVM 15.0.6, 256 bits)",
        "softpipe",
        "Google SwiftShader",
        "GDI Generic",
        "Microsoft Basic Render Driver",
    ],
)
def test_software_renderers_are_no_graphics_card(renderer):
    found = Backend(available=True, vendor="", renderer=renderer)
    assert not found.gpu
    assert renderer in found.reason


@pytest.mark.parametrize(
    "program",
    [
        a_program("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"),
        a_program("raise SystemExit(1)"),
        a_program_that_prints("no JSON"),
        a_program_that_prints("{}"),
        a_program(""),
        ["/nonexistent/python"],
    ],
)
def test_a_crash_or_nonsense_means_no_3d(program):
    found = try_window(program)
    assert not found.available
    assert not found.gpu
    assert found.failure in found.reason


def test_a_driver_that_hangs_means_no_3d(monkeypatch):
    monkeypatch.setattr(backend, "TIMEOUT_S", 0.3)
    assert not try_window(a_program("import time; time.sleep(60)")).available


def test_a_success_is_remembered(tmp_path, monkeypatch):
    found = Backend(available=True, **ANSWER)
    monkeypatch.setattr(backend, "try_window", lambda: found)
    cache = tmp_path / "new" / "opengl.json"
    assert probe(cache) == found
    monkeypatch.setattr(backend, "try_window", lambda: pytest.fail("tried again"))
    assert probe(cache) == found


def test_another_driver_is_tried_anew(tmp_path, monkeypatch):
    cache = tmp_path / "opengl.json"
    monkeypatch.setattr(backend, "try_window", lambda: Backend(available=True, **ANSWER))
    probe(cache)
    other = Backend(available=True, renderer="llvmpipe")
    monkeypatch.setattr(backend, "try_window", lambda: other)
    monkeypatch.setenv("GALLIUM_DRIVER", "llvmpipe")
    assert probe(cache) == other


def test_a_failure_is_not_remembered(tmp_path, monkeypatch):
    cache = tmp_path / "opengl.json"
    monkeypatch.setattr(backend, "try_window", lambda: Backend(available=False, failure="exit 1"))
    probe(cache)
    assert not cache.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"key": 1, "at": "x", "backend": 3}'])
def test_a_broken_memory_is_ignored(tmp_path, monkeypatch, text):
    cache = tmp_path / "opengl.json"
    cache.write_text(text)
    found = Backend(available=True, **ANSWER)
    monkeypatch.setattr(backend, "try_window", lambda: found)
    assert probe(cache) == found
