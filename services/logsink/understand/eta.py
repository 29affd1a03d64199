"""When a run will be done, from the rate of late."""

ENOUGH_SECONDS = 10.0
ENOUGH_PERCENT = 1.0
RECENT_SECONDS = 60.0
SAMPLE_SECONDS = 3.0


def remember(history: list[list[float]], elapsed_s: float, percent: float) -> list[list[float]]:
    """The history with one more sample, unless the last one is as good as new; what is not recent goes."""
    if history and elapsed_s - history[-1][0] < SAMPLE_SECONDS:
        return history
    return [*(sample for sample in history if sample[0] > elapsed_s - RECENT_SECONDS), [elapsed_s, percent]]


def eta_seconds(percent: float, elapsed_s: float, recent: list[list[float]]) -> int | None:
    """`recent`: [seconds since the start, percent] of the last while, oldest first.

    The rate of late and that of the whole run are weighed together: a burst or a stall moves the estimate,
    but does not throw it about.
    """
    if elapsed_s < ENOUGH_SECONDS or percent <= ENOUGH_PERCENT or percent >= 100:
        return None
    overall = percent / elapsed_s
    late = _rate(recent, overall)
    rate = min(max((late + overall) / 2, overall / _AT_MOST), overall * _AT_MOST)
    return max(0, round((100 - percent) / rate))


def _rate(recent: list[list[float]], otherwise: float) -> float:
    if len(recent) < 2:
        return otherwise
    (start, before), (end, after) = recent[0], recent[-1]
    return (after - before) / (end - start) if end - start >= 1 and after >= before else otherwise


_AT_MOST = 4.0  # times faster or slower than the whole run so far
