"""What operators can order, and how an order gets to a running relay. The one service layer of whoever administers it.

To read in this order: `orders` (each order by its name and arguments), `lookup`, `people`, `access` and `service` (what each one does), `dispatch` (an order
to its method, its result to JSON), `socket` (where a running relay is given orders) and `client` (the other end of it).
`enrolment` is what the CA's answers do to accounts, which no operator orders.
"""
