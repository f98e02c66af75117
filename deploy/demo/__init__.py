"""A whole Tasuki on one machine, in a temporary folder: the demo, and the ground that tests with real processes stand on.

`programs` starts processes and listens to them, `organisation` sets up CA and relay and enrols people, `desktop` is a
screen without a monitor, `check` looks at the viewer page without a person, `__main__` is `make demo`.
"""
