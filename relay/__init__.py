"""The relay: app (composition root) and cli, over core (pure), store, web, dataplane, bus and ca."""
