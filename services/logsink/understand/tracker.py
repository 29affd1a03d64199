"""How far the run is: what the lines say, put together. Never falls, never 100, never more than is known."""

from typing import Literal

import msgspec

from services.logsink.understand import counts, readings
from services.logsink.understand.counters import (
    ALL,
    BARELY,
    Counter,
    describe,
    is_start,
    is_whole,
    looks_like,
    percent_of,
    percent_of_reading,
    rounded,
    same,
    update,
    value_of,
    value_of_reading,
)
from services.logsink.understand.numbers import plain
from services.logsink.understand.reading import BAR, COUNT, PERCENTAGE, REPORT, Announcement, Reading, Stage
from services.logsink.understand.screen import How
from services.logsink.understand.shapes import Progress
from services.logsink.understand.silence import is_silent
from services.logsink.understand.words import GENERIC, stem


class Rising(msgspec.Struct):
    """A number that may be progress if it goes on rising."""

    value: float
    total: float
    times: int = 1


class Tracker(msgspec.Struct):
    trust: int = 9
    shown: float | None = None
    origin: Literal["reported", "detected"] = "detected"
    phases: list[list[Counter]] = []  # one after another; the counters of one run side by side
    number: int = 0  # of the phase; earlier ones may be forgotten
    latest: int = 0  # the number of the counter that spoke last
    opened: int = 0
    stage: Stage | None = None
    staged: bool = False  # a stage has inner progress
    totals: dict[str, int] = {}
    counted: str | None = None
    planned: dict[str, float] = {}  # what is done of the totals that were announced
    rising: dict[str, Rising] = {}

    def read(self, line: str, how: How) -> None:
        if is_silent(line):
            return
        found = readings.readings_of(line, repainted=how in ("frame", "panel"))
        nested = any(reading.nested for reading in found)
        stage = readings.stage_of(line) if self.trust > REPORT and not nested else None
        if stage is not None:
            self._enter(stage)
            found = [each for each in found if (each.done, each.total) != (stage.number, stage.of)]
            if not found:
                return
        for reading in found:
            reading.apart = how == "panel"
        if found:
            self._observe([each for each in found if each.sure or self._goes_on(each) or self._rises(each)])
            return
        if self.trust >= COUNT or self._finished():
            announced = counts.announcements_of(line)
            for announcement in announced:
                self._announce(announcement)
            if not announced:
                self._count(counts.counter_of(line))

    @property
    def current(self) -> Counter | None:
        return next((c for counters in reversed(self.phases) for c in counters if c.number == self.latest), None)

    def progress(self) -> Progress | None:
        if self.shown is None:
            return None if self.counted is None else Progress(0, "detected", self.counted, known=False)
        return Progress(rounded(self.shown), self.origin, self._message())

    def _goes_on(self, reading: Reading) -> bool:
        """ "(1/3) Exporting", "(2/3) …": what no word explains, but the counter before does."""
        current = self.current
        if current is None or current.total is None or current.total != reading.total or reading.done is None:
            return False
        return current.done is not None and current.done < reading.done

    def _rises(self, reading: Reading) -> bool:
        """Whether a number that no word explains began low and has risen. One that falls is a measure for good."""
        value = reading.done if reading.done is not None else reading.percent
        total = reading.total or 100.0
        if value is None:
            return False
        before = self.rising.pop(reading.key, None)
        if before is None or before.total != total:
            before = Rising(value, total, 1 if value <= total / _LOW else _NEVER)
        elif value < before.value:
            again = before.times > 0 and (value <= total * BARELY / 100 or before.value >= total * ALL / 100)
            before = Rising(value, total, 1 if again else _NEVER)
        elif value > before.value:
            before = Rising(value, total, before.times + 1)
        self.rising[reading.key] = before
        while len(self.rising) > _REMEMBERED:
            del self.rising[next(iter(self.rising))]
        return before.times >= (2 if reading.total else 4)

    def _announce(self, announcement: Announcement) -> None:
        self.totals.pop(stem(announcement.noun), None)
        self.totals[stem(announcement.noun)] = announcement.total
        while len(self.totals) > _REMEMBERED:
            del self.totals[next(iter(self.totals))]

    def _count(self, reading: Reading | None) -> None:
        if reading is None or reading.done is None:
            return
        noun, total = self._announced(stem(reading.noun))
        if total is not None and reading.done <= total:
            self._observe([Reading(COUNT, done=reading.done, total=total, noun=noun, named=True)])
        elif self.shown is None:
            self.counted = f"{plain(reading.done)} {reading.noun}".strip()

    def _announced(self, noun: str) -> tuple[str, int | None]:
        if noun in self.totals:
            return noun + "s" if noun else "", self.totals[noun]
        if self.totals and (noun == "" or noun in GENERIC or "" in self.totals):
            latest = next(reversed(self.totals))
            return latest + "s" if latest else noun, self.totals[latest]
        return noun, None

    def _finished(self) -> bool:
        current = self.current
        return current is not None and percent_of(current) >= ALL and self.trust > REPORT

    def _enter(self, stage: Stage) -> None:
        if self.stage is not None and stage.number == self.stage.number and stage.of == self.stage.of:
            return
        if self.trust <= PERCENTAGE or (self.trust == BAR and self.stage is None and self.phases):
            return
        self.stage = stage
        self.phases, self.number = [], 0
        self.trust = min(self.trust, COUNT)
        before = stage.number - 1 if self.staged or stage.number == 1 else stage.number
        self._raise(100 * before / stage.of)

    def _observe(self, found: list[Reading]) -> None:
        """The readings of one line: those of several counters count side by side."""
        placed = 0
        for reading in found:
            if reading.trust > self.trust and not self._finished():
                continue
            if reading.trust > PERCENTAGE and is_whole(reading) and self._find(reading) is None:
                self._plan(reading)
                continue  # what begins whole is a summary
            if reading.trust < self.trust and not self._finished():
                self.phases, self.number = [], 0
            self.trust = reading.trust
            if reading.trust == REPORT:
                self._report(reading)
                return
            before = self.number
            if self._place(reading):
                placed += 1
                self._plan(reading)
            if placed > 1 and self.number > before:
                self._side_by_side(len(self.phases) - 2)
        if placed:
            self._raise(self._overall())

    def _plan(self, reading: Reading) -> None:
        """How far each of what was announced is."""
        noun = stem(reading.noun)
        if reading.done is not None and self.totals.get(noun) == reading.total:
            self.planned[noun] = max(reading.done, self.planned.get(noun, 0))

    def _report(self, reading: Reading) -> None:
        """A percentage that the script states is that of the whole run; a count is that of its phase, unless it goes
        on from the phase before."""
        self.origin, self.stage = "reported", None
        counter = self.current
        if counter is not None and self.number and _continues(counter, reading):
            update(counter, reading)
        else:
            self._open(reading)
        if reading.percent is not None or self.number == 1:
            self._raise(percent_of_reading(reading))

    def _place(self, reading: Reading) -> bool:
        """Into the counter that it continues, or as a new phase. False: it turns out to be a measure."""
        counter = self._find(reading)
        if counter is None:
            self._open(reading)
            return True
        before, now = value_of(counter), value_of_reading(reading)
        phase = next(index for index, counters in enumerate(self.phases) if any(c is counter for c in counters))
        if now < before and not is_start(reading) and reading.trust == COUNT and reading.total is None:
            self._forget(reading, counter)
            return False
        restarts = now < before * (_WHOLE if percent_of(counter) >= ALL else _PART)
        if phase < len(self.phases) - 1 and (restarts or now > before):
            self._side_by_side(phase)
        elif restarts and all(other.restarts or other is counter for other in self.phases[phase]):
            self._open(reading)
            return True
        counter.restarts += restarts
        counter.rises += now > before
        update(counter, reading)
        self.latest = counter.number
        return True

    def _forget(self, reading: Reading, counter: Counter) -> None:
        """A percentage that is drawn by nobody and falls was a measure all along."""
        self.rising[reading.key] = Rising(value_of_reading(reading), 100.0, _NEVER)
        rest = [[other for other in counters if other is not counter] for counters in self.phases]
        self.number -= sum(not counters for counters in rest)
        self.phases = [counters for counters in rest if counters]
        self.latest = self.phases[-1][-1].number if self.phases else 0

    def _find(self, reading: Reading) -> Counter | None:
        """The counter whose lines look like this one, else one that goes on in it; the latest first."""
        counters = [counter for phase in reversed(self.phases) for counter in reversed(phase)]
        alike = [each for each in counters if looks_like(each, reading)]
        alike = alike or [each for each in counters if same(each, reading, current=each.number == self.latest)]
        return alike[0] if alike else None

    def _open(self, reading: Reading) -> None:
        self.opened += 1
        counter = Counter(reading.label, reading.noun, reading.percent, number=self.opened)
        update(counter, reading)
        if self.phases and reading.trust == COUNT and _never_was_one(self.phases[-1]):
            self.phases.pop()
            self.number -= 1
        self.phases = [*self.phases[-_PHASES:], [counter]]
        self.number += 1
        self.latest = counter.number

    def _side_by_side(self, phase: int) -> None:
        """An earlier counter goes on: all since then are not phases but run at the same time."""
        together = [counter for counters in self.phases[phase:] for counter in counters]
        self.number -= len(self.phases) - 1 - phase
        self.phases = [*self.phases[:phase], together[-_PARALLEL:]]

    def _overall(self) -> float:
        if len(self.totals) > 1 and self.stage is None and self._is_planned():
            return 100 * sum(self.planned.values()) / sum(self.totals.values())
        if self.number > 1 and self.stage is None:
            return self.shown or 0.0
        if not self.phases:
            return 0.0
        lasting = [counter for counter in self.phases[-1] if counter.restarts == 0] or self.phases[-1]
        percents = [percent_of(counter) for counter in lasting]
        total = next((c for c in lasting if c.overall or c.label.lower() in _TOTALS), None)
        if total is not None:
            value = percent_of(total)
        elif sum(_BARELY < percent < ALL for percent in percents) > 1:
            value = sum(percents) / len(percents)
        else:
            value = min(percents)
        if self.stage is not None:
            self.staged = True
            inner = value if self.number == 1 else 100.0 * (self.number > 1)
            value = 100 * (self.stage.number - 1 + inner / 100) / self.stage.of
        return value

    def _is_planned(self) -> bool:
        """Whether all that is counted was announced, each with its total."""
        counted = [counter for counters in self.phases for counter in counters]
        return all(self.totals.get(stem(counter.noun)) == counter.total for counter in counted)

    def _raise(self, value: float) -> None:
        self.shown = max(self.shown or 0.0, min(value, 99.0))

    def _message(self) -> str | None:
        parts = []
        current = self.current
        if self.stage is not None:
            parts.append(f"{self.stage.word} {self.stage.number} of {self.stage.of}")
        if self.number > 1:
            parts.append(f"phase {self.number}")
        if current is not None:
            parts.append(describe(current, with_percent=self.number > 1 or self.stage is not None))
        return ": ".join(part for part in parts if part) or None


def _continues(counter: Counter, reading: Reading) -> bool:
    before = value_of(counter)
    same_count = reading.total is not None and reading.total == counter.total
    same_thing = reading.label in ("", counter.label) or same_count or before == 0
    return same_thing and value_of_reading(reading) >= before


def _never_was_one(counters: list[Counter]) -> bool:
    """A small counter that spoke once and never rose is no phase: "7 batches", "attempt 2 of 3", "file 1 of 2"."""
    (counter, *others) = counters
    small = counter.total is not None and (counter.total < _SMALL or not counter.named)
    begun = 0 < percent_of(counter) < ALL
    return not others and not counter.rises and not counter.restarts and small and begun


_BARELY = 2.0
_SMALL = 10
_LOW = 4  # what is to rise begins in the first quarter
_PART, _WHOLE = 0.5, 0.75  # of what was reached: with less, it starts again
_NEVER = -1_000_000
_REMEMBERED = 16
_PHASES = 8
_PARALLEL = 32
_TOTALS = {"total", "overall", "all", "geral", "gesamt", "total progress", "overall progress"}
