"""The only place that knows SQL. What is asked of a store is in relay.core.storing.

To read in this order: `tables` (and the migrations that make them), `rows` (records to rows and back), `unit` (one unit
of work), `writer` (many units in a transaction), `chain` (the audit log's digests), `engines` (connections), `schema` (the
tables' revision), `owner` (one who writes, on PostgreSQL), `sql` (opens it all, and reads), `reading`
(much at a time, in processes of their own), `inspection` (looks, and changes nothing).
`null` keeps the same contract in memory, for tests.
"""
