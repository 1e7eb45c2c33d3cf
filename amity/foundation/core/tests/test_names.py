import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.foundation.core import names
from amity.foundation.core.names import NameParts, full_name, initials, parse_name

P = NameParts


@pytest.mark.parametrize(
    ("full", "culture", "parts"),
    [
        ("John Smith", "", P(first="John", last="Smith")),
        ("John Paul Smith", "", P(first="John", middle="Paul", last="Smith")),
        ("R. Murugan", "", P(first="R.", last="Murugan")),
        ("R. Murugan", "ta", P(first="Murugan", last="R.")),
        ("M. K. Stalin", "ta", P(first="Stalin", last="M. K.")),
        ("Thiru M. K. Stalin", "ta-IN", P(prefix="Thiru", first="Stalin", last="M. K.")),
        ("மு. கருணாநிதி", "", P(first="கருணாநிதி", last="மு.")),
        ("J.R.R. Tolkien", "", P(first="J.R.R.", last="Tolkien")),
        ("Ludwig van der Berg", "", P(first="Ludwig", last="van der Berg")),
        ("Maria de la Cruz", "", P(first="Maria", last="de la Cruz")),
        ("Otto von Bismarck", "", P(first="Otto", last="von Bismarck")),
        ("Osama bin Laden", "", P(first="Osama", last="bin Laden")),
        ("Dafydd ap Gwilym", "", P(first="Dafydd", last="ap Gwilym")),
        ("Gwen ferch Owain", "cy", P(first="Gwen", last="ferch Owain")),
        ("Rhys ab Owain", "", P(first="Rhys", last="ab Owain")),
        ("Иванов Иван Иванович", "", P(first="Иван", middle="Иванович", last="Иванов")),
        ("Иван Иванович Иванов", "", P(first="Иван", middle="Иванович", last="Иванов")),
        ("Петрова Анна Сергеевна", "ru", P(first="Анна", middle="Сергеевна", last="Петрова")),
        ("Петрова Анна", "", P(first="Анна", last="Петрова")),
        ("Анна Петрова", "", P(first="Анна", last="Петрова")),
        ("Лев Толстой", "", P(first="Лев", last="Толстой")),
        ("Björk Guðmundsdóttir", "is", P(first="Björk", last="Guðmundsdóttir")),
        ("Madonna", "", P(first="Madonna")),
        ("முருகன்", "", P(first="முருகன்")),
        ("王小明", "", P(first="小明", last="王")),
        ("欧阳修", "", P(first="修", last="欧阳")),
        ("司马相如", "zh", P(first="相如", last="司马")),
        ("山田太郎", "", P(last="山田太郎")),
        ("山田太郎", "ja", P(first="太郎", last="山田")),
        ("김철수", "", P(first="철수", last="김")),
        ("남궁민수", "ko", P(first="민수", last="남궁")),
        ("김 철수", "", P(first="철수", last="김")),
        ("Nagy Ferenc", "hu", P(first="Ferenc", last="Nagy")),
        ("Dr. Nagy Ferenc", "hu", P(prefix="Dr.", first="Ferenc", last="Nagy")),
        ("Nguyễn Văn An", "vi", P(first="An", middle="Văn", last="Nguyễn")),
        ("Smith, John Q.", "", P(first="John", middle="Q.", last="Smith")),
        ("van der Berg, Jan", "nl", P(first="Jan", last="van der Berg")),
        ("Prof. Dr. Ayşe Demir", "", P(prefix="Prof. Dr.", first="Ayşe", last="Demir")),
        ("Bay Mehmet Öz", "tr", P(prefix="Bay", first="Mehmet", last="Öz")),
        ("Bayan Ayşe Demir", "", P(prefix="Bayan", first="Ayşe", last="Demir")),
        ("Av. Ali Can", "tr", P(prefix="Av.", first="Ali", last="Can")),
        ("Sri Ravi", "", P(prefix="Sri", first="Ravi")),
        ("Mrs Smith", "", P(prefix="Mrs", last="Smith")),
        ("John Smith Jr.", "", P(first="John", last="Smith", suffix="Jr.")),
        ("John Smith PhD, MD", "", P(first="John", last="Smith", suffix="PhD, MD")),
        ("John Smith III", "", P(first="John", last="Smith", suffix="III")),
        ('Robert "Bob" Smith', "", P(first="Robert", last="Smith", nickname="Bob")),
        ("Robert (Bob) Smith", "", P(first="Robert", last="Smith", nickname="Bob")),
        ("JOHN SMITH", "", P(first="JOHN", last="SMITH")),
        ("Gabriel García Márquez", "es", P(first="Gabriel", last="García Márquez")),
        ("Dr", "", P(first="Dr")),
        ("🙂", "", P(first="🙂")),
        ("", "", P()),
        ("x" * 400, "", P(first="x" * 400)),
    ],
)
def test_names_of_many_cultures(full: str, culture: str, parts: NameParts) -> None:
    assert parse_name(full, culture=culture) == parts


@pytest.mark.parametrize(
    ("full", "culture"),
    [
        ("John Paul Smith", ""),
        ("R. Murugan", ""),
        ("R. Murugan", "ta"),
        ("மு. கருணாநிதி", ""),
        ("Ludwig van der Berg", ""),
        ("Иванов Иван Иванович", "ru"),
        ("Иван Иванович Иванов", ""),
        ("王小明", ""),
        ("山田太郎", "ja"),
        ("김철수", ""),
        ("Nagy Ferenc", "hu"),
        ("Nguyễn Văn An", "vi"),
        ("Prof. Dr. Ayşe Demir", "tr"),
        ("John Smith PhD, MD", ""),
        ("Madonna", ""),
    ],
)
def test_a_name_is_written_as_its_bearer_writes_it(full: str, culture: str) -> None:
    assert full_name(parse_name(full, culture=culture), culture=culture) == full


def test_nickname_stands_in_only_for_nothing() -> None:
    assert full_name(P(first="Robert", nickname="Bob")) == "Robert"
    assert full_name(P(nickname="Bob")) == "Bob"


WORDS = [
    "John", "Smith", "Dr.", "Dr", "van", "der", "Van", "de", "la", "Jr.", "PhD", "MD", "Sri", "(Bob)",
    '"Bob"', ",", "née", "Иван", "Иванович", "Петрова", "王", "小明", "김", "R.", "ap", "ab", "&", "y", "Mr",
    "Mac", "St.", "Esq", "🙂", "'", "Do", "Ma", "V",
]  # fmt: skip
CULTURES = ["", "hu", "vi", "ta", "ru", "es", "ja", "tr", "cy", "xx"]


@given(
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join) | st.text(max_size=40),
    st.sampled_from(CULTURES),
)
def test_no_letter_is_lost(full: str, culture: str) -> None:
    parts = parse_name(full, culture=culture)
    assert sorted(filter(str.isalnum, "".join(parts))) == sorted(filter(str.isalnum, full))
    assert isinstance(full_name(parts, culture=culture), str)


@given(
    st.lists(
        st.sampled_from([*WORDS, "Ayşe", "Öz", "İnci", "Ann", "Bay", "Lee", "Will", "King", "Esq", "Ana"]),
        min_size=2,
        max_size=3,
    )
)
def test_plain_names_are_read_as_the_library_reads_them(words: list[str]) -> None:
    full = " ".join(words)
    assert parse_name(full) == names._parse_unusual(full, "")


@pytest.mark.parametrize(
    ("title", "letters"),
    [
        ("John Paul Smith", "JS"),
        ("madonna", "M"),
        ("முருகன் ராஜா", "மு"),
        ("ச. அருண்", "சஅ"),
        ("王小明", "王"),
        ("김철수", "김"),
        ("İbrahim Yılmaz", "İY"),
        ("ünal ßmith", "Üß"),
        ("“Acme” GmbH", "AG"),
        ("Müller & Sons GmbH", "MS"),
        ("John Smith Jr.", "JS"),
        ("3M", "3"),
        ("e\u0301mile", "E\u0301"),
        ("🙂", ""),
        ("", ""),
    ],
)
def test_initials(title: str, letters: str) -> None:
    assert initials(title) == letters


def test_initials_of_a_small_i_follow_the_reader() -> None:
    assert initials("ilknur ışık", "tr") == "İI"
    assert initials("ilknur ışık", "en") == "II"
