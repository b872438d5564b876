"""The catalogue of rules, to be browsed in a notebook."""

from __future__ import annotations

from vmlab.documents import InputError, Problem
from vmlab.inventory.profile import Profile
from vmlab.rules.catalogue import RULES
from vmlab.views.catalogue import catalogue, catalogue_html, catalogue_text, find
from vmlab.widgets.catalogue import CatalogueTable


def browse(profile: str | None = None, search: str = "") -> CatalogueTable:
    """Every rule in a table, with a search, filters and a page each.

    Parameters
    ----------
    profile : str, optional
        Whose severities to begin with, such as ``"vsphere-8.0"``; the guide's
        where left out.
    search : str, optional
        Words to begin with: each must occur in a rule's id, title, fault or
        reason.

    Returns
    -------
    CatalogueTable
        A widget, with a text and an HTML form beside it.

    Raises
    ------
    InputError
        There is no such profile.
    """
    known = [each.value for each in Profile]
    if profile is not None and profile not in known:
        remedy = f"One of: {', '.join(known)}"
        raise InputError(profile, [Problem("there is no such profile", remedy)])
    first = Profile(profile) if profile else Profile.GUIDE_40
    return CatalogueTable(_tell, catalogue=catalogue(RULES), profile=first.value, search=search)


def _tell(profile: str, search: str) -> tuple[str, str]:
    """The forms without a kernel of what the widget began with."""
    found, of = find(RULES, search), Profile(profile)
    return catalogue_text(found, of), catalogue_html(found, of)
