"""The front door: TLS, the request's head, REST and pages, the matching endpoint."""
