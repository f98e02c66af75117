"""What the settings want kept for so many days only goes by itself."""

from dataclasses import replace
from datetime import timedelta

from common.protocol.messages import Mode, Request, ToAnyone
from common.protocol.reasons import Why
from relay.core import requests
from relay.core.records import Kept, RequestState
from relay.retention import PART, Retention
from relay.settings import RetentionSection
from relay.store.null import NullStore
from tests.support.clock import START
from tests.support.people import ANNA, participant, put_account
from tests.unit.relay.store.test_retaining import request


async def test_each_kind_by_its_days() -> None:
    """Topics after a day, notes after three, computers never; however many there are."""
    store, now = NullStore(), START + timedelta(days=5)
    await store.write(lambda unit: put_account(unit, ANNA))
    for number in range(1, 6):
        await store.write(lambda unit, number=number: unit.put_request(request(number)))  # type: ignore[misc]
    retention = Retention(store=store, settings=RetentionSection(topics=1, notes=3), clock=lambda: now)
    assert await retention.turn() == {Kept.TOPICS: 3, Kept.NOTES: 1, Kept.COMPUTERS: 0}
    assert await retention.turn() == dict.fromkeys(Kept, 0)
    assert {int(one.identifier, 16) for one in await store.requests(limit=9) if one.topic} == {4, 5}
    assert all(one.inventory for one in await store.requests(limit=9))


async def test_more_than_a_part() -> None:
    """Every one goes in one turn."""
    store = NullStore()
    await store.write(lambda unit: put_account(unit, ANNA))
    for number in range(PART + 3):
        message = Request(request=f"{number:032x}", to=ToAnyone(), mode=Mode.VIEW, topic="t")
        record = requests.ask(user=participant(ANNA), message=message, now=START).life.request
        over = replace(record, state=RequestState.OVER, over_at=START, why=Why.CANCELLED)
        await store.write(lambda unit, over=over: unit.put_request(over))  # type: ignore[misc]
    retention = Retention(store=store, settings=RetentionSection(topics=1), clock=lambda: START + timedelta(days=2))
    assert (await retention.turn())[Kept.TOPICS] == PART + 3


async def test_without_a_setting_nothing_goes() -> None:
    """It ends at once."""
    await Retention(store=NullStore(), settings=RetentionSection(), clock=lambda: START).keep()
