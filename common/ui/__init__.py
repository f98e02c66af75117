"""What both agents' windows share (Qt)."""
