"""The helper's side: the queue of requests, the viewer it starts, and the viewer front before it."""
