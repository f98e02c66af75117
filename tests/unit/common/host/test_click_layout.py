"""Help in Japanese: lines end where Japanese allows it, and no later than the terminal does."""

import click
import pytest

from common.host.click_layout import JapaneseFormatter, cells, set_short_helps, wrap

TEXT = "中継サーバーへのプロキシ（http://、https://、socks5h://）、または「direct」（使わない）。指定しなければ環境変数に従います。"


@pytest.mark.parametrize("width", range(20, 60))
def test_lines_fit_and_lose_nothing(width: int) -> None:
    """At most so many cells, no mark at the wrong end of a line, and every letter is there."""
    lines = wrap(TEXT, width)
    assert "".join(lines) == TEXT
    assert max(map(cells, lines)) <= width
    assert not any(line[0] in "。、）」ー" or line[-1] in "（「" for line in lines)


def test_words_of_latin_letters_stay_whole() -> None:
    """They are broken at spaces; a longer one has a line of its own; spaces at breaks are gone."""
    assert wrap("一つ tasuki-relay account list 二つ", 14) == ["一つ", "tasuki-relay", "account list", "二つ"]
    assert wrap("abcdefghij あ", 4) == ["abcdefghij", "あ"]
    assert wrap("", 10) == wrap(" ", 10) == []


def test_a_list_has_two_columns() -> None:
    """What a name is for stands beside it, or below it where the name is too long."""
    formatter = JapaneseFormatter(width=40)
    with formatter.indentation():
        formatter.write_dl(
            [("--a", "あいうえおかきくけこさしすせそたちつてと"), ("--much-too-long-for-here", "短い"), ("--b", "")], 10
        )
        formatter.write_text("説明です。")
    assert formatter.getvalue().splitlines() == [
        "  --a         あいうえおかきくけこさしす",
        "              せそたちつてと",
        "  --much-too-long-for-here",
        "              短い",
        "  --b",
        "  説明です。",
    ]


def test_lists_of_commands_have_first_sentences() -> None:
    """In groups within groups too; where there is no help there is none."""
    inner = click.Command("inner", help="一つ目。二つ目。")
    silent = click.Command("silent")
    group = click.Group("group", help="まとめ。", commands=[inner, silent])
    set_short_helps(click.Group("all", commands=[group]))
    assert (group.short_help, inner.short_help, silent.short_help) == ("まとめ。", "一つ目。", None)
