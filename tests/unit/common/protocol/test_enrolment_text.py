"""An enrolment line is found in any text that holds it, and never another one than stands there."""

import contextlib
import re
import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol.enrolment import (
    EnrolmentLine,
    InvalidEnrolmentError,
    NewerLineError,
    SeveralLinesError,
    new_code,
)
from common.protocol.enrolment_text import TEXT_LIMIT, find_line

CODE = "AAAQEAYEAUDAOCAJBIFQYDIOB4"
ROOT = "-_" * 21 + "8"
LINE = f"tasuki-enrol:1:{CODE}:{ROOT}:relay.example.org"
MEANT = EnrolmentLine.parse(LINE)
OTHER = LINE.replace(CODE, new_code(bytes(16)))
FULL_WIDTH = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

lines = st.builds(
    EnrolmentLine,
    code=st.binary(min_size=16, max_size=16).map(new_code),
    root=st.binary(min_size=32, max_size=32),
    host=st.sampled_from(["relay.example.org", "a.b", "192.0.2.7", "2001:db8::1", "xn--r8jz45g.jp", "relay-2.example"]),
    port=st.sampled_from([443, 80, 8443, 65535]),
)


def wrapped(text: str, width: int, before: str = "", end: str = "\n") -> str:
    """Cut after every so many characters, as a program does that looks at no words."""
    return end.join(before + text[at : at + width] for at in range(0, len(text), width))


@pytest.mark.parametrize(
    "text",
    [
        LINE,
        f"  {LINE}\r\n",
        f"Dear Anna,\n\nplease paste this:\n\n    {LINE}\n\nThanks, Bob\n",
        f"The line is {LINE}. Thanks!",
        f"The line (“{LINE}”) works once.",
        f"<{LINE}>",
        f"{LINE},",
        f"「{LINE}」を貼り付けてください。",
        f"{LINE}を貼り付けてください。",
        f"次の行です：{LINE}。よろしくお願いします。",
        f"`{LINE}` **{LINE}**",
        LINE.translate(FULL_WIDTH),
        LINE.translate(FULL_WIDTH).replace("－", "ー", 1),
        LINE.replace("tasuki-enrol", "Tasuki‑Enrol"),
        LINE.replace("tasuki-enrol:", "tasuki-\nenrol:\n"),
        LINE.replace("AAAQ", "AA\u00adAQ").replace("relay", "re\u200blay").replace("tasuki", "\ufefftasuki"),
        LINE.replace(CODE, CODE.lower()).replace("relay", "RELAY"),
        wrapped(LINE, 40),
        wrapped(LINE, 40, end="\r\n"),
        wrapped(LINE, 26),
        wrapped(LINE, 72, before="> "),
        wrapped(LINE, 30, before="> > "),
        wrapped(LINE, 60, before="| "),
        wrapped(LINE, 70, end="=\r\n"),
        wrapped(LINE, 95, end="=\n"),
        textwrap.fill(f"On Monday Bob wrote: {LINE} and so on", width=50),
        LINE.replace(ROOT, f" {ROOT[:20]}\n {ROOT[20:]} ").replace(CODE, f"{CODE[:3]} {CODE[3:]}"),
        f"<html><body><p>Hello<br/>{LINE}</p><p>Bob</p></body></html>",
        f"<p>{LINE.replace(ROOT, ROOT[:9] + '<wbr>' + ROOT[9:]).replace('example', 'exam<wbr>ple')}</p>",
        f'<span style="color:red">{LINE[:50]}</span><span>{LINE[50:]}</span>',
        LINE.replace(":", "&#58;").replace("example", "exam&shy;ple"),
        "&gt; " + wrapped(LINE, 60, end="\n&gt; "),
        f"{LINE}&nbsp;works once",
        f"It begins with tasuki-enrol: so look for tasuki-enrol:…\n{LINE}",
        f"{LINE}\n> {LINE}\n",
        f"1 < 2\n> {LINE}",
        f"{LINE}:\nThanks",
        f"{LINE}\nBob",
        f"{LINE}\nwww.example.com",
    ],
)  # fmt: skip
def test_it_is_found(text: str) -> None:
    """In a mail, quoted, wrapped, on a page, among marks, as a Japanese keyboard writes it."""
    assert find_line(text) == MEANT


@pytest.mark.parametrize(
    "text",
    [
        f"{LINE}:8443.",
        f"{LINE}:\n8443\n",
        f"{LINE}:8443（一度だけ）",
        wrapped(f"{LINE}:8443", 105),
        wrapped(f"{LINE}:8443", 53),
    ],
)
def test_a_port_is_found(text: str) -> None:
    """Where it stands behind the name, or plainly on the next line."""
    assert (find_line(text).host, find_line(text).port) == ("relay.example.org", 8443)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "tasuki-enrol",
        LINE.replace(CODE, CODE[:-1]),
        LINE.replace(CODE, CODE + "A"),
        LINE.replace(CODE, "1" + CODE[1:]),
        LINE.replace(CODE, CODE[:5] + "x>" + CODE[5:]),
        LINE.replace(CODE, CODE[:5] + "-\n" + CODE[5:]),
        LINE.replace(ROOT, ROOT[:-1]),
        LINE.replace(ROOT, ROOT + "A"),
        LINE.replace(ROOT, ROOT.replace("-_", "\u2014", 1)),
        LINE.replace("relay.example.org", ""),
        LINE.replace("relay.example.org", "relay.exämple.org"),
        LINE.replace("relay.example.org", "relay.例え.jp"),
        LINE + "/path",
        LINE + "@evil.example",
        LINE + "—see",
        LINE + ":443x",
        LINE + ":1:2",
        LINE + ":0",
        LINE + ":65536",
        "my" + LINE,
        LINE[: len(LINE) // 2],
        "x" * TEXT_LIMIT + LINE,
    ],
)
def test_what_is_not_whole_is_refused(text: str) -> None:
    """Nothing is guessed: neither a letter that is missing, nor where a name ends."""
    with pytest.raises(InvalidEnrolmentError) as raised:
        find_line(text)
    assert CODE[:5] not in str(raised.value)


def test_two_lines_are_one_too_many() -> None:
    """Which is meant nobody knows. The same one twice is one, and of a newer one that is said."""
    with pytest.raises(SeveralLinesError):
        find_line(f"for Anna: {LINE}\nfor Ben: {OTHER}")
    with pytest.raises(NewerLineError):
        find_line(f"see {LINE.replace(':1:', ':3:', 1)}")


ANY_HOST = LINE.removesuffix("relay.example.org")


@pytest.mark.parametrize(
    "unit",
    [
        ANY_HOST,  # one word without an end, in which a line begins again and again
        wrapped(f"{ANY_HOST}{'a' * 28}", 57) + "\n",  # each line as if the one before were cut
        ANY_HOST + "\n" * 3000,
        "tasuki-enrol:1:",
        "tasuki-enrol:1 ",
        "t a s u k i - \n",
        "t" + " " * 50,
        "<a " + "x" * 400,
        "&#1",
        "&amp",
    ],
)
def test_the_work_grows_as_the_text_does(unit: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A text of the full limit, made to be read slowly, in a second of this processor's time (five are allowed)."""
    text = (unit * (TEXT_LIMIT // len(unit) + 1))[:TEXT_LIMIT]
    began = time.process_time()
    with contextlib.suppress(InvalidEnrolmentError):
        find_line(text)
    took = time.process_time() - began
    with capsys.disabled():
        print(f" {took:.2f} s ", end="")
    assert took < 5


def test_a_name_over_many_lines_of_one_width() -> None:
    """Its end is not looked for without an end: what no name of full length has is refused."""
    text = LINE.removesuffix("relay.example.org") + "a" * 38
    assert len(text) % 2 == 0
    half = len(text) // 2
    cut = f"{text[:half]}\n{text[half:]}\n" + ("b" * half + "\n") * 2000
    with pytest.raises(InvalidEnrolmentError):
        find_line(cut)


def test_the_longest_name_cut_into_the_shortest_lines() -> None:
    """Of 253 characters, with its port: whole."""
    host = ".".join(["a" * 62] * 3 + ["b" * 61, "c"])
    assert len(host) == 253 - 1
    text = f"{ANY_HOST}{host}:65535"
    found = find_line(wrapped(text, 20) + "\n")
    assert (found.host, found.port) == (host, 65535)


@pytest.mark.parametrize("marks", ["." * 400, "-" * 400 + "evil.example"])
def test_marks_without_an_end(marks: str) -> None:
    """What stands behind a name is looked at to its end, or the name is refused."""
    with pytest.raises(InvalidEnrolmentError):
        find_line(LINE + marks)


def test_a_long_sentence_behind_a_name() -> None:
    """In Japanese it goes on without a blank, however long."""
    assert find_line(f"{LINE}を" + "貼り付けてください。" * 2000) == MEANT


def test_more_beginnings_than_anybody_writes() -> None:
    """Nobody knows whether another line stands behind them."""
    assert find_line("tasuki-enrol: " * 63 + LINE) == MEANT
    with pytest.raises(SeveralLinesError):
        find_line(f"{LINE}\n" + "tasuki-enrol: " * 64 + OTHER)


def test_an_entity_of_thousands_of_digits() -> None:
    """It is no letter, and nothing fails because of it."""
    assert find_line(f"&#{'1' * 5000}; {LINE}&nbsp;") == MEANT
    with pytest.raises(InvalidEnrolmentError):
        find_line(f"&#{'1' * 5000};")


def reduced(text: str) -> str:
    """All letters and digits of a text, whatever stands between them."""
    usual = text.translate({code + 0xFEE0: code for code in range(0x21, 0x7F)})
    return re.sub("[^A-Z0-9]", "", usual.upper())


@given(
    line=lines,
    before=st.text(alphabet=st.characters(exclude_characters="=&<>", exclude_categories=["Cs"]), max_size=40),
    after=st.text(alphabet="abc .,;\n。」あ", max_size=30),
    width=st.integers(1, 200),
    quote=st.sampled_from(["", "> ", ">> ", "| ", "\t"]),
    full=st.booleans(),
)
def test_any_line_in_any_text(line: EnrolmentLine, before: str, after: str, width: int, quote: str, full: bool) -> None:
    """Code and root may be cut anywhere; the name stands whole on the last line. What is around it does not matter."""
    text = str(line)
    name = text.index(":", 60) + 1
    text = wrapped(text[:name], width, before=quote) + f"\n{quote}" + text[name:]
    if full:
        text = text.translate(FULL_WIDTH)
    assert find_line(f"{before}\n{quote}{text}\n\n{after}") == line


@given(line=lines, data=st.data())
def test_a_damaged_line_never_gives_another_code(line: EnrolmentLine, data: st.DataObject) -> None:
    """Whatever was cut out, put in or changed: what is found stands there, letter by letter and in its order."""
    text = str(line)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        upto = min(len(text), at + data.draw(st.integers(0, 5)))
        text = text[:at] + data.draw(st.text(alphabet="AB27-_:.> \n=\u00ad&;", max_size=5)) + text[upto:]
    try:
        found = find_line(text)
    except InvalidEnrolmentError:
        return
    assert found.code in reduced(text)
    assert reduced(found.host) in reduced(text)
    assert all(letter.isspace() or letter in ">|=\u00ad" for letter in between(text, found.code))


def between(text: str, code: str) -> str:
    """What stands between the letters of the code in the text."""
    found = re.search(r"([^A-Z0-9:]*)".join(map(re.escape, code)), text)
    return "".join(found.groups()) if found is not None else ""


@given(st.text(max_size=300))
def test_any_text_at_all(text: str) -> None:
    """It is refused, never anything else."""
    with pytest.raises(InvalidEnrolmentError):
        find_line(text)
