"""Chapter six: the server dies under an open study, and all five languages."""

import os
import signal
import time

from app.demo import hands
from app.demo.journey.reading import desk, viewport
from app.demo.journey.stage import Stage
from app.demo.steps import Step, check
from app.domain.study import WorklistQuery
from app.language import LANGUAGE_NAMES, Language
from app.ui.shell.menus import Menus

BACK_S = 5.0


def kill_server(stage: Stage, step: Step) -> None:
    """kill -9 of the server: a banner, and it is back within five seconds under the open study."""
    before = stage.note()
    tile = desk(stage).tile
    started = time.monotonic()
    os.kill(before.pid, signal.SIGKILL)
    hands.wait_for(stage.main.banner.isVisible, "the banner", BACK_S)
    shown_s = time.monotonic() - started
    stage.picture("server-lost")
    check(viewport(stage).shown().values is not None, "the image is gone")
    hands.wait_for(lambda: not stage.main.banner.isVisible(), "the server to be back", 20)
    seconds = time.monotonic() - started
    check(stage.note().pid != before.pid, "it is the same process")
    check(stage.server.worklist(WorklistQuery()).total > 0, "the worklist is empty")
    check(desk(stage).tile == tile, "the study is not as it was")
    check(viewport(stage).shown().values is not None, "the image is gone")
    step.saw(f"banner after {shown_s:.2f} s, back after {seconds:.2f} s, the study on screen")
    check(seconds <= BACK_S, f"it took {seconds:.1f} s, more than {BACK_S:g} s")


def switch_languages(stage: Stage, step: Step) -> None:
    """All five languages from the menu, live, with study and report open."""
    menus = hands.find(stage.main, Menus)
    seen = set()
    for language in (*(one for one in Language if one is not Language.EN), Language.EN):
        _choose(menus, language)
        texts = tuple(menu.title() for menu in menus.menus.values())
        seen.add(texts)
        stage.picture(f"language-{language.value}")
    check(len(seen) == len(Language), f"only {len(seen)} of {len(Language)} languages differ")
    step.saw(", ".join(LANGUAGE_NAMES.values()))


def _choose(menus: Menus, language: Language) -> None:
    from app.ui.actions import Menu

    wanted = LANGUAGE_NAMES[language]
    entry = next(one for one in menus.menus[Menu.LANGUAGE].actions() if one.text() == wanted)
    entry.trigger()
    hands.settle()
