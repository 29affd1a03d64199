"""The scan may suspect too much, but never miss what would be understood."""

import itertools

import pytest

from services.logsink.understand import counts, needles, readings, scan
from services.logsink.understand.levels import WORDS, level_of
from services.logsink.understand.words import ANNOUNCING, DOING, PAST, REMAINING_WORDS, TO_DO, TO_VERBS

NOUNS = ["patients", "records", "pacientes", "linhas", "zeilen"]


def _of_progress() -> list[str]:
    lines = []
    for noun, verb in itertools.product(NOUNS, PAST):
        lines += [f"{verb.capitalize()} 617 {noun}", f"617 {noun} {verb}", f"{noun} {verb}: 617", f"{verb}=617"]
        lines += [f"617 {noun} have been {verb}", f"{verb} 450/1000", f"450 of 1000 {noun} {verb}", f"617 {verb}"]
    for noun, verb in itertools.product(NOUNS, DOING):
        lines += [f"{verb.capitalize()} 1234 {noun}...", f"{verb} {noun} 450/1000", f"{verb} {noun} 12%"]
    for noun, verb in itertools.product(NOUNS, ANNOUNCING):
        lines += [f"{verb} 1234 {noun}", f"{verb}: 1234 {noun}", f"1234 {noun} {verb}"]
    for noun, verb, to in itertools.product(NOUNS, TO_VERBS, TO_DO):
        lines += [f"{noun} {to} {verb}: 1234", f"1234 {noun} {to} {verb}"]
    for noun in NOUNS:
        lines += [f"There are 500 {noun}", f"Total {noun}: 500", f"Number of {noun}: 500", f"500 {noun} in total"]
        lines += [f"450 {between} 1000 {noun}" for between in ("of", "de", "von", "sur", "di", "out of")]
        lines += [f"450 of 1000 {noun} {word}" for word in REMAINING_WORDS]
    return [
        *lines,
        "45 percent done",
        "45 por cento",
        "45 Prozent erledigt",
        "450 done, 550 remaining",
        "(12 + 4) / 100",
    ]


def test_what_is_understood_of_progress_is_suspected() -> None:
    missed = [
        line
        for line in _of_progress()
        if (readings.readings_of(line, False) or counts.announcements_of(line) or counts.counter_of(line))
        and not scan.suspects([line])[1]
    ]
    assert missed == []


@pytest.mark.parametrize(
    "form", ["{}: x", "[{}] x", "2026-01-01 10:00:00 {} x", "12:00 | {} | x", "{} x", "level={} x", "x: {}: y"]
)
def test_every_level_word_is_suspected(form: str) -> None:
    lines = [form.format(each) for word in WORDS for each in (word, word.lower(), word.capitalize())]
    missed = [line for line in lines if level_of(line) not in (None, "INFO") and not scan.suspects([line])[0]]
    assert missed == []


def test_a_line_is_suspected_or_not_whatever_its_neighbours_are() -> None:
    lines = [
        "Advertencia: sin nombre",
        "ATENÇÃO: olá",
        "Patients to import: 12",
        "nothing",
        "❌ x",
        *map(str, range(40)),
    ]
    levels, progress = scan.suspects(lines)
    alone = [scan.suspects([line]) for line in lines]
    assert levels == [index for index, found in enumerate(alone) if found[0]]
    assert progress == [index for index, found in enumerate(alone) if found[1]]


def test_the_needles_are_few() -> None:
    assert len(needles.PROGRESS_TOGETHER) < 60  # each is searched for in every line
