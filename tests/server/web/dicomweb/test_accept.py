"""Accept headers as real clients send them, and what they get of what is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.web.dicomweb.accept import (
    ANYTHING,
    NotAcceptableError,
    Wish,
    in_parts,
    parameters,
    wishes,
)
from app.server.web.dicomweb.offers import (
    FRAME_TYPES,
    frame_form,
    object_syntax,
    object_wishes,
)

EXPLICIT, IMPLICIT, BIG = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
JPEG, LOSSLESS, JLS, J2K, VIDEO = (
    f"1.2.840.10008.1.2.4.{number}" for number in (50, 70, 80, 90, 102)
)
OCTETS = "application/octet-stream"
OF_CORNERSTONE = "multipart/related; type=application/octet-stream; transfer-syntax=*"


@pytest.mark.parametrize(
    ("accept", "first"),
    [
        ("", Wish(ANYTHING, is_multipart=True)),
        ("  ", Wish(ANYTHING, is_multipart=True)),
        ("*/*", Wish(ANYTHING, is_multipart=True)),
        ("rubbish, ;;=, /", Wish(ANYTHING, is_multipart=True)),
        (OF_CORNERSTONE, Wish(OCTETS, True, "*")),
        ('Multipart/Related ; Type="application/dicom"', Wish("application/dicom", True)),
        (
            'multipart/related; type="application/dicom; transfer-syntax=1.2"',
            Wish("application/dicom", True, "1.2"),
        ),
        ("multipart/related; transfer-syntax=*", Wish(ANYTHING, True, "*")),
        ('application/dicom;transfer-syntax="*"', Wish("application/dicom", False, "*")),
        ("image/x-jls;q=0.5, image/jp2", Wish("image/jp2")),
        ("image/x-jls", Wish("image/jls")),
        ("application/json", Wish("application/dicom+json")),
        ("text/html;q=0.1,*/*;q=0.8", Wish(ANYTHING, True, quality=0.8)),
        ('a/b;x="1,2;\\"3";q=0.5,c/d;q=0.4', Wish("a/b", quality=0.5)),
        ("a/b;q=best", Wish("a/b")),
        ("a/b;q=7", Wish("a/b")),
    ],
)
def test_the_dearest_wish_is_read(accept, first):
    assert wishes(accept)[0] == first


@pytest.mark.parametrize("accept", ["*/*;q=0", "image/jp2;q=-1", "image/jp2;q=nan"])
def test_what_is_not_wanted_is_no_wish(accept):
    assert wishes(accept) == ()


@given(st.text(max_size=60) | st.lists(st.sampled_from('",;=\\/*q0a '), max_size=30).map("".join))
def test_any_header_is_read(accept):
    for wish in wishes(accept):
        assert 0 < wish.quality <= 1
        assert wish.media_type.count("/") == 1


NAMES = st.from_regex(r"[a-z][a-z0-9\-]{0,8}", fullmatch=True)


@given(NAMES, NAMES, st.dictionaries(NAMES, st.text(st.characters(codec="ascii"), max_size=12)))
def test_quoted_parameters_come_back(kind, sub, said):
    quoted = (
        f'{name}="{value.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"'
        for name, value in said.items()
    )
    assert parameters("; ".join([f"{kind}/{sub}", *quoted])) == (f"{kind}/{sub}", said)


@pytest.mark.parametrize(
    ("kept", "accept", "syntax"),
    [
        (EXPLICIT, "*/*", EXPLICIT),
        (IMPLICIT, "", EXPLICIT),
        (LOSSLESS, "*/*", EXPLICIT),
        (VIDEO, "*/*", VIDEO),
        (LOSSLESS, "application/dicom; transfer-syntax=*", LOSSLESS),
        (LOSSLESS, f"application/dicom; transfer-syntax={IMPLICIT}", IMPLICIT),
        (EXPLICIT, f"multipart/related; type=application/dicom; transfer-syntax={J2K}", J2K),
        (
            LOSSLESS,
            f"application/dicom; transfer-syntax={J2K}, application/dicom; transfer-syntax=*",
            LOSSLESS,
        ),
        (
            LOSSLESS,
            f"application/dicom; transfer-syntax=*;q=0.1, application/*; transfer-syntax={J2K}",
            J2K,
        ),
        (VIDEO, f"application/dicom; transfer-syntax={EXPLICIT}, application/dicom;q=0.5", VIDEO),
    ],
)
def test_an_object_goes_in_the_syntax_that_is_wished(kept, accept, syntax):
    assert object_syntax(kept, object_wishes(wishes(accept))) == syntax


@pytest.mark.parametrize(
    ("kept", "accept"),
    [
        (EXPLICIT, "image/jpeg"),
        (EXPLICIT, "*/*;q=0"),
        (VIDEO, f"application/dicom; transfer-syntax={EXPLICIT}"),
        (EXPLICIT, "application/dicom; transfer-syntax=1.2.3"),
        (EXPLICIT, f"application/dicom; transfer-syntax={JPEG}"),
    ],
)
def test_what_cannot_be_sent_so_is_not_acceptable(kept, accept):
    with pytest.raises(NotAcceptableError):
        object_syntax(kept, object_wishes(wishes(accept)))


@pytest.mark.parametrize(
    "accept",
    [
        'application/dicom, multipart/related; type="application/dicom"; transfer-syntax=*',
        'multipart/related; type="application/dicom"; transfer-syntax=*; q=0.1, application/dicom',
        "image/png, application/*; transfer-syntax=*",
        "*/*; transfer-syntax=*",
    ],
)
def test_several_objects_come_in_parts_wherever_the_client_takes_them(accept):
    wished = object_wishes(in_parts(wishes(accept)))
    assert [wish.is_multipart for wish in wished] == [True]
    assert object_syntax(LOSSLESS, wished) == LOSSLESS


def test_one_object_comes_as_the_client_likes_it_best():
    wished = wishes("application/dicom, multipart/related; type=application/dicom")
    assert [wish.is_multipart for wish in object_wishes(wished)] == [False]


@pytest.mark.parametrize("accept", ["application/dicom", "image/jpeg, application/dicom;q=0.5"])
def test_several_objects_are_not_acceptable_where_one_alone_is_wished(accept):
    with pytest.raises(NotAcceptableError):
        in_parts(wishes(accept))


@pytest.mark.parametrize(
    ("kept", "accept", "media_type", "syntax"),
    [
        (EXPLICIT, "*/*", OCTETS, EXPLICIT),
        (BIG, "*/*", OCTETS, EXPLICIT),
        (LOSSLESS, "*/*", OCTETS, EXPLICIT),
        (VIDEO, "*/*", "video/mp4", VIDEO),
        (LOSSLESS, OF_CORNERSTONE, OCTETS, LOSSLESS),
        (LOSSLESS, "multipart/related; transfer-syntax=*", "image/jpeg", LOSSLESS),
        (IMPLICIT, OF_CORNERSTONE, OCTETS, EXPLICIT),
        (JPEG, "multipart/related; type=image/jpeg", "image/jpeg", JPEG),
        (EXPLICIT, "multipart/related; type=image/jpeg", "image/jpeg", LOSSLESS),
        (LOSSLESS, 'multipart/related; type="image/jls"', "image/jls", JLS),
        (EXPLICIT, f"multipart/related; type=image/jp2; transfer-syntax={J2K}", "image/jp2", J2K),
        (J2K, f"multipart/related; type={OCTETS}; transfer-syntax={J2K}", OCTETS, J2K),
        (J2K, f"{OCTETS};transfer-syntax={IMPLICIT}", OCTETS, EXPLICIT),
        (J2K, "image/*", "image/jp2", J2K),
    ],
)
def test_a_frame_goes_in_the_form_that_is_wished(kept, accept, media_type, syntax):
    form = frame_form(kept, wishes(accept))
    assert (form.media_type, form.transfer_syntax_uid) == (media_type, syntax)


@pytest.mark.parametrize(
    ("kept", "accept"),
    [
        (EXPLICIT, "text/html"),
        (EXPLICIT, "image/jp2; transfer-syntax=1.2.840.10008.1.2.4.80"),
        (VIDEO, "multipart/related; type=image/jpeg"),
        (EXPLICIT, "video/mp4"),
    ],
)
def test_a_frame_that_cannot_be_sent_so_is_not_acceptable(kept, accept):
    with pytest.raises(NotAcceptableError):
        frame_form(kept, wishes(accept))


@given(st.sampled_from([EXPLICIT, IMPLICIT, *FRAME_TYPES]), st.text(max_size=40))
def test_only_what_was_wished_is_ever_offered(kept, accept):
    wished = wishes(accept)
    try:
        form = frame_form(kept, wished)
    except NotAcceptableError:
        return
    assert any(wish.takes(form.media_type) for wish in wished)
