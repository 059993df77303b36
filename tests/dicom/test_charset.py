"""Text by its declared character set, and the guesses where nothing is declared."""

import warnings
from pathlib import Path

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dicom.charset import declared, decode
from app.dicom.header import read_object
from app.domain.ingest import RefusedObjectError

RUSSIAN = "Щербаков^Ёжик^Съёмович"


@pytest.mark.parametrize(
    ("terms", "value", "text"),
    [
        (b"ISO_IR 144", RUSSIAN.encode("iso8859_5"), RUSSIAN),
        (b"ISO_IR 192", RUSSIAN.encode(), RUSSIAN),
        (b"UTF-8", RUSSIAN.encode(), RUSSIAN),
        (b"ISO IR 100", "Jérôme".encode("latin_1"), "Jérôme"),
        (b"ISO-IR 144", RUSSIAN.encode("iso8859_5"), RUSSIAN),
        (b"ISO_IR 203", "Œuvre €".encode("iso8859_15"), "Œuvre €"),
        (b"ISO_IR 13", b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ"),
        (b"GB18030", "张^小东".encode("gb18030"), "张^小东"),
        (b"GBK", "张^小东".encode("gbk"), "张^小东"),
        (b"ISO_IR 166", "สมชาย".encode("tis_620"), "สมชาย"),
        (
            rb"\ISO 2022 IR 149",
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
            "Hong^Gildong=洪^吉洞=홍^길동",
        ),
        (
            rb"\ISO 2022 IR 87",
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
            "Yamada^Tarou=山田^太郎",
        ),
        (
            rb"\ISO 2022 IR 58",
            b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=",
            "Zhang^XiaoDong=张^小东=",
        ),
        (
            rb"ISO 2022 IR 100\ISO 2022 IR 144",
            b"Dupr\xe9=\x1b-L\xb8\xd2\xd0\xdd",
            "Dupré=Иван",
        ),
        (
            rb"\ISO 2022 IR 87\ISO 2022 IR 159",
            b"A=\x1b$(D\x30\x21\x1b(B",
            "A=丂",
        ),
    ],
)
def test_declared_text_is_read_as_declared(terms, value, text):
    assert decode(value, declared(terms), is_name=True) == text


@pytest.mark.parametrize(
    ("term", "codec"), [("windows-1251", "cp1251"), ("KOI8-R", "koi8_r"), ("IBM866", "cp866")]
)
def test_sets_that_dicom_lacks_are_read_where_they_are_named(term, codec):
    text = "КТ abdomen"
    assert decode(text.encode(codec), declared(term.encode())) == text


@pytest.mark.parametrize("codec", ["utf_8", "cp1251"])
@pytest.mark.parametrize("terms", [b"", b"ISO_IR 6", b"ISO_IR 999"])
def test_undeclared_cyrillic_is_guessed(terms, codec):
    assert decode(RUSSIAN.encode(codec), declared(terms), is_name=True) == RUSSIAN


@pytest.mark.parametrize("terms", [b"ISO_IR 100", b"ISO_IR 144", b"ISO_IR 192"])
def test_windows_1251_is_recognised_under_a_wrong_label(terms):
    assert decode(RUSSIAN.encode("cp1251"), declared(terms), is_name=True) == RUSSIAN


@pytest.mark.parametrize("name", ["Müller^Jörg", "Ñañez^José", "Åström^Göran", "Éloïse"])
def test_latin_names_are_not_taken_for_cyrillic(name):
    assert decode(name.encode("latin_1"), declared(b"ISO_IR 100"), is_name=True) == name


@pytest.mark.parametrize("name", ["Єгоров^Ігор", "Їжакевич", "Ђорђевић^Љубиша", "Ўладзімір"])
def test_other_cyrillic_alphabets_keep_their_letters(name):
    value = name.encode("iso8859_5")
    assert decode(value, declared(b"ISO_IR 144"), is_name=True) == name


def test_what_can_not_be_decoded_is_marked_not_dropped():
    cut = "Щербаков".encode()[:-1]
    assert decode(cut, declared(b"ISO_IR 192")) == "Щербако�"


def test_a_line_may_end_in_a_double_byte_set():
    kanji = b"\x1b$B;3ED"
    terms = declared(rb"\ISO 2022 IR 87")
    assert decode(kanji + b"\r\n" + kanji, terms) == "山田\r\n山田"


@given(
    st.lists(st.sampled_from([b"\x1b$B", b";3ED", b"\r\n", b"\t", b"\\", b"^", b" ", b"\xe9"])).map(
        b"".join
    )
)
def test_no_order_of_escapes_and_delimiters_makes_it_fail(value):
    for is_name in (False, True):
        decode(value, declared(rb"\ISO 2022 IR 87"), is_name=is_name)


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_no_bytes_make_it_fail(value, terms):
    decode(value, declared(terms), is_name=True)
    decode(value, declared(rb"ISO 2022 IR 13\ISO 2022 IR 87"), is_name=False)


@given(st.text(st.characters(codec="iso8859_5", categories=["L"]), min_size=1))
def test_utf8_is_always_read_back(text):
    assert decode(text.encode(), declared(b"ISO_IR 192")) == text


def test_names_of_real_files_are_those_pydicom_reads(shared_dicom: Path):
    checked = 0
    for path in sorted((shared_dicom / "charsets").iterdir()):
        if path.name.startswith("syn_"):
            continue
        try:
            mine = read_object(path).study.patient_name
        except RefusedObjectError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = str(pydicom.dcmread(path, force=True).get("PatientName", ""))
        assert mine == theirs.rstrip("^="), path.name
        checked += 1
    assert checked >= 20


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("syn_ja_2022_noreset", "Yamada^Tarou=山田^太郎"),
        ("syn_ru_2022_ir144", "Ivanov^Ivan=Иванов^Иван"),
        ("syn_ru_cp1251_as_ir100", RUSSIAN),
        ("syn_ru_cp1251_as_ir144", RUSSIAN),
        ("syn_ru_cp1251_nolabel", RUSSIAN),
        ("syn_ru_ir144_ok", RUSSIAN),
        ("syn_ru_ir192_ok", RUSSIAN),
        ("syn_ru_utf8_nolabel", RUSSIAN),
        ("syn_unknown_label", RUSSIAN),
        ("syn_zh_gb18030_ok", "张^小东"),
        ("syn_zh_gbk_label", "张^小东"),
    ],
)
def test_made_up_files_have_the_name_they_were_made_with(shared_dicom: Path, file, name):
    assert read_object(shared_dicom / "charsets" / f"{file}.dcm").study.patient_name == name
