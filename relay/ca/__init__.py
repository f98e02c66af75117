"""The organisation's certificate authority: a process of its own that talks to the relay through a mailbox.

Read `mailbox` first (all that either side knows of the other), then `authority` (what is signed, and what is refused),
`registrar` (what the operator orders) and `process` (the loop of `serve`). `folder` is what outlives the process,
`issuing` what stands in a certificate, `cli` the program `tasuki-ca`. The relay's side is `client` and `renewal`: they
are all of this package that the relay's process loads.
"""
