"""The level of a line, as the loggers of many languages say it."""

import pytest

from services.logsink.understand import Reader
from services.logsink.understand.levels import level_of

SAID = {
    "2026-01-01 12:00:00,123 ERROR import: no": "ERROR",
    "ERROR:root:no": "ERROR",
    "2026-01-01 12:00:00.123 | WARNING  | app:run:7 - slow": "WARNING",
    "2026-01-01 12:00:00 [error    ] no                 patient=7": "ERROR",
    "import.py:3: DeprecationWarning: old": "WARNING",
    "2026-01-01 12:00:00.000  WARN 123 --- [main] c.e.Import : ERROR codes are old": "WARNING",
    "12:00:00,123 ERROR [main] com.example.Import - no": "ERROR",
    "SEVERE: no": "ERROR",
    "FINE: details": "DEBUG",
    "java.lang.IllegalStateException: no": "ERROR",
    "error: no": "ERROR",
    "npm ERR! code E404": "ERROR",
    "npm warn deprecated": "WARNING",
    "TypeError: no such patient": "ERROR",
    '{"level":50,"time":1,"msg":"no"}': "ERROR",
    '{"level":"warn","msg":"slow"}': "WARNING",
    '{"t":{"$date":"2026"},"s":"E","c":"NETWORK"}': "ERROR",
    '{"@l":"Error","@m":"no"}': "ERROR",
    '{"msg":"error","severity":"INFO"}': "INFO",
    "PHP Warning:  Undefined variable $x in import.php on line 3": "WARNING",
    "PHP Fatal error:  Uncaught Exception: no in import.php:3": "CRITICAL",
    "[2026-01-01 12:00:00] local.ERROR: no {}": "ERROR",
    " [ERROR] no": "ERROR",
    "E, [2026-01-01T12:00:00.123 #7] ERROR -- : no": "ERROR",
    "D, [2026-01-01T12:00:00.123 #7] DEBUG -- : details": "DEBUG",
    'time="2026-01-01T12:00:00Z" level=warning msg=slow': "WARNING",
    "WARN[0001] slow": "WARNING",
    "E0101 12:00:00.123456       1 main.go:7] no": "ERROR",
    "2026-01-01T12:00:00.000Z\tERROR\tmain.go:7\tno": "ERROR",
    "12:00AM WRN slow": "WARNING",
    "panic: no": "CRITICAL",
    "fail: Importer.Patients[0]": "ERROR",
    "dbug: Importer.Patients[0]": "DEBUG",
    "[12:00:00 ERR] no": "ERROR",
    "Unhandled exception. System.InvalidOperationException: no": "ERROR",
    "<11>Jan  1 12:00:00 host import: no": "ERROR",
    "Jan  1 12:00:00 host import[7]: error: no": "ERROR",
    "2026/01/01 12:00:00 [error] 1#0: no": "ERROR",
    "2026-01-01 12:00:00 UTC [7] FATAL:  no": "CRITICAL",
    "psql:load.sql:1: ERROR:  no": "ERROR",
    "ERROR 1045 (28000): Access denied": "ERROR",
    "mysqldump: [Warning] Using a password": "WARNING",
    "rsync error: some files": "ERROR",
    "fatal: not a git repository": "CRITICAL",
    "load.c:1:2: error: no": "ERROR",
    "::error file=a::no": "ERROR",
    "##[warning]slow": "WARNING",
    "Erro: falhou": "ERROR",
    "AVISO: lento": "WARNING",
    "❌ no": "ERROR",
    "Failed to insert row 9": "ERROR",
    "2026-01-01 12:00:00 Failed to insert row 9": "ERROR",
    "Erro ao importar paciente 88: CPF duplicado": "ERROR",
    "[10:00:14] Falha ao gravar paciente 99": "ERROR",
    "Could not connect to database": "ERROR",
    "Erreur : connexion perdue": "ERROR",
    "curl: (7) Failed to connect to 127.0.0.1 port 1": "ERROR",
    "bash: line 1: nosuch: command not found": "ERROR",
    "ls: cannot access '/nope': No such file or directory": "ERROR",
    "Segmentation fault (core dumped)": "ERROR",
    "[2026-01-01 12:00:00,123: ERROR/ForkPoolWorker-1] Task x": "ERROR",
    "2026-01-01 event='insert' level='error'": "ERROR",
    "1.7155e+09\terror\tzap console": "ERROR",
    "[Sun May 12 10:00:00 2026] [core:error] [pid 12] AH00126": "ERROR",
    "E: Unable to locate package x": "ERROR",
    "W: Some index files failed": "WARNING",
    "\ufeffERROR: after a byte order mark": "ERROR",
    "** (RuntimeError) boom": "ERROR",
    "/app/m.rb:3:in `run': undefined method `name' (NoMethodError)": "ERROR",
}
UNSAID = [
    "0 errors found",
    "Errors: 5",
    "ERROR: 0",
    "imported without error",
    "no error: all fine",
    "Warnings: 3",
    "errors=0",
    "failed: 3",
    "stderr is quiet",
    "the ERRORS table was copied",
    "Terror Island patients",
    "https://example.org/error/",
    "warning_count = 3",
    "INSERT INTO log VALUES ('ERROR', 'x')",
    "log level set to ERROR",
    "ERROR COUNT: 0",
    "Failed rows: 3",
    "Failed: 10",
    "❌ Failed: 10",
    "⚠️ Skipped: 8",
    "error_codes.csv copied",
    "Error messages were translated",
]


@pytest.mark.parametrize("line", SAID)
def test_a_line_has_the_level_that_it_says(line: str) -> None:
    assert level_of(line) == SAID[line]


@pytest.mark.parametrize("line", SAID)
def test_the_scan_over_many_lines_misses_no_level(line: str) -> None:
    assert _levels([*["ordinary line"] * 20, line])[-1] == SAID[line]


@pytest.mark.parametrize("line", UNSAID)
def test_a_word_in_a_sentence_or_a_count_is_no_level(line: str) -> None:
    assert level_of(line) is None


BLOCKS = {
    "python": [
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in <module>',
        '    raise ValueError("INFO")',
        "ValueError: no",
        "",
        "During handling of the above exception, another exception occurred:",
        "",
        "Traceback (most recent call last):",
        '  File "a.py", line 3, in <module>',
        "KeyError: 7",
    ],
    "java": [
        "2026-01-01 12:00:00 ERROR Import - no",
        "java.lang.IllegalStateException: no",
        "\tat a.B.c(B.java:7)",
        "Caused by: java.io.IOException: gone",
        "\tat a.B.d(B.java:9)",
        "\t... 7 more",
    ],
    "javascript": ["TypeError: no", "    at load (import.js:2:25)", "    at Object.<anonymous> (import.js:3:1)"],
    "php": [
        "PHP Fatal error:  Uncaught Exception: no in import.php:3",
        "Stack trace:",
        "#0 import.php(7): load()",
        "#1 {main}",
        "  thrown in import.php on line 3",
    ],
    "dotnet": [
        "Unhandled exception. System.Exception: no",
        "   at Import.Load() in Import.cs:line 7",
        "--- End of stack trace ---",
    ],
    "go": ["panic: no", "", "goroutine 1 [running]:", "main.load(...)", "\tmain.go:7 +0x1d", "exit status 2"],
    "ruby": ["RuntimeError: no", "\tfrom import.rb:7:in `load'"],
    "rails": ["rake aborted!", "StandardError: no", "/app/import.rb:7:in `load'", "Tasks: TOP => db:migrate"],
    "postgresql": [
        "2026-01-01 12:00:00 UTC [1] ERROR:  duplicate key",
        "2026-01-01 12:00:00 UTC [1] DETAIL:  Key (id)=(1) already exists.",
        "2026-01-01 12:00:00 UTC [1] STATEMENT:  insert into p values(1)",
        "LINE 1: insert into p",
    ],
    "rust": ["thread 'main' panicked at src/main.rs:3:5:", "boom", "note: run with `RUST_BACKTRACE=1`"],
    "zap": ["2026-01-01T12:00:00Z\tERROR\tmain.go:7\tno", "main.load", "\t/app/main.go:7"],
    "loguru": [
        "2026-01-01 12:00:00.1 | ERROR    | app:run:7 - no",
        "Traceback (most recent call last):",
        "",
        '> File "a.py", line 1, in <module>',
        "    raise ValueError",
        "          └ 7",
        "ValueError: no",
    ],
    "rich": ["╭──── Traceback (most recent call last) ────╮", "│ a.py:1 in <module> │", "╰───────╯", "KeyError: 7"],
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_stack_trace_is_one_block_however_it_is_cut(name: str) -> None:
    lines = BLOCKS[name]
    assert set(_levels(["INFO start", *lines])[1:]) <= {"ERROR", "CRITICAL"}
    reader = Reader.new()
    for line in lines:
        reader = Reader.load(reader.save())
        assert [line.level in ("ERROR", "CRITICAL") for line in reader.feed(f"{line}\n".encode()).lines] == [True]
    assert _summary(reader)["errors"] == (2 if name == "python" else 1) - (name == "python")


def test_a_blank_line_does_not_end_an_error_that_its_exception_follows() -> None:
    lines = [
        "2026-01-01 ERROR Import - no",
        "",
        "java.lang.IllegalStateException: no",
        "\tat a.B.c(B.java:7)",
        "",
        "fine",
    ]
    reader = Reader.new()
    levels = [line.level for line in reader.feed("".join(f"{line}\n" for line in lines).encode()).lines]
    assert (levels, _summary(reader)["errors"]) == (["ERROR", "INFO", "ERROR", "ERROR", "INFO", "INFO"], 1)


def test_after_the_block_lines_are_ordinary_again() -> None:
    assert _levels([*BLOCKS["python"], "going on", "  indented"])[-2:] == ["INFO", "INFO"]
    assert _levels([*BLOCKS["java"], "2026-01-01 12:00:00 INFO on"])[-1] == "INFO"


def test_the_indented_rest_of_a_warning_belongs_to_it() -> None:
    assert _levels(["warn: Importer[7]", "      two lines", "info: Importer[7]", "      fine"]) == [
        "WARNING",
        "WARNING",
        "INFO",
        "INFO",
    ]


def _levels(lines: list[str]) -> list[str]:
    return [line.level for line in Reader.new().feed("".join(f"{line}\n" for line in lines).encode()).lines]


def _summary(reader: Reader) -> dict[str, object]:
    return reader.summary(outcome="succeeded", exit_status=0, reason=None, result_json=None)
