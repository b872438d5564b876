"""How long a migration takes and how much it sends."""

from vmlab.models.case import Case, case_names, load_case
from vmlab.models.estimate import Estimate, Round, estimate
from vmlab.models.exact import Exact, exact
from vmlab.models.film import Film, record

__all__ = [
    "Case",
    "Estimate",
    "Exact",
    "Film",
    "Round",
    "case_names",
    "estimate",
    "exact",
    "load_case",
    "record",
]
