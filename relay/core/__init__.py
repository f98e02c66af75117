"""Pure: who may do what, the queue, a request's life, tickets and the pairing of legs."""
