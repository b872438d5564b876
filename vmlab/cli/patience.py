"""What takes longer than a moment says so."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

PATIENCE_S = 1.0


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Tell on stderr what takes so long, once it has taken a second; only in a terminal.

    Parameters
    ----------
    what : str
        Such as ``"Reading fleet.yaml"``.
    """
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    shown = Progress(*columns, console=console, transient=True)
    shown.add_task(escape(what), total=None)
    timer = threading.Timer(PATIENCE_S, shown.start)
    timer.daemon = True
    if console.is_terminal:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if console.is_terminal:
            timer.join()
        if shown.live.is_started:
            shown.stop()
