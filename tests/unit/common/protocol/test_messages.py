"""The matching messages, both ways."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.protocol import messages as m
from common.protocol.computer_claim import ComputerClaim
from common.protocol.desk import Desk
from common.protocol.reasons import Why

ID = "0123456789abcdef" * 2
PEER = m.Peer(uri="tasuki://o/helper/x", name="Hanako")

FROM_RELAY: list[m.FromRelay] = [
    m.Hello(nonce=b"n" * 32, relay="relay.example", time=1.5),
    m.Welcome(account="a", name="Taro", crl=b"\x30", organisation="o"),
    m.Welcome(account="a", name="Taro", crl=b"", desk=Desk(telephone="03-1234 (9時から)", open=[(1.0, 2.5)])),
    m.DeskNow(desk=Desk(open=[])),
    m.Refused(reason=m.Code.NO_ACCOUNT),
    m.Crl(der=b""),
    m.Helpers(reset=True, set=[m.HelperEntry(uri="u", name="n"), m.GroupEntry(group="g")], gone=["x"]),
    m.Waiting(request=ID, position=2, to=m.ToAnyone()),
    m.Requests(
        set=[m.RequestEntry(request=ID, user=PEER, to=m.ToGroup(group="g"), mode=m.Mode.VIEW, since=1.0)],
        gone=[m.Gone(request=ID, why=Why.TAKEN)],
    ),
    m.Granted(
        request=ID,
        session=ID,
        ticket="t",
        legs=[("relay.example", 443)],
        peer=PEER,
        mode=m.Mode.CONTROL,
        to=m.ToHelper(uri="u"),
    ),
    m.Welcome(account="a", name="Taro", crl=b"", interrupted=180.0, sessions=[ID], spread=20.0),
    m.Probe(request=ID),
    m.Granted(
        request=ID,
        session=ID,
        ticket="t",
        legs=[("relay.example", 443)],
        peer=PEER,
        mode=m.Mode.VIEW,
        to=m.ToAnyone(),
        interruption=3,
        asked=2,
    ),
    m.Over(request=ID, why=Why.DECLINED),
    m.Error(about="ticket", code=m.Code.TOO_MANY, session=ID),
    m.Ended(session=ID, why=Why.CUT),
    m.Error(about="request", code=m.Code.OPEN_REQUEST),
]
FROM_AGENT: list[m.FromAgent] = [
    m.Identify(chain=[b"leaf"], signature=b"s"),
    m.Identify(chain=[b"leaf"], signature=b"s", features=list(m.Feature)),
    m.Identify(chain=[b"leaf"], signature=b"s", computer=ComputerClaim(name="PC 7", system="Windows", version="1")),
    m.Here(request=ID),
    m.Watch(on=True),
    m.Request(request=ID, to=m.ToAnyone(), mode=m.Mode.VIEW, inventory={"os": "x"}),
    m.Cancel(request=ID),
    m.Accept(request=ID),
    m.Decline(request=ID),
    m.Transfer(request=ID, to=m.ToGroup(group="g")),
    m.SetStatus(status=m.Status.AWAY),
    m.Ticket(session=ID),
    m.Active(session=ID),
    m.End(session=ID, why=Why.USER_ENDED),
]


@pytest.mark.parametrize("message", FROM_RELAY, ids=lambda message: type(message).__name__)
def test_what_the_relay_sends_comes_out_equal(message: m.FromRelay) -> None:
    """Encoded and decoded."""
    assert m.decode_from_relay(m.encode(message)) == message


@pytest.mark.parametrize("message", FROM_AGENT, ids=lambda message: type(message).__name__)
def test_what_an_agent_sends_comes_out_equal(message: m.FromAgent) -> None:
    """Encoded and decoded."""
    assert m.decode_from_agent(m.encode(message)) == message


def test_presence_is_called_status_on_the_wire() -> None:
    """As the protocol's text has it."""
    assert '"type":"status"' in m.encode(m.SetStatus(status=m.Status.BUSY))


def test_unknown_fields_are_ignored() -> None:
    """A later version may add some."""
    assert m.decode_from_agent('{"type":"watch","on":true,"later":[1]}') == m.Watch(on=True)


def test_what_an_older_relay_does_not_say_means_that_it_takes_up_nothing() -> None:
    """It ends a session whose legs are lost, and a `granted` of its is a new one."""
    old = '{"type":"welcome","account":"a","name":"n","crl":""}'
    welcome = m.decode_from_relay(old)
    assert isinstance(welcome, m.Welcome)
    assert (welcome.interrupted, welcome.sessions, welcome.spread) == (None, [], None)
    old = (
        f'{{"type":"granted","request":"{ID}","session":"{ID}","ticket":"t","legs":[],"peer":{{"uri":"u","name":"n"}},'
        '"mode":"view","to":{"kind":"anyone"}}'
    )
    granted = m.decode_from_relay(old)
    assert isinstance(granted, m.Granted)
    assert (granted.interruption, granted.asked) == (0, 0)


@pytest.mark.parametrize("facts", ['"interruption":-1', '"asked":-1', '"interruption":1e9', '"asked":"1"'])
def test_counts_are_counts(facts: str) -> None:
    """Of interruptions, and of tickets that were asked for."""
    text = (
        f'{{"type":"granted","request":"{ID}","session":"{ID}","ticket":"t","legs":[],"peer":{{"uri":"u","name":"n"}},'
        f'"mode":"view","to":{{"kind":"anyone"}},{facts}}}'
    )
    with pytest.raises(m.InvalidMessageError):
        m.decode_from_relay(text)


def test_an_unknown_type_is_named() -> None:
    """So that the answer can say what it is about."""
    with pytest.raises(m.InvalidMessageError) as caught:
        m.decode_from_agent('{"type":"dance"}')
    assert caught.value.about == "dance"


def test_the_other_directions_messages_are_unknown() -> None:
    """An agent cannot play the relay."""
    with pytest.raises(m.InvalidMessageError):
        m.decode_from_agent(m.encode(FROM_RELAY[0]))
    with pytest.raises(m.InvalidMessageError):
        m.decode_from_relay(m.encode(FROM_AGENT[0]))


@pytest.mark.parametrize("text", ["[]", "1", '{"type":5}', '"x"'])
def test_json_without_a_type(text: str) -> None:
    """Is malformed, but JSON."""
    with pytest.raises(m.InvalidMessageError) as caught:
        m.decode_from_agent(text)
    assert not isinstance(caught.value, m.NotJsonError)
    assert caught.value.about == ""


@pytest.mark.parametrize("text", ["", "{", "nonsense", '{"type":"watch"', "\x00"])
def test_what_is_not_json_is_told_apart(text: str) -> None:
    """The WebSocket closes with 1007."""
    with pytest.raises(m.NotJsonError):
        m.decode_from_agent(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"type":"cancel","request":"ABC"}',
        '{"type":"cancel"}',
        '{"type":"request","request":"' + ID + '","to":{"kind":"nobody"},"mode":"view"}',
        '{"type":"request","request":"' + ID + '","to":{"kind":"anyone"},"mode":"destroy"}',
        '{"type":"identify","chain":[],"signature":""}',
        '{"type":"decline","request":"' + ID + '","why":"' + "x" * 501 + '"}',
    ],
)
def test_values_have_their_shapes(text: str) -> None:
    """Ids, modes, targets and lengths; the error names the type and quotes nothing."""
    with pytest.raises(m.InvalidMessageError) as caught:
        m.decode_from_agent(text)
    assert caught.value.about in text


@pytest.mark.parametrize("moment", ["1e300", "-1", "10000000001", "NaN", '"5"'])
@pytest.mark.parametrize(
    "text",
    [
        '{"type":"waiting","request":"' + ID + '","position":1,"to":{"kind":"anyone"},"until":?}',
        '{"type":"requests","set":[{"request":"' + ID + '","user":{"uri":"u","name":"n"},"to":{"kind":"anyone"},'
        '"mode":"view","since":?}]}',
        '{"type":"welcome","account":"a","name":"n","crl":"","waiting":?}',
        '{"type":"desk","desk":{"open":[[1,?]]}}',
    ],
)
def test_moments_are_such_that_can_be_told(text: str, moment: str) -> None:
    """No clock shows another; and what is far off does not fail where it is put into words."""
    m.decode_from_relay(text.replace("?", "10000000000"))
    with pytest.raises(m.InvalidMessageError):
        m.decode_from_relay(text.replace("?", moment))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "on", "request", "to", "set"]), inner | st.sampled_from(["watch", "request", "helpers"])), max_leaves=10))  # fmt: skip
def test_any_json_is_a_message_or_an_error(value: object) -> None:
    """Nothing else is raised."""
    text = msgspec.json.encode(value).decode()
    for decode in (m.decode_from_agent, m.decode_from_relay):
        try:
            decode(text)
        except m.InvalidMessageError:
            continue


@pytest.mark.parametrize("identifier", [f"{ID}\n", f"{ID}0", ID[:-1], ID.upper(), ""])
def test_an_id_has_one_spelling(identifier: str) -> None:
    """32 lower-case hex digits and nothing behind them, not even a line's end."""
    with pytest.raises(m.InvalidMessageError):
        m.decode_from_agent(msgspec.json.encode({"type": "cancel", "request": identifier}).decode())


def test_types_of_an_agent_are_known() -> None:
    """So that a malformed message is told from one of a later version."""
    assert all(m.is_type_from_agent(type(message).__struct_config__.tag) for message in FROM_AGENT)  # type: ignore[arg-type]
    assert not m.is_type_from_agent("granted")


@pytest.mark.parametrize("text", ["[" * 60_000, '{"type":"watch","on":true,"x":' + "[" * 30_000 + "]" * 30_000 + "}"])
def test_brackets_by_the_thousand_are_no_message(text: str) -> None:
    """Whoever sends them, to either side, has sent something malformed and nothing worse."""
    for decode in (m.decode_from_agent, m.decode_from_relay):
        with pytest.raises(m.InvalidMessageError):
            decode(text)
