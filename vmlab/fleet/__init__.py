"""Many virtual machines at once: which can go where."""
