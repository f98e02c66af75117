"""Pure: who may do what, the queue, a request's life, tickets and the pairing of legs. No socket, clock or database.

To read in this order: `records` (what is remembered), `life` and `requests` (a request from asking to over; its inputs are
`request_inputs`), `queue` and `permissions` (who waits where, who may take it), `accounts` (everybody, in memory),
`availability` and `changes` (what lists show), `tickets` and `pairing` (legs), `admission` and `token_bucket` (how much of
anything), `storing` and `ports` (what is asked of a store, and of other rooms).
"""
