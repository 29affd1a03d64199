"""Understands the output of a script that it has never seen: lines, levels, progress, result. No I/O."""

from services.logsink.understand.reader import Reader
from services.logsink.understand.shapes import Line, Progress, Update

__all__ = ["Line", "Progress", "Reader", "Update"]
