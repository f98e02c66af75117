"""The relay: what agents connect to, and what hands a user's request on to a helper without reading the session.

To read in this order: `core` (pure: who may do what, and a request's life), `matching` (who is connected and waits for
whom), `web` (the public port), `dataplane` (legs and their splice), `store` (records), `ca` (certificates, a process of its
own), `admin` (what operators order), `app` (all of it put together, and started) and `cli` with `commands`. `folder`,
`settings` and `initialise` are about the folder that a relay lives in.
"""
