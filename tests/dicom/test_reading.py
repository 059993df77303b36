"""Texts are read as declared, as assumed of their sender, or as a person chose."""

import pytest

from app.dicom.header import read_object
from app.dicom.plausibility import CHARACTER_SETS, plausibility
from app.dicom.reading import AS_DECLARED, Reading
from tests.server.charsets import NAME, written_in


def test_what_is_assumed_gives_way_to_what_is_declared():
    reading = Reading.of("IBM866")
    assert reading.decode(NAME.encode("cp866")) == NAME
    assert reading.inside(b"ISO_IR 144 ").decode(NAME.encode("iso8859_5")) == NAME
    assert reading.inside(b"") == reading.inside(b"\\") == reading


def test_what_is_chosen_stands_above_what_is_declared():
    reading = Reading.of("IBM866", "KOI8-R").inside(b"ISO_IR 100")
    assert reading.decode(NAME.encode("koi8_r") + b" ", is_name=True) == NAME
    assert reading.inside(b"ISO_IR 192").decode(NAME.encode()) == NAME
    assert reading.inside(b"ISO_IR 192").decode(NAME.encode("koi8_r")) == NAME


def test_nothing_is_guessed_under_a_chosen_set():
    windows = "Щербаков".encode("cp1251")
    assert Reading.of("ISO_IR 144").decode(windows) == "Щербаков"
    assert Reading.of("", "ISO_IR 144").decode(windows) != "Щербаков"


def test_escapes_are_followed_under_a_chosen_set():
    value = b"Ivanov=\x1b-L\xb8\xd2\xd0\xdd^\xcc"
    assert Reading.of("", "ISO_IR 100").decode(value, is_name=True) == "Ivanov=Иван^Ì"


def test_an_object_is_read_as_chosen():
    told = read_object(written_in("koi8_r"), reading=Reading.of("", "KOI8-R")).study
    assert (told.patient_name, told.character_set) == (NAME, "KOI8-R")
    assert read_object(written_in("koi8_r")).study.character_set == ""


@pytest.mark.parametrize("codec", ["cp1251", "iso8859_5", "koi8_r", "cp866", "utf_8"])
@pytest.mark.parametrize("name", ["Щербаков^Ёжик^Съёмович", "ИВАНОВ^ИВАН", "Валеева Алсу"])
def test_the_set_of_russian_names_is_the_most_plausible(codec, name):
    assert best_readings(name.encode(codec))[0] == name


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("latin_1", "Äneas^Rüdiger"),
        ("iso8859_2", "Łukasz^Wiśniewski"),
        ("cp1250", "Łukasz^Wiśniewski"),
        ("iso8859_7", "Διονυσιος"),
        ("iso8859_8", "שרון^דבורה"),
        ("iso8859_6", "قباني^لنزار"),
        ("iso8859_9", "Öztürk^İbrahim Şahin"),
        ("gb18030", "张^小东"),
        ("shift_jis", "山田^太郎"),
        ("shift_jis", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
        ("euc_kr", "김희중"),
        ("tis_620", "สมชาย"),
    ],
)
def test_the_set_of_other_names_is_among_the_first(codec, name):
    assert name in best_readings(name.encode(codec))[:3]


def best_readings(value: bytes) -> list[str]:
    """What `value` is in each character set, the most plausible first."""
    texts = [Reading.of("", each).decode(value, is_name=True) for each in CHARACTER_SETS]
    return sorted(dict.fromkeys(texts), key=lambda text: plausibility([text]), reverse=True)


def test_what_is_no_text_is_worth_nothing_and_ascii_says_nothing():
    assert plausibility(["Иван\ufffd", "№§¶"]) == 0
    assert plausibility(["Ivanov^Ivan", ""]) == plausibility([]) == 1
    assert plausibility(["ИВАН"]) > plausibility(["иван"]) > plausibility(["иВАН", "Ивaн"]) > 0
    assert AS_DECLARED.decode(b"") == ""
