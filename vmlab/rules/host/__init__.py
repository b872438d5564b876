"""Rules on hosts and their adapters."""
