"""Whatever a user gives as an argument or a variable arrives byte for byte, and none of it is executed."""

import json
import sys
from pathlib import Path

import pytest

from services.executor import launcher
from services.executor.launcher import command_file
from tests.executor.host_shell import HostShell, Run

LAUNCHER = Path(launcher.__file__).with_name("launcher.sh").read_text(encoding="utf-8")
ZEROS = "0" * 32
HOSTILE = [
    "", " ", "  two  blanks  ", "\t", "\n", "\n\n\n", "ends with a newline\n", "\nbegins with one", "a\r\nb",
    "'", "''", "'\\''", '"', '"; touch bad; "', "`touch bad`", "$(touch bad)",
    "${HOME}", "$HOME", "$$", "$?", "$'\\x41'",
    "\\", "\\\\", "a\\", "\\n", "%s%n", "-", "--", "-n", "-rf", "--help", "-oL", "=", "a=b", "*", "?", "[a-z]*", "~",
    "~root", "; touch bad", "& touch bad &", "| touch bad", "&& touch bad", "|| touch bad", "> bad", ">> bad",
    "< /etc/passwd",
    "<<EOF\n$(touch bad)\nEOF", "}", "{", "}\ntouch bad\n{", ")", "(",
    "fi", "esac", "done", "!", "!!", "#", "# comment",
    f"END_{ZEROS}", f"\nEND_{ZEROS}\ntouch bad\n", "@COMMAND@", "@COMMAND_END@", "@LAUNCH_END@",
    "\n@COMMAND_END@\ntouch bad\n",
    "\x1b[2J\x1b]0;title\x07", "\u202egnp.exe", "\u200b", "\ufeff", "\x01\x02\x7f", "\x08", "é", "e\u0301", "日本語",
    "😀", "\U0010ffff",
    "".join(map(chr, range(1, 0x300))), "x" * 60_000, "'" * 3_000, "\n" * 3_000, "é" * 10_000, LAUNCHER,
]  # fmt: skip
SAYS_ARGUMENTS = "import json, os, sys\nprint(json.dumps([os.fsencode(a).hex() for a in sys.argv[1:]]))\n"
SAYS_VARIABLES = "import json, os\nprint(json.dumps({k.hex(): v.hex() for k, v in os.environb.items()}))\n"


def python(host: HostShell, text: str) -> Path:
    return host.script(f"#!{sys.executable} -IS\n{text}", "says")


def printed(run: Run) -> object:
    run.start()
    return json.loads(run.follow().output)


def test_every_argument_arrives_byte_for_byte(run: Run) -> None:
    run.prepare(python(run.host, SAYS_ARGUMENTS), *HOSTILE)
    assert printed(run) == [value.encode().hex() for value in HOSTILE]
    assert not list(run.host.folder.rglob("bad"))


def test_every_variable_arrives_byte_for_byte(run: Run) -> None:
    variables = {f"VALUE_{number}": value for number, value in enumerate(HOSTILE)}
    run.prepare(python(run.host, SAYS_VARIABLES), variables=variables)
    seen = printed(run)
    assert isinstance(seen, dict)
    arrived = {name: seen[name.encode().hex()] for name in variables}
    assert arrived == {name: value.encode().hex() for name, value in variables.items()}
    assert not list(run.host.folder.rglob("bad"))


@pytest.mark.parametrize("name", ["it's", "two words", "-rf", "$(touch bad)", "a\nb", "日本語"])
def test_a_script_of_any_name_is_run(run: Run, name: str) -> None:
    run.prepare(run.host.script("echo done", name))
    assert run.start().output == b"done\n"
    assert not list(run.host.folder.rglob("bad"))


def test_an_argument_too_long_for_the_machine_fails_as_a_script_that_cannot_run(run: Run) -> None:
    run.prepare(run.host.script("touch ran"), "x" * 200_000)
    run.start()
    assert run.status().report.exit_status in {126, 127}
    assert not (run.host.home / "ran").exists()


def test_the_script_learns_its_run_and_where_the_result_goes(run: Run) -> None:
    run.prepare(run.host.script('echo "$MEDPRO_RUN_KEY $MEDPRO_RESULT_FILE $PYTHONUNBUFFERED"'))
    assert run.start().output.decode().split() == [run.key, str(run.directory / "result.json"), "1"]


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A;touch bad", "A\n", "É"])
def test_what_cannot_be_a_variable_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a variable"):
        command_file("/bin/true", [], {name: "value"}, "result.json")
