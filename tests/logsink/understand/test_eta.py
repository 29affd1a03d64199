"""The time left: late enough to be worth something, and calm."""

from services.logsink.understand.eta import RECENT_SECONDS, SAMPLE_SECONDS, eta_seconds, remember


def test_nothing_is_promised_too_early() -> None:
    assert eta_seconds(50, 9, [[0, 0], [9, 50]]) is None
    assert eta_seconds(1, 100, [[0, 0], [100, 1]]) is None


def test_a_steady_run_is_foretold() -> None:
    assert eta_seconds(45, 27, [[17, 28.33], [27, 45]]) == 33


def test_a_burst_or_a_stall_does_not_throw_it_about() -> None:
    steady = eta_seconds(50, 100, [[90, 45], [100, 50]]) or 0
    burst = eta_seconds(50, 100, [[99, 20], [100, 50]]) or 0
    stall = eta_seconds(50, 100, [[40, 50], [100, 50]]) or 0
    assert steady == 100
    assert steady / 4 <= burst < steady < stall <= steady * 4


def test_only_the_last_minute_is_remembered() -> None:
    history: list[list[float]] = []
    for second in range(300):
        history = remember(history, second, second / 3)
    assert history[0][0] >= 299 - RECENT_SECONDS - SAMPLE_SECONDS
    assert len(history) <= RECENT_SECONDS / SAMPLE_SECONDS + 1
