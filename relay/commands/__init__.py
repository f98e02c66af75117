"""What `tasuki-relay` can be told about people and records: each an order to the running relay, or to its folder.

`people` and `records` are the commands, `shared` how each gives its order and prints what came of it, `offline` what is done
where no relay runs. The orders themselves are in relay.admin.orders.
"""
