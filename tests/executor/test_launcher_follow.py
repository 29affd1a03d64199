"""Following: every byte from the offset on, an end soon after the script's, and then the result file."""

import time
from pathlib import Path

import pytest

from proto.runs import MAX_RESULT_BYTES
from tests.executor.host_shell import WAIT_S, HostShell, Pending, Run
from tests.servers import wait_until

WAITS = "touch ready; while [ ! -e go ]; do sleep 0.02; done; echo end"
PLAIN_TAIL = '#!/bin/sh\ncase $* in *--*) exit 1 ;; esac\nexec /usr/bin/tail "$@"\n'


@pytest.fixture
def without_gnu_tail(host: HostShell) -> None:
    """The host's tail knows no `--pid`; the launcher looks once a second then."""
    tail = host.bin / "tail"
    tail.unlink(missing_ok=True)
    tail.write_text(PLAIN_TAIL)
    tail.chmod(0o755)


def seconds_until_the_end(run: Run, pending: Pending) -> float:
    """From the recorded end of the script to the end of the stream."""
    (run.host.home / "go").touch()
    wait_until((run.directory / "exit").exists, "the script has ended", WAIT_S)
    since = time.monotonic()
    answer = pending.answer()
    assert answer.output.endswith(b"end\n")
    return time.monotonic() - since


def has_gnu_tail(host: HostShell) -> bool:
    return not (host.bin / "tail").exists()


def test_an_ended_log_is_read_from_the_offset(run: Run) -> None:
    run.launch("printf 0123456789")
    for offset in (0, 1, 4, 9, 10, 11):
        assert run.follow(offset).output == b"0123456789"[offset:]


def test_a_log_beyond_two_gigabytes_is_read_from_the_offset(run: Run) -> None:
    run.launch("printf begin")
    size = 3 * 1024**3
    with (run.directory / "log").open("r+b") as log:
        log.seek(size)
        log.write(b"end")
    assert run.follow(size).output == b"end"


def test_a_growing_log_is_read_from_the_offset_to_its_end(run: Run) -> None:
    run.launching(f"printf 0123456789; {WAITS}")
    following = run.host.send(run.launcher.follow(4))
    (run.host.home / "go").touch()
    assert following.answer().output == b"456789end\n"


def test_without_gnu_tail_a_growing_log_is_read_to_its_end(without_gnu_tail: None, run: Run) -> None:
    run.launching(f"printf 0123456789; {WAITS}")
    following = run.host.send(run.launcher.follow(4))
    (run.host.home / "go").touch()
    assert following.answer().output == b"456789end\n"


def test_a_large_log_arrives_whole(run: Run) -> None:
    answer = run.launch("i=0; while [ $i -lt 40 ]; do head -c 250000 /dev/zero; i=$((i + 1)); done")
    rest = run.follow(len(answer.output)).output
    assert len(answer.output) + len(rest) == run.status().report.size_bytes == 10_000_000


def test_the_stream_of_a_start_ends_soon_after_the_script(run: Run) -> None:
    pending = run.launching(WAITS)
    assert seconds_until_the_end(run, pending) < (1 if has_gnu_tail(run.host) else 3)


def test_the_stream_of_a_follow_ends_soon_after_the_script(run: Run) -> None:
    run.launching(WAITS)
    following = run.host.send(run.launcher.follow(0))
    assert seconds_until_the_end(run, following) < (1 if has_gnu_tail(run.host) else 3)


def test_bytes_are_passed_on_as_they_are(run: Run) -> None:
    every_byte = run.host.home / "bytes"
    every_byte.write_bytes(bytes(range(256)) * 300)
    assert run.launch("cat bytes").output == every_byte.read_bytes()


def result(run: Run, text: str) -> Path:
    run.launch(text)
    wait_until(lambda: run.status().state == "exited", "the script has ended", WAIT_S)
    return run.directory / "result.json"


def test_the_result_file_is_given_once_the_script_has_ended(run: Run) -> None:
    run.launching(f"""echo '{{"migrated":3}}' > "$MEDPRO_RESULT_FILE"; {WAITS}""")
    assert run.status().output == b""
    (run.host.home / "go").touch()
    run.follow()
    wait_until(lambda: run.status().state == "exited", "the script has ended", WAIT_S)
    assert run.status().output == b'{"migrated":3}\n'


def test_without_a_result_file_nothing_is_given(run: Run) -> None:
    assert not result(run, "exit").exists()
    assert run.status().output == b""


def test_of_a_huge_result_file_one_byte_more_than_allowed_is_given(run: Run) -> None:
    result(run, 'head -c 3000000 /dev/zero > "$MEDPRO_RESULT_FILE"')
    assert len(run.status().output) == MAX_RESULT_BYTES + 1


def test_a_result_file_that_is_a_fifo_holds_nobody(run: Run) -> None:
    result(run, 'mkfifo "$MEDPRO_RESULT_FILE"')
    assert run.status().output == b""
