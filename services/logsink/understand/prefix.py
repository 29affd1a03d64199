"""What loggers put in front of a line: time, level, thread, host."""

import re
from functools import lru_cache


@lru_cache(maxsize=1)  # a line is asked for it by all that may read it, one after another
def body_of(line: str) -> str:
    """Without the time, level and the like that a logger puts in front."""
    return line[_PREFIX.match(line).end() :]  # type: ignore[union-attr]  # it matches everywhere


_PREFIX = re.compile(
    r"(?:\s{0,8}(?:\[?\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?)?"
    r"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d)(?![\w]))?\]?"
    r"|\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?[AP]M)?\]?"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,60} \S{1,60}\[\d{1,9}\]:"
    r"|\[?(?:DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|INF|DBG|info|debug|warn)\s{0,5}\]?(?![\w])(?::[\w.]{1,60}:)?:?"
    r"|(?<=[\d\]OGEN]) {0,3}[-|](?= )"
    r"|\[(?:main|[\w.-]{0,40}(?:thread|pool|Thread|Pool)[\w.-]{0,40}|[a-z][\w]{0,30}(?:\.[\w]{1,40}){1,6})\]:?"
    r"))*\s*"
)
