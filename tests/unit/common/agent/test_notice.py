"""What the desktop is told of a notice."""

from common.agent.notice import DEFAULT, Notice, Picture, arguments

NOTICE = Notice(
    key="requests",
    title="Hanako <b>asks</b>",
    text="Printer & <i>scanner</i>",
    actions=((DEFAULT, "Show"), ("take:1", "Take it")),
    stays=True,
)


def told(notice: Notice = NOTICE, *, can: frozenset[str], picture: Picture | None = None) -> tuple[object, ...]:
    """With the rest as it is."""
    return arguments(notice, name="Tasuki", entry="tasuki-helper", picture=picture, can=can, replaces=7)


def test_only_what_the_desktop_can_is_asked_of_it() -> None:
    """Markup in a text is text; buttons only where there are some."""
    name, replaces, icon, title, text, actions, hints, goes = told(can=frozenset({"actions", "body", "body-markup"}))
    assert (name, replaces, icon, goes) == ("Tasuki", 7, "", 0)
    assert title == "Hanako <b>asks</b>"  # is never markup
    assert text == "Printer &amp; &lt;i&gt;scanner&lt;/i&gt;"
    assert actions == ["default", "Show", "take:1", "Take it"]
    assert hints == {"desktop-entry": ("s", "tasuki-helper"), "urgency": ("y", 1), "suppress-sound": ("b", True)}
    _name, _replaces, _icon, _title, text, actions, _hints, _goes = told(can=frozenset({"body"}))
    assert (text, actions) == (NOTICE.text, [])


def test_one_that_may_go_goes_as_usual() -> None:
    """The desktop decides when."""
    assert told(Notice(key="main", title="It is over", text=""), can=frozenset())[-1] == -1


def test_the_picture_is_as_the_specification_has_it() -> None:
    """Width, height, bytes of a row, alpha, bits, channels, bytes."""
    picture = Picture(width=2, height=1, data=b"12345678")
    hints = told(can=frozenset(), picture=picture)[6]
    assert isinstance(hints, dict)
    assert hints["image-data"] == ("(iiibiiay)", (2, 1, 8, True, 8, 4, b"12345678"))
