"""The only place where bytes meet a socket: dialling, TLS, WebSocket in both roles, end-to-end TLS over a leg."""
