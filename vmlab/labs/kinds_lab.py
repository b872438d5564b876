"""A lab in which every kind of move can be chosen, from the panel or from Python."""

from __future__ import annotations

from vmlab.inventory.path import Path
from vmlab.labs.lab import Lab
from vmlab.rules.report import Report


class KindsLab(Lab):
    """A lab whose move is chosen in words: VM, host, kind, datastore, format."""

    def choose(self, **wish: object) -> Report:
        """Choose a move, as the bar over *Migrate* does.

        Parameters
        ----------
        **wish
            vm, to, kind, datastore, disk_format, profile or seed; a datastore
            of None leaves the files where they are.

        Returns
        -------
        Report
            What the rules say of it.

        Raises
        ------
        InputError
            There is no such thing.
        """
        with self._lock:
            with self.session.all_or_nothing():
                self.session.choose(**wish)
            self._refresh()
        return self.report

    def set(self, path: Path, value: object) -> Report:
        """Set what stands at a path, as the forms of the picture do.

        Parameters
        ----------
        path : tuple of str
            Such as ``("vms", "demo01", "power_state")``.
        value : object
            What shall stand there; None removes it.

        Returns
        -------
        Report
            What the rules say now.

        Raises
        ------
        InputError
            It cannot stand there; nothing has changed.
        """
        with self._lock:
            with self.session.all_or_nothing():
                self.session.set(path, value)
            self._refresh()
        return self.report

    def reset(self) -> Report:
        """Return to the start, as *Reset* does."""
        with self._lock:
            self.session.reset()
            self._refresh()
        return self.report
