"""RFB without a socket: both faces of the handshake, the messages of both directions, and the filter."""
