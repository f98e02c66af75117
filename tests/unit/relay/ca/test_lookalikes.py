"""Unicode's own examples (UTS #39, section 4), names as people have them, and the table beside the tool that writes it."""

import hashlib
import itertools
import re
import string
import sys
import unicodedata
from importlib import resources

import pytest

from relay.ca.lookalikes import bidi_skeleton, difference, looks, skeleton

SAME = [
    ("paypal", "p\u0430yp\u0430l"),  # mixed-script: Cyrillic a
    ("scope", "\u0455\u0441\u043e\u0440\u0435"),  # whole-script: Cyrillic
    ("so\u0337s", "s\u00f8s"),  # single-script
    ("ljeto", "\u01c9eto"),
    ("paypal", "\u03c1\u237a\u0443\U0001d4c5\U0001d482\u05df"),
    ("paypal", "\U0001d52d\U0001d4b6\u1eff\U0001d561\U0001d552\u2113"),
    ("m", "rn"),
    ("\u2115", "N"),
    ("1I|", "lll"),
]
OTHER = [("paypal", "paypol"), ("Hana", "Hanna"), ("e", "\u00e9"), ("\u5ddd", "\u4e09"), ("Anna", "Ana")]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_looks_the_same_has_the_same_skeleton(one: str, other: str) -> None:
    """Within a script, between scripts, all in another script."""
    assert skeleton(one) == skeleton(other)
    assert skeleton(skeleton(one)) == skeleton(one)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_looks_different_has_not(one: str, other: str) -> None:
    """Accents count, and so does every letter."""
    assert skeleton(one) != skeleton(other)


BIDI = [
    ("A1<\u05e9\u05c2", "\u0391\u05e9\u05ba>1"),  # the example of section 4
    ("\u05d0\u05d1 1", "1 \u05d0\u05d1"),
    ("\u05d0 1 (2)", "(2) 1 \u05d0"),
]


@pytest.mark.parametrize(("one", "other"), BIDI)
def test_what_is_seen_in_the_same_order_has_the_same_bidi_skeleton(one: str, other: str) -> None:
    """In a line from left to right; from right to left these are seen in another order than each other."""
    assert skeleton(one) != skeleton(other)
    assert bidi_skeleton(one) == bidi_skeleton(other)
    assert bidi_skeleton(one, right_to_left=True) != bidi_skeleton(other, right_to_left=True)


LOOK_ALIKE = [
    ("Anna", "\u0410nna"),
    ("Anna", "Ann\u0430"),
    ("Ross", "R\u03bfss"),
    ("Coco", "\u0421\u043e\u0441\u043e"),
    ("ANNA", "\u0410NN\u0410"),
    ("Anna", "\uff21\uff4e\uff4e\uff41"),
    ("Bernd Marn", "Bemd Marn"),
    ("Will", "WiII"),
    ("Paul", "Pau1"),
    ("Otto 10", "Otto l0"),
    ("BETA", "\u0392\u0395\u03a4\u0391"),
    ("beta", "\u0392\u0395\u03a4\u0391"),
    ("工藤", "エ藤"),
    ("二郎", "ニ郎"),
    ("タロウ", "夕ロウ"),
    ("ロウ", "口ウ"),
    ("力", "カ"),
    ("一ノ瀬", "ーノ瀬"),
    ("八田", "ハ田"),
    ("へん", "ヘん"),
    ("ｶﾞｽﾄ", "ガスト"),
    ("土田", "士田"),
    ("José", "Jose\u0301"),
    ("\u05d0\u05d11", "1\u05d0\u05d1"),
    ("\u05de\u05d5", "\u05de1"),
    ("O'Neill", "O\u2019Neill"),
    ("Jean-Luc", "Jean\u2010Luc"),
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKE)
def test_names_that_look_alike_share_a_key(one: str, other: str) -> None:
    """Whichever of them was first."""
    assert looks(one) & looks(other)


LATIN = "Anna Berg|Hanna Berg|Anna Borg|Anne Berg|Hana Suzuki|Taro Yamada|Jiro Sato|José|Jose|Müller|Muller|Anna 1|Anna 2|Anna 12|Anna 21|Anna (IT)|Anna (HR)|Łukasz|Lukas"
JAPANESE = (
    "鈴木 花子|鈴木 華子|鈴木 一|鈴木 二|鈴木 三|山田 太郎|山田 次郎|山田 一郎|山田 二郎|すずき|スズキ|シバタ|ツバタ|ソノダ|ンノダ|"
    "はら|ばら|ぱら|ハラ|バラ|パラ|やぎ|ゃぎ|大田|太田|犬田|高橋|髙橋|渡辺|渡邊|渡邉|山崎|山﨑|斉藤|斎藤|齋藤|齊藤|土田|工田|未来|末来|"
    "カトウ|カトー|佐藤 (総務)|佐藤 (人事)|佐藤 2|佐藤 3|田中 α|田中 β|経理 Д"
)
OTHERS = "Иван Петров|Иван Петров (IT)|Анна|Ганна|Άννα|Ελένη|김영희|김영호|王小明|王小朋|นิดา|นิรา"
RIGHT_TO_LEFT = "محمد علي|علي محمد|علي|سليم|سلمي|حسن|حسين|علي 12|علي 21|علي (IT)|משה לוי|לוי משה|מ 1|מ 2"


@pytest.mark.parametrize("names", [LATIN, JAPANESE, OTHERS, RIGHT_TO_LEFT])
def test_names_of_different_people_share_no_key(names: str) -> None:
    """Each with each: nobody is refused for a name that others tell from theirs."""
    for one, other in itertools.combinations(names.split("|"), 2):
        assert not looks(one) & looks(other), (one, other)


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ("Ann\u0430", "Anna", ("\u0430", "a")),
        ("\u0410NNA", "anna", ("\u0410", "a")),
        ("Mam", "Marn", ("m", "r")),
        ("エ藤", "工藤", ("エ", "工")),
        ("Anna", "Annal", (" ", "l")),
    ],
)
def test_where_two_names_differ(one: str, other: str, where: tuple[str, str]) -> None:
    """The first place, letter case aside."""
    assert difference(one, other) == where


UNSTABLE = "1c4 1c5 1c6 48b 321d fba4 fba5 fbb0 fbb1 fe81 fe82 fef5 fef6"
"""Characters whose prototypes have prototypes, in Unicode's own table."""


def test_a_skeleton_is_its_own() -> None:
    """Of every character there is; and plain letters, digits and punctuation stand for themselves but for these."""
    everything = [
        character for character in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(character) != "Cs"
    ]
    unstable = [one for one in everything if skeleton(skeleton(one)) != skeleton(one)]
    assert [f"{ord(one):x}" for one in unstable] == UNSTABLE.split()
    replaced = {one: skeleton(one) for one in string.printable if skeleton(one) != one}
    assert replaced == {"0": "O", "1": "l", "I": "l", "m": "rn", "|": "l", '"': "''", "`": "'", "%": "\u00ba/\u2080"}


def test_the_table_is_what_icu_said() -> None:
    """As deploy/tools/lookalikes.py wrote it of ICU 77.1, byte for byte (its --check asks again, where PyICU is installed)."""
    table = resources.files("relay.ca").joinpath("lookalikes.txt").read_bytes()
    assert hashlib.sha256(table).hexdigest() == "ebaf750d75e397151f5e32866179c3da648f2244f91f06b348f9025a2d671d65"


def test_the_table_goes_with_its_licence() -> None:
    """Both are in what is installed, and its head names the version and the licence."""
    files = resources.files("relay.ca")
    assert "COPYRIGHT AND PERMISSION NOTICE" in files.joinpath("lookalikes.LICENSE.txt").read_text(encoding="utf-8")
    head = files.joinpath("lookalikes.txt").read_text(encoding="utf-8")[:600]
    assert re.search(r"Unicode \d+\.\d", head)
    assert "lookalikes.LICENSE.txt" in head
