"""What an operator hears where the store failed an order, or could not be opened."""

from common.host.errors import TasukiError
from relay.admin.orders import OrderError
from relay.core.storing import (
    DriverMissingError,
    SchemaError,
    StoreBehindError,
    StoreDamagedError,
    StoreError,
    StoreTakenError,
    WriteRefusedError,
)


def order_error(error: StoreError, *, writing: bool) -> OrderError:
    """The sentence for it; `writing`: whether the order was to change something, which was not done then."""
    if isinstance(error, StoreDamagedError):
        return OrderError("relay_store_damaged", detail=error)
    if isinstance(error, StoreTakenError):
        return OrderError("relay_store_taken", detail=error)
    if isinstance(error, StoreBehindError):
        return OrderError(_behind(error), row=error.row, found=error.found)
    if isinstance(error, WriteRefusedError):
        return OrderError("order_refused", detail=error)
    return OrderError("order_unwritable" if writing else "order_unreadable", detail=error)


def store_failure(error: StoreError) -> TasukiError:
    """What an operator reads where the records cannot be opened or used."""
    match error:
        case StoreDamagedError():
            return TasukiError("relay_store_damaged", detail=error)
        case StoreTakenError():
            return TasukiError("relay_store_taken", detail=error)
        case StoreBehindError():
            return TasukiError(_behind(error), row=error.row, found=error.found)
        case DriverMissingError():
            return TasukiError("relay_store_driver", detail=error)
        case SchemaError():
            code = "relay_store_newer" if error.newer else "relay_store_older"
            return TasukiError(code, found=error.found or "–", wanted=error.wanted)
        case _:
            return TasukiError("relay_store_unusable", detail=error)


def _behind(error: StoreBehindError) -> str:
    return "relay_store_behind" if error.found < error.row else "relay_store_strayed"
