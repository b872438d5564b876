"""How long a migration takes and how much it sends.

Each part is imported from its own file: an estimate needs no films.
"""
