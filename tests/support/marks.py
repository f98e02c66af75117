"""Marks of tests that a system cannot run."""

import sys

import pytest


def needs(*calls: str) -> pytest.MarkDecorator:
    """Windows has none of these calls; each is named as Python or C knows it, for whoever counts what is left out there."""
    return pytest.mark.skipif(sys.platform == "win32", reason=f"not on Windows: {', '.join(calls)}")
