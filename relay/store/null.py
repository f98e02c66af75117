"""A store in memory that keeps the whole contract but the disk, for tests."""
