"""Lines that begin with what went wrong: an exception, or a word that says so ("Failed to insert row 9").

A count or a noun behind the word makes it a counter or a heading: "Errors: 0", "Failed rows: 3", "error_codes".
"""

import re

from services.logsink.understand.prefix import body_of


def level_of_failure(head: str) -> str | None:
    if _EXCEPTION.match(head) or _PYTHON_WARNING.search(head):
        return "WARNING" if not _EXCEPTION.match(head) else "ERROR"
    body = body_of(head)
    return "ERROR" if _FAILURE.match(body) or _COMPLAINT.search(body) else None


_PYTHON_WARNING = re.compile(r"(?:^|\d: )[A-Z]\w{0,40}Warning: ")
_EXCEPTION = re.compile(
    r"(?:\[[\w./-]{1,40}\] )?(?:[\w$]{1,60}[.\\:]{1,2}){0,12}[A-Za-z_$][\w$]{0,80}"
    r"(?:Error|Exception|Failure|Fault|Interrupt)(?:$|: |\s\[|\s\()"
    r"|\*\* \([A-Z][\w.]{1,60}\) "
    r"|Traceback \(most recent call last\)|\s{0,8}\+ Exception Group Traceback|\s{0,40}╭─+ Traceback"
    r"|Exception in thread|Un(?:caught|handled) \w|panic: |thread '[^']{0,80}' panicked|(?:PHP )?Fatal error"
    r"|Segmentation fault|Out of memory|Killed$|Aborted(?: \(|$)|ORA-\d{5}|SQLSTATE\[|Msg \d+, Level 1[1-9]"
    r"|[\w./-]{1,60}: Got error|Caused by: |mysqldump: Error|ERROR \d|rake aborted!"
    r"|[\w./-]{1,80}:\d{1,6}:in [`'][^\n]{0,160}\([A-Z]\w{0,60}(?:Error|Exception)\)$"
)
_IN = r"(?:[a-z]{2,20}ing|to|in|on|at|while|when|during|with|from|reading|for|of)"
_EM = r"(?:ao|aos|à|na|no|nas|nos|em|durante|al|en|de|del|lors|beim|bei|à)"
_FAILURE = re.compile(
    r"(?:[\w./-]{1,40}: (?:\(\d{1,4}\) |line \d{1,6}: )?)?(?:"
    rf"(?:Failed|failed|FAILED|Failure|failure) {_IN}\b(?! \d)"
    rf"|(?:Error|error) {_IN}\b|(?:Erro|erro|Falha|falha|Falhou|Error|Fallo|Erreur|Fehler|Errore) {_EM}\b"
    r"|(?:Could ?n[o']t|could ?n[o']t|Could not|could not|Cannot|cannot|Can't|can't|Unable|unable) (?:to )?[a-z]"
    r"|(?:Não foi possível|Nao foi possivel|No se pudo|Konnte nicht|Impossible de|Échec) "
    r")"
)
_COMPLAINT = re.compile(
    r"^[\w./-]{1,60}: (?:.{1,160}: )?(?:command not found|not found|No such file or directory|Permission denied|"
    r"Connection refused|No space left on device)\s*$"
    r"|(?:^|: )(?:Segmentation fault|Bus error|Killed|Aborted)\b.{0,20}(?:\(core dumped\)|$)|^DBD::\S{1,60} \w+ failed:"
)
