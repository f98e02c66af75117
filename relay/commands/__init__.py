"""What `tasuki-relay` can be told about people and records.

`people` and `records` are the commands, `asked` and `tables` options and CSV. Most give an order to the running relay, or to its
folder: `shared` how that is done and what came of it printed, `offline` what is done where no relay runs; the orders themselves are in
relay.admin.orders. `history` asks no relay: it reads the records itself.
"""
