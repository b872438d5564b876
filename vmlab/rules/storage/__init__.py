"""Rules on shared storage."""
