"""Matching: who is connected, who waits for whom, and what becomes of each request. Knows no HTTP, TLS or SQL.

To read in this order: `ports` (what is handed in), `service` (what goes in and out), `agent_connection` (one agent, from
hello to its end; `authentication` is what proves who it is), `handlers` and `session_handlers` (what each message does), `open_requests` (one
transition at a time, by relay.core.requests; `recorder` writes it), `hub` (what is known now, and what a transition sets
going). `connections`, `helper_presence`, `helper_list` and `queue_list` are the hub's parts, `services` what all share.
"""
