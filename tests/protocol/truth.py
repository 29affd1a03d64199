"""What must be true when all has come to rest: the row against what the host knows."""

from tests.protocol.rundir import RunDirectory
from tests.protocol.world import World, end_of, says_it_never_starts

WHOLE_LOG_IS_THERE = {"wrapper killed", "reboot", "operation killed"}


def check(world: World) -> None:
    _check_bus(world)
    outcome = end_of(world.row)["outcome"]
    world.note(f"at rest: {outcome}, excuses {sorted(world.excuses)}, {world.starts} starts")
    match outcome:
        case "not_started":
            _check(world, world.starts == 0, "it is said that it did not start")
        case "lost":
            _check(world, bool(world.excuses), "nothing was done to the run, and yet its result is lost")
            _check_lost(world)
        case "cancelled" | "timed_out" if not says_it_never_starts(world.row):
            _check_stopped(world, outcome)
        case "cancelled":
            _check(world, world.starts == 0, "it is said that it was cancelled before its start")
        case _:
            _check_exit(world, outcome)


def _check_bus(world: World) -> None:
    network = world.network
    _check(world, not network.dead, f"dead letters: {network.dead}")
    last = "completed" if world.row.status == "completed" else "failed"
    _check(world, "requested" in network.events and last in network.events, f"events {network.events}")
    if world.starts and end_of(world.row)["outcome"] != "lost":
        _check(world, "started" in network.events, f"it was started, but the events are {network.events}")
    if world.row.cancel_requested_at is not None:
        _check(world, "cancelling" in network.events, f"it was asked to stop, but the events are {network.events}")
    wrong = {"completed", "failed"} - {last}
    _check(world, not wrong & set(network.events), f"{last}, but the events are {network.events}")


def _check_lost(world: World) -> None:
    directory = world.directory
    if directory is not None and world.excuses <= WHOLE_LOG_IS_THERE:
        _check(world, directory.exit is None, "the host knows the exit status")
        _check(world, world.row.log_bytes == len(directory.log), "the log that is there was not kept whole")


def _check_stopped(world: World, outcome: str) -> None:
    directory = _directory(world)
    _check(world, directory is not None and directory.truly_stopped, f"{outcome}, but nothing was stopped")
    if directory is not None:
        _check(world, directory.stop == outcome, f"{outcome}, but the host says {directory.stop}")
        _check_size(world, directory)


def _check_exit(world: World, outcome: str) -> None:
    directory = _directory(world)
    if directory is None or directory.exit is None:
        world.fail(f"{outcome}, but the host has no exit status")
        return
    rc = int(directory.exit.rc)
    _check(world, end_of(world.row)["exit_status"] == rc, f"the exit status is {rc}: {world.row.result_summary}")
    _check(world, (outcome == "succeeded") == (rc == 0), f"{outcome} with exit status {rc}")
    _check(world, directory.stop is None, f"{outcome}, but it was stopped: {directory.stop}")
    _check_size(world, directory)


def _check_size(world: World, directory: RunDirectory) -> None:
    size = directory.exit.size if directory.exit is not None else -1
    _check(world, world.row.log_bytes == size, f"{world.row.log_bytes} bytes are kept of {size}")


def _directory(world: World) -> RunDirectory | None:
    """Of the start, or of the claim that was taken before it."""
    return world.directory or world.address.home.files.directory


def _check(world: World, good: bool, otherwise: str) -> None:
    if not good:
        world.fail(otherwise)
