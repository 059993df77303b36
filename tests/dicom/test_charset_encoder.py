"""Text in the character set that is asked for, byte for byte as PS3.5 annexes H to K write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.dicom.charset import declared, decode
from app.dicom.charset_encoder import encoder

JAPANESE = "Yamada^Tarou=山田^太郎=やまだ^たろう"
KOREAN = "Hong^Gildong=洪^吉洞=홍^길동"


@pytest.mark.parametrize(
    ("character_set", "name", "expected"),
    [
        (
            "\\ISO 2022 IR 87",
            JAPANESE,
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B",
        ),
        (
            "ISO 2022 IR 13\\ISO 2022 IR 87",
            "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎",
            b"\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J",
        ),
        (
            "\\ISO 2022 IR 149",
            KOREAN,
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7="
            b"\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf",
        ),
        (
            "\\ISO 2022 IR 58",
            "Wang^XiaoDong=王^小东",
            b"Wang^XiaoDong=\x1b$)A\xcd\xf5^\x1b$)A\xd0\xa1\xb6\xab",
        ),
        ("ISO_IR 144", "Люкceмбypг", b"\xbb\xee\xdace\xdc\xd1yp\xd3"),
        ("ISO_IR 100", "Äneas^Rüdiger", b"\xc4neas^R\xfcdiger"),
        ("ISO_IR 192", "Иванов", "Иванов".encode()),
        ("GB18030", "Wang^XiaoDong=王^小东", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab"),
        ("", "Ivanov^Ivan", b"Ivanov^Ivan"),
    ],
)
def test_names_are_written_as_the_standard_writes_them(character_set, name, expected):
    assert encoder(character_set).encode(name, is_name=True) == expected


def test_the_first_set_is_active_again_before_a_delimiter_and_at_the_end():
    written = encoder("ISO 2022 IR 100\\ISO 2022 IR 144").encode("Иван\\Äneas Пётр")
    assert written == b"\x1b-L\xb8\xd2\xd0\xdd\x1b-A\\\xc4neas \x1b-L\xbf\xf1\xe2\xe0\x1b-A"


@pytest.mark.parametrize("character_set", ["", "ISO_IR 6", "ISO_IR 100", "\\ISO 2022 IR 149"])
def test_a_text_that_does_not_fit_is_told(character_set):
    with pytest.raises(UnicodeError):
        encoder(character_set).encode("Ґанок")


@pytest.mark.parametrize(
    "character_set", ["FOO", "ISO_IR 192", "utf-8", "windows-1251", "ISO_IR 100\\KOI8-R"]
)
def test_what_is_unicode_or_unknown_is_labelled_as_unicode(character_set):
    assert encoder(character_set).label == "ISO_IR 192"


SETS = {
    "ISO_IR 192": "aЯ山洪é ^=",
    "ISO_IR 144": "abЯр ^=",
    "\\ISO 2022 IR 144": "abЯр ^=",
    "ISO_IR 100": "ab°§ ^=",
    "ISO 2022 IR 100\\ISO 2022 IR 144\\ISO 2022 IR 126": "a°Яλ ^=",
    "\\ISO 2022 IR 87\\ISO 2022 IR 159": "a山丂やA ^=",
    "ISO 2022 IR 13\\ISO 2022 IR 87": "aﾔﾏ山 ^=",
    "\\ISO 2022 IR 149": "a홍길洪 ^=",
    "\\ISO 2022 IR 58": "a王小 ^=",
    "GB18030": "a王𠀀é ^=",
}


@given(
    st.sampled_from(sorted(SETS)).flatmap(
        lambda label: st.tuples(st.just(label), st.text(SETS[label], max_size=12))
    )
)
def test_what_is_written_reads_back(case):
    label, name = case
    name = name.rstrip()
    written = encoder(label).encode(name, is_name=True)
    assert decode(written, declared(label.encode()), is_name=True) == name
