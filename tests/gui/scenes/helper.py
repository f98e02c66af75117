"""The helper's windows."""
