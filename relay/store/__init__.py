"""The only place that knows SQL. What is asked of a store is in relay.core.storing.

To read in this order: `tables` (and the migrations that make them), `rows` (records to rows and back), `unit` (one unit
of work), `writer` (many units in a transaction), `chain` (the audit log's digests), `sql` (opens it all, and reads).
`null` keeps the same contract in memory, for tests.
"""
