"""The public port: TLS, the request's head, the upgrade to a WebSocket, and four small answers.

`factory` lets connections in, `http_connection` is one of them, `exchange` one request on it and its answer. `routes` says
which handler answers a path, `enrolment_handlers` has all of them; `public_port` is what is behind the port and its rules.
`metrics` has a listener of its own. Whatever a WebSocket carries is somebody else's: legs are the data plane's, messages
are the matching service's.
"""
