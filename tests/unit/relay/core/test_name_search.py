"""Where a name stands, and where it only seems to."""

import pytest

from relay.core.name_search import NameSearch, spellings, stands_in


@pytest.mark.parametrize(
    ("name", "text", "stands"),
    [
        ("Ann", "ask ann, please", True),
        ("Ann", "the annual report", False),
        ("Ann", "Joann", False),
        ("Ann", "annual, says Ann", True),
        ("Ann", "Ann's", True),
        ("Anna Berg", "ANNA BERG's printer", True),
        ("Anna Berg", "anna  berg", True),
        ("Anna", "Annaさんの席", True),
        ("Anna", "Anna2", False),
        ("Ed", "7e-ed-12", False),
        ("Ed", "id_ed", False),
        ("Ada", "3ada 0ada", False),
        ("Yamada", "Ölmüller-Yamada", False),
        ("ß", "SS", True),
        ("Ölmüller", "o\u0308lmu\u0308ller", True),
        ("田中", "田中さんに聞いて", True),
        ("田中", "田中", True),
        ("田中", "田中町のプリンタ", False),
        ("林", "小林さん", False),
        ("林", "林さん", True),
        ("佐々", "佐々木", False),
        ("鈴木花子", "鈴木 花子の席", True),
        ("鈴木 花子", "担当は鈴木花子です", True),
        ("鈴木 花子", "鈴木\u3000花子", True),
        ("スズキ", "ｽｽﾞｷさん", True),
        ("マリ", "マリー", False),
        ("花子 Berg", "花子Berg", True),
        ("김철수", "김철수에게", True),
        ("", "anything", False),
        ("x", "", False),
    ],
)
def test_where_a_name_stands(name: str, text: str, stands: bool) -> None:
    """In whichever case, width and spacing; not inside a longer word, nor a short one inside a longer run of its script."""
    assert stands_in(name, text) is stands


def test_several() -> None:
    """One of them is enough; without any there is nothing to look for."""
    search = NameSearch(["Ann", "田中"])
    assert search("ask 田中")
    assert not search("ask 田中町")
    assert not NameSearch([])
    assert not NameSearch([" ", ""])("anything")


@pytest.mark.parametrize(
    ("name", "there", "not_there"),
    [
        ("Anna Berg", {"Anna Berg", "ANNA BERG", "anna berg"}, {"AnnaBerg"}),
        ("鈴木 花子", {"鈴木花子", "鈴木 花子", "鈴木\u3000花子"}, set[str]()),
        ("Helper", {"Helper"}, {"helper"}),
        ("ｽｽﾞｷ", {"スズキ", "ｽｽﾞｷ"}, set[str]()),
    ],
)
def test_spellings(name: str, there: set[str], not_there: set[str]) -> None:
    """As people write it; a word that is also an ordinary one is not looked for in other cases."""
    assert there <= spellings(name)
    assert not spellings(name) & not_there
