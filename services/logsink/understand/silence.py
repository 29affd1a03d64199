"""Lines that tell nothing of progress, whatever their digits are. A log repeats few shapes, and each is judged once.

Which digits a line has decides only what it tells, never whether it has the shape to tell anything: "Patient 17 of
clinic 4 imported" does not, nor does any other line of its shape, and hundreds a second are like it.
"""

from functools import lru_cache

from services.logsink.understand.bars import may_measure
from services.logsink.understand.counts import may_count
from services.logsink.understand.prefix import body_of
from services.logsink.understand.reading import LONGEST
from services.logsink.understand.readings import may_be_told

SHAPES = 4096


def is_silent(line: str) -> bool:
    """Of False nothing follows. The line is without colours."""
    return len(line) <= LONGEST and not line.startswith(_MARKS) and not _may_tell(body_of(line).translate(_FOLDED))


@lru_cache(maxsize=SHAPES)
def _may_tell(shape: str) -> bool:
    return may_measure(shape) or may_be_told(shape) or may_count(shape)


_MARKS = ("{", "::", "##")
_FOLDED = {ord(digit): "0" for digit in "123456789"}
