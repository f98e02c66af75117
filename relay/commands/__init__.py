"""What `tasuki-relay` can be told about people and records: each an order to the running relay, or to its folder."""
