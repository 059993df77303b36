"""C-FIND and QIDO-RS find what matches every key, and answer what was asked for."""

import pytest

from app.domain.query import BY_TAG, Level, Query
from app.server.core import query
from tests.server.samples import an_object

TAGS = {attribute.keyword: tag for tag, attribute in BY_TAG.items()}


@pytest.fixture
def store(ingest, doctor, source):
    return lambda *args, **elements: ingest.store(doctor, source, an_object(*args, **elements))


@pytest.fixture
def ask(database, doctor):
    """Asks at a level by keywords; answers by keywords, single values without their tuple."""

    def ask(level, limit=None, offset=0, is_fuzzy=False, is_combined_datetime=False, **keys):
        asked = Query(
            level,
            {TAGS[keyword]: key for keyword, key in keys.items()},
            limit,
            offset,
            is_fuzzy,
            is_combined_datetime,
        )
        return [
            {BY_TAG[tag].keyword: "\\".join(values) for tag, values in match.items()}
            for match in query.matches(database, doctor, asked)
        ]

    return ask


@pytest.fixture
def studies(ask):
    """The numbers of the studies that are found."""

    def studies(**asked):
        found = ask(Level.STUDY, **asked)
        return [int(match["StudyInstanceUID"].rsplit(".", maxsplit=1)[-1]) for match in found]

    return studies


NAMES = (
    "Иванов^Иван",
    "ИВАНОВА^АННА^ПЕТРОВНА",
    "Валевский^Пётр",
    "Ковалёв Семён Ильич",
    "Müller^Zoë",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "",
)


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("Иванов*", [1, 2]),
        ("*ВАЛЕВ*", [3, 4]),
        ("ИВАНОВ^ИВАН", [1]),
        ("иванова^анна", [2]),
        ("Иванов", [1]),
        ("Иванов^*", [1]),
        ("Иванов?", [2]),
        ("ВАЛЕВСКИЙ^ПЕТР", [3]),
        ("ковалев^семен", [4]),
        ("Ковалёв Семён*", [4]),
        ("muller", [5]),
        ("MÜLLER^ZOË", [5]),
        ("山田*", [6]),
        ("やまだ^たろう", [6]),
        ("yamada=山田", [6]),
        ("yamada=やまだ", [6]),
        ("amada", []),
        ("Ив", []),
        ("и*", [1, 2]),
        ("*", [1, 2, 3, 4, 5, 6, 7]),
        ("", [1, 2, 3, 4, 5, 6, 7]),
        ('""', [7]),
        ("Петров\\muller", [5]),
        ("[a-z]*", []),
        ("%", []),
        ("_______", []),
    ],
)
def test_a_name_is_found_however_it_is_typed(store, studies, key, found):
    for number, name in enumerate(NAMES, 1):
        store(number, PatientName=name, PatientID=f"P-{number}")
    assert sorted(studies(PatientName=key)) == found
