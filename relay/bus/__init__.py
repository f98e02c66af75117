"""How relay nodes tell each other; with one node, in process."""
