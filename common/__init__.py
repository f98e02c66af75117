"""What both sides of a wire must agree on: protocol (pure), host, net, agent, ui, each importing only those before it."""
