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
    before, tile = stage.note(), desk(stage).tile
    with hands.clocked(stage.main.banner) as banner:
        killed = time.monotonic()
        os.kill(before.pid, signal.SIGKILL)
        hands.wait_for(lambda: banner.shown, "the banner", BACK_S)
        picture = stage.main.grab()
        check(viewport(stage).shown().values is not None, "the image is gone")
        hands.wait_for(lambda: banner.hidden, "the server to be back", 20)
    picture.save(str(stage.protocol.picture("server-lost")))
    check(stage.note().pid != before.pid, "it is the same process")
    check(stage.server.worklist(WorklistQuery()).total > 0, "the worklist is empty")
    check(desk(stage).tile == tile, "the study is not as it was")
    check(viewport(stage).shown().values is not None, "the image is gone")
    told, back = banner.shown - killed, banner.hidden - banner.shown
    step.saw(f"banner {told:.2f} s after the kill, back {back:.2f} s later, the study on screen")
    check(back <= BACK_S, f"it took {back:.1f} s, more than {BACK_S:g} s")


def switch_languages(stage: Stage, step: Step) -> None:
    """All five languages from the menu, live, with study and report open."""
    menus = hands.find(stage.main, Menus)
    seen = set()
    others = [one for one in Language if one is not stage.language]
    for language in (*others, stage.language):
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
