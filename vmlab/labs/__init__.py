"""The labs: one file each, named like its notebook."""
