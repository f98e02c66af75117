"""Legs and the splice between two of them."""
