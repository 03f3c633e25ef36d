"""Proof that an index on a disk keeps its promises: processes killed, calls that fail, bits that flip, many at once."""
