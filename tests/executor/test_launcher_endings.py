"""How a script ends, and what it finds around itself: no input, no terminal, nothing of the launcher left over."""

import pytest

from services.executor.launcher import Report
from tests.executor.host_shell import HostShell, Run
from tests.servers import wait_until

SECRET = "open-sesame-very-secret"
ENDINGS = {
    "exit 0": 0,
    "exit 1": 1,
    "exit 3": 3,
    "exit 255": 255,
    "kill -TERM $$": 143,
    "kill -KILL $$": 137,
    "ulimit -c 0; kill -SEGV $$": 139,
}


def ended(run: Run) -> Report:
    wait_until(lambda: run.status().state == "exited", "the script has ended", 10)
    return run.status().report


def test_every_exit_status_and_signal_arrives(host: HostShell) -> None:
    runs = [Run(host, key=f"run{number}") for number in range(len(ENDINGS))]
    for run, text in zip(runs, ENDINGS, strict=True):
        run.prepare(host.script(text, run.key))
    for pending in [run.starting() for run in runs]:
        pending.answer()
    assert [ended(run).exit_status for run in runs] == list(ENDINGS.values())


def test_the_script_reads_the_end_of_its_input(run: Run) -> None:
    assert run.launch("cat; readlink /proc/self/fd/0").output == b"/dev/null\n"


def test_a_script_that_closes_its_output_goes_on_to_its_end(run: Run) -> None:
    run.launch("echo last words; exec >&- 2>&-; sleep 0.3; touch went-on; exit 3")
    assert (ended(run).exit_status, ended(run).size_bytes) == (3, len("last words\n"))
    assert (run.host.home / "went-on").exists()


def test_a_child_that_keeps_the_output_does_not_hold_the_run(run: Run) -> None:
    answer = run.launch("sleep 30 & echo done")
    assert (answer.output, ended(run).exit_status) == (b"done\n", 0)


def test_output_and_errors_arrive_in_the_order_in_which_they_were_written(run: Run) -> None:
    assert run.launch("echo 1; echo 2 >&2; echo 3; echo 4 >&2").output == b"1\n2\n3\n4\n"


def test_what_a_program_that_buffers_prints_arrives_line_by_line(run: Run) -> None:
    pending = run.launching('#!/usr/bin/awk -f\nBEGIN { print "early"; system("touch ready; sleep 60") }\n')
    output = pending.process.stdout
    assert output is not None
    assert output.readline().startswith(pending.operation.mark)
    assert output.readline() == b"early\n"


def test_the_script_is_outside_the_session_of_the_connection(run: Run) -> None:
    pending = run.launching("touch ready; while [ ! -e go ]; do sleep 0.05; done; echo done")
    pending.process.kill()
    pending.process.communicate()
    (run.host.home / "go").touch()
    assert run.follow().output == b"done\n"
    assert ended(run).exit_status == 0


def test_the_command_file_is_gone_before_the_script_runs(run: Run) -> None:
    given = f'[ "$TOKEN" = {SECRET} ] && echo given'
    looks = f'cd "${{MEDPRO_RESULT_FILE%/*}}"; ls | grep command; grep -rl {SECRET} .; {given}'
    run.prepare(run.host.script(looks), variables={"TOKEN": SECRET})
    assert run.start().output == b"given\n"


@pytest.mark.parametrize("others", [(), ("second",), ("second", "third")])
def test_afterwards_no_secret_is_in_any_file(run: Run, others: tuple[str, ...]) -> None:
    """Also where other executors had staged it and came too late."""
    script = run.host.script('[ -n "$TOKEN" ]')
    for nonce in ("first", *others):
        run.prepare(script, nonce=nonce, variables={"TOKEN": SECRET})
    run.start()
    assert ended(run).exit_status == 0
    wait_until(lambda: not run.files_with(SECRET), "the staged files are removed", 2)
    assert list(run.host.spare.iterdir()) == []


def test_a_run_cancelled_before_its_start_keeps_no_secret(run: Run) -> None:
    run.prepare(run.host.script("exit"), variables={"TOKEN": SECRET})
    run.cancel()
    assert run.files_with(SECRET) == []
