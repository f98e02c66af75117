"""What an operator hears where the store failed an order."""

from relay.admin.orders import OrderError
from relay.core.storing import StoreDamagedError, StoreError, WriteRefusedError


def order_error(error: StoreError, *, writing: bool) -> OrderError:
    """The sentence for it; `writing`: whether the order was to change something, which was not done then."""
    if isinstance(error, StoreDamagedError):
        return OrderError("relay_store_damaged", detail=error)
    if isinstance(error, WriteRefusedError):
        return OrderError("order_refused", detail=error)
    return OrderError("order_unwritable" if writing else "order_unreadable", detail=error)
