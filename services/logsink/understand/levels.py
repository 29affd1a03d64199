"""The level that one line says it has.

The first level word in a place where loggers put it decides; words in a sentence ("0 errors") do not.
"""

import re
from typing import Any

import msgspec

from services.logsink.understand.failures import level_of_failure

ORDER = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def level_of(line: str) -> str | None:
    """None: the line says nothing about its level."""
    return stated_level(line) or level_of_failure(line[:_HEAD].lstrip("\ufeff"))


def stated_level(line: str) -> str | None:
    """As a logger writes it, and not told from what went wrong."""
    head = line[:_HEAD].lstrip("\ufeff")
    if head.startswith("{"):
        return _level_of_json(line)
    common = _COMMON.match(head)
    if common and not _IS_COUNT.match(head, common.end(1)):
        return WORDS[common.group(1)]
    return _level_of_mark(head) or _level_of_word(head)


def _level_of_json(line: str) -> str | None:
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    level = next((record[key] for key in _JSON_KEYS if key in record), None)
    if isinstance(level, dict):
        level = level.get("name") or level.get("level")
    if level is None and isinstance(record.get("log"), dict):
        level = record["log"].get("level")
    return _level_of_value(level)


def _level_of_value(level: Any) -> str | None:
    if isinstance(level, str):
        name = level.strip().upper()
        return WORDS.get(name) or {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL"}.get(
            name, "DEBUG" if re.fullmatch("D[1-5]?", name) else None
        )
    if isinstance(level, int) and not isinstance(level, bool):
        if level < 8:
            return _syslog(level)
        return ORDER[min(max(level // 10 - 2, 0), 4)]  # bunyan and pino: 10 trace, 20 debug, 30 info … 60 fatal
    return None


def _level_of_mark(head: str) -> str | None:
    mark = _MARK.match(head)
    if mark is None:
        found = _FIELD.search(head)
        return WORDS.get(found.group(1).upper()) if found else None
    kind, value = mark.lastgroup, mark.group(mark.lastgroup or 0)
    if kind == "priority":
        return _syslog(int(value) & 7) if int(value) < 192 else None
    if kind == "symbol":
        if _IS_SUMMARY.match(head, mark.end()):
            return None
        return "WARNING" if value == "⚠" else "ERROR"
    if kind in ("letter", "apt"):
        return {"I": "INFO", "W": "WARNING", "E": "ERROR", "F": "CRITICAL", "D": "DEBUG", "N": "INFO"}[value]
    return WORDS.get(value.upper())


def _level_of_word(head: str) -> str | None:
    for pattern in (_UPPER, _LABELLED):
        for found in pattern.finditer(head):
            start, end = found.span(found.lastindex or 0)
            if not _DENIED.search(head, max(0, start - 12), start) and not _IS_COUNT.match(head, end):
                return WORDS[head[start:end].upper()]
    return None


def _syslog(severity: int) -> str:
    return ("CRITICAL", "CRITICAL", "CRITICAL", "ERROR", "WARNING", "INFO", "INFO", "DEBUG")[severity]


_HEAD = 200  # a level stands at the start of a line
_JSON_KEYS = (
    "level", "levelname", "severity", "lvl", "log.level", "loglevel", "logLevel", "log_level", "level_name",
    "@l", "Level", "LogLevel", "severityText", "severity_text", "s", "priority",
)  # fmt: skip
_BY_LEVEL = {
    "DEBUG": "DEBUG TRACE VERBOSE FINE FINER FINEST SILLY DBG DBUG TRC TRCE VRB DEBU TRAC NOTSET",
    "INFO": "INFO NOTICE INF INFORMATION INFORMATIONAL NOTE CONFIG LOG SUCCESS HINT DETAIL STATEMENT",
    "WARNING": "WARN WARNING WRN DEPRECATED AVISO ADVERTENCIA ADVERTÊNCIA ATENÇÃO AVERTISSEMENT WARNUNG AVVISO",
    "ERROR": "ERROR ERR ERRO SEVERE FAIL EROR ERREUR FEHLER ERRORE FALHA",
    "CRITICAL": "CRITICAL CRIT FATAL EMERG EMERGENCY ALERT PANIC FTL FATA PANI DPANIC",
}
WORDS = {word: level for level, words in _BY_LEVEL.items() for word in words.split()}
_ALL = "|".join(sorted(WORDS, key=len, reverse=True))
_LOWER = "|".join(
    sorted({word for word in WORDS if word not in {"LOG", "DETAIL", "HINT", "NOTE", "CONFIG", "FINE", "SUCCESS"}},
           key=len, reverse=True)
)  # fmt: skip
_MARK = re.compile(
    r"<(?P<priority>\d{1,3})>"
    r"|::(?P<command>error|warning|notice|debug)(?: [^:]*)?::"
    r"|##(?:vso\[task\.logissue type=|\[)(?P<azure>error|warning|debug)[;\]]"
    r"|(?P<letter>[IWEF])\d{4} \d\d:\d\d:\d\d|(?P<ruby>[DIWEF]), \[(?!\d{4}-)|(?P<apt>[WEN]): "
    r"|(?P<logrus>ERRO|WARN|INFO|DEBU|FATA|PANI|TRAC)\[\d"
    r"|npm (?P<npm>ERR|WARN|error|warn)\b"
    r"|\s{0,8}(?P<symbol>[❌✖✗✘⛔⚠])\ufe0f?"
)
_COMMON = re.compile(r"[\d:., TZ+\[\]|/-]{0,40}\b(DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL)[\s\]|:](?!\s?\d)")
_FIELD = re.compile(r"(?:^|[\s,{])(?:level|lvl|severity|loglevel)=[\"']?(\w{1,13})", re.IGNORECASE)
_UPPER = re.compile(rf"(?:^|[\s\[\](|<>:.=/-]|[=:] ?[\"'])({_ALL})(?=$|[\s\])|>:,.!-]|[\"'](?!, )|/[A-Z]\w|\+\d)")
_LABELLED = re.compile(
    r"(?:(?:^|[\])|>:;.,-] {0,3}|\d {1,3}|^(?:[\w./-]{1,40} ){1,3})(?:PHP |Uncaught |Fatal |Parse |Unhandled )?"
    rf"(?={_LOWER})({_LOWER})(?: error)?(?:\[\w{{1,12}}\])?(?= ?[:!]))"
    rf"|[\[(<](?:\w{{1,30}}:)?(?={_LOWER})(?P<bracketed>{_LOWER}) {{0,6}}[\])>]"
    rf"|^[\d.e+:TZ-]{{8,40}}\t(?={_LOWER})(?P<tabbed>{_LOWER})\t",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:(?:^|\s)0|\b[Nn]o|\bNO|\bwithout|\bsem|\bzero|\b(?:to|as|is|was|an?|the|of|status|state|level)) $"
)
_IS_COUNT = re.compile(r"(?: (?:COUNT|COUNTS|TOTAL|count|total|rate|code))?\s*[:=]\s*\d[\d.,]*\s*(?:$|[,;|)])")
_IS_SUMMARY = re.compile(r"\s{0,3}(?:[^\W\d_]{2,30} ){0,4}[^\W\d_]{2,30}\s?[:=]\s?\d[\d.,]*\s*(?:$|[,;|)/])")
