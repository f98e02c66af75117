"""The organisation's certificate authority: a process of its own that talks to the relay through a mailbox."""
