"""Plain data to pixels, clicks to messages."""

from vmlab.widgets.panel import Panel

__all__ = ["Panel"]
