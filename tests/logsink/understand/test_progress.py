"""Progress from lines: what a careful person would say after each of them."""

import pytest

from services.logsink.understand import Progress, Reader


def test_a_count_with_its_total() -> None:
    assert _after("Processed 450/1000 patients") == (45, "450 of 1000 patients")


@pytest.mark.parametrize(
    "line",
    [
        "45%",
        " 45 %",
        "45,0%",
        "Progress: 45%",
        "45% complete",
        "Fortschritt: 45 %",
        "Importing... 45%",
        "[ 45%] Building",
        "Processed 450 of 1000",
        "450 out of 1000 records",
        "Processados 450 de 1000 pacientes",
        "[450/1000] Importing João",
        "Processed 4,500/10,000 rows",
        "Processed 4.500/10.000 rows",
        "Processed 4'500/10'000 rows",
        "Processed 4\u00a0500/10\u00a0000 rows",
        "processed=450 total=1000",
        "450 patients migrated, 550 remaining",
        "2026-01-01 12:00:00,123 INFO import: 45% done",
        " 45%|████▌     | 450/1000 [00:10<00:12, 44.9it/s]",
        "  4.5/10.0 MB 10.0 MB/s eta 0:00:01",
        "::progress value=45::half",
        "::progress done=450,total=1000,phase=patients::",
        "::progress value=450,total=1000::",
        "::progress::45",
        '{"progress": 0.45}',
        '{"percent": 45, "message": "half"}',
        "##vso[task.setprogress value=45;]half",
        " 450/1000 [============>---------------]  45%",
        "Copy: 450/1000 45.0%; Backlog: 0/1000; ETA: 6s",
        "Batch 45/100 done",
        "patients: 45%",
        "45% of patients imported",
        "550 of 1000 patients remaining",
        "restam 550 de 1000 pacientes",
        "Migrated patient #450 of 1000",
        "[Stage 1:======>      (45 + 4) / 100]",
        "[45.0%] table 2/10: 3/4 rows",
        "File 2/4: 80%",
        "Table 2/4 (patients): batch 4/5",
        "Importing table 2/4 [########  ] 80%",
    ],
)
def test_many_ways_to_say_45_percent(line: str) -> None:
    assert _after(line)[0] == 45


@pytest.mark.parametrize(
    "line",
    [
        "Disk usage: 93%",
        "/dev/sda1  93% /",
        "CPU 45%",
        "mem: 512/1024 MB",
        "Discount of 10% applied",
        "10% off",
        "Version 1.2/3",
        "12/31/2024",
        "2024/05/12 done",
        "10.0.0.0/24 network",
        "/opt/450/1000/x",
        "5 of 7 checks failed",
        "5 warnings",
        "24/7 support",
        "attempt 2/3",
        "retry 1 of 5",
        "95% confidence",
        "Error rate 3%",
        "cache hit 45%",
        "took 3/4 hour",
        "rename a => b (95%)",
        "Patient João (12/05/1980) imported",
        "score 7/10",
        "https://example.org/1/2",
        "3 of 4 replicas ready",
        "BP 120/80",
        "50% of patients have no phone",
        "Compressed 45%",
        "fraction 22/7",
        "12:30:45",
        "1/1",
        "0/0",
        "memory at 80%",
        "v2.1/3.0",
        "xx 45/1000",
        "Note: ::progress value=45::",
        ' {"progress": 0.5}',
        '{"progress": true}',
        '{"progress": "no"}',
        "::progress::",
        "::progress value=nan::",
        "::progress value=-5::",
        "Migrated patient 123",
        "Disk [######    ] 60% used",
        "Invoice 45/2024 imported",
        "Invoice of the patients imported, parcela 3/12",
        "Vaccine dose 2/3 imported",
        "Showing 20 of 345 patients",
        "5 of 1000 patients have no CPF",
        "weight 61 kg pressure 111/180 of the patient",
        "patient 7 imported, completeness 60%",
        "waiting 5/60 seconds for import",
        "displaying 10 of 20 total bound parameter sets",
        "Retrying (2/3) migrate patients",
        "Exporting 3500 rows in 7 batches of 500",
        "checkpoint complete: wrote 45 buffers (0.3%)",
        "heap 512M/2048M (25%)",
        "45 patients (3.6%) have no CPF",
        "  1 | Ana     | 3/4    | 75%",
        "processed in 450/1000 ms",
        "completed in 45% of the time",
        "Only 7 of 10 patients imported",
        "Patient 90017 imported",
        "20260101120000 patients migrated",
    ],
)
def test_what_is_not_progress(line: str) -> None:
    assert _after(line, line) == (None, None)


def test_a_count_that_no_word_explains_counts_once_it_rises() -> None:
    assert _after("xx 1/300") == (None, None)
    assert _after("xx 1/300", "xx 30/300")[0] == 10


@pytest.mark.parametrize("line", ["saturation {}%", "pain {}/10", "Patient 7: ejection fraction {}%"])
def test_a_measure_that_goes_up_and_down_is_no_progress(line: str) -> None:
    assert _after(*(line.format(value) for value in (5, 7, 9, 8, 6, 7, 8, 9, 10))) == (None, None)
    assert _after(*(line.format(value) for value in (10, 9, 10))) == (None, None)


def test_what_spoke_once_and_never_rose_is_no_phase() -> None:
    shown = _after("Importing file 1 of 9", "Processed 100/1000 patients", "Processed 200/1000 patients")
    assert shown == (20, "200 of 1000 patients")
    assert _after("Reading the configuration (file 2 of 3)", "Processed 100/1000 patients")[0] == 10


def test_counters_in_turn_run_side_by_side() -> None:
    lines = [
        f"Migrated {done} {kind}" for done in (10, 20, 30) for kind in (f"{done}/100 patients", f"{done}/300 exams")
    ]
    lines = [line.split(" ", 2)[0] + " " + line.split(" ", 2)[2] for line in lines]
    assert _after(*lines) == (20, "30 of 300 exams")
    both = [f"patients: {10 * n} of 100 done; exams: {9 * n} of 100 done" for n in range(1, 5)]
    assert _after(*both) == (38, "36 of 100 exams")


def test_a_bar_that_names_each_table_is_one_counter() -> None:
    frames = [
        f"Table {name}:  {done * 20}%|##   | {done}/5 [00:00<00:01]" for done, name in enumerate(["a", "b", "exams"], 1)
    ]
    assert _after(*frames)[0] == 60


def test_totals_announced_for_all_phases_make_the_whole() -> None:
    announced = ["Found 12 practitioners", "Found 1,000 patients", "Found 2,500 appointments"]
    assert _after(*announced, "Processed 450/1000 patients")[0] == 12.8
    assert _after(*announced, "Processed 450/1000 patients", "Processed 1000/1000 patients")[0] == 28.4
    assert _after(
        *announced, "Processed 1/1000 patients", "Processed 1000/1000 patients", "Processed 250/2500 appointments"
    ) == (
        35.5,
        "phase 2: appointments 250 of 2500 (10%)",
    )
    assert _after("Found 100 patients, 200 exams and 100 notes", "migrated 100 patients", "migrated 100 exams")[0] == 50


def test_counters_one_after_another_are_phases() -> None:
    assert _after("Processed 450/1000 patients", "Processed 20/5000 appointments") == (
        45,
        "phase 2: appointments 20 of 5000 (0.4%)",
    )


def test_percentages_that_restart_neither_fall_nor_pretend() -> None:
    assert _after("45%", "100%", "7%") == (99, "phase 2: 7%")


def test_a_total_that_grows_is_no_new_phase() -> None:
    assert _after("Processed 450/1000", "Processed 500/2000") == (45, "Processed: 500 of 2000")
    assert _after("Processed 450/1000", "Processed 500/2000", "Processed 1900/2000")[0] == 95


@pytest.mark.parametrize(
    "announcement",
    [
        "Found 1,234 patients",
        "1234 patients to migrate",
        "Total patients: 1.234",
        "Patients to migrate: 1234",
        "There are 1234 patients",
        "Migrating 1,234 patients...",
        "Total: 1234",
        "Encontrados 1.234 pacientes",
        "Loaded 1234 patients from legacy.csv",
        "Read 1234 patients from the old database",
        "Processing 1234 patients in batches of 100",
    ],
)
def test_a_total_announced_before(announcement: str) -> None:
    assert _after(announcement, "migrated 617")[0] == 50


def test_a_count_without_total_is_shown_without_a_percentage() -> None:
    update = Reader.new().feed(b"Imported 100 records\nImported 200 records\n")
    assert update.progress == Progress(0, "detected", "200 records", known=False)


def test_steps_hold_what_is_inside_of_them() -> None:
    assert _after("Step 3 of 7: notes") == (42.8, "step 3 of 7")
    lines = [
        "Step 1/4: patients",
        "  50%|#####     | 50/100 [00:01<00:01]",
        "Step 2/4: notes",
        "  50%|#####     | 50/100 [00:01<00:01]",
    ]
    assert _after(*lines[:2])[0] == 12.5
    assert _after(*lines)[0] == 37.5


def test_once_a_higher_trust_has_spoken_lower_ones_are_ignored() -> None:
    assert _after("Processed 900/1000 rows", " 20%|##        | 20/100 [00:01<00:04]", "Processed 950/1000 rows") == (
        90,
        "20 of 100",
    )
    assert _after("::progress value=10::", "90%", "Processed 950/1000 rows")[0] == 10


def test_the_origin_tells_a_report_from_a_guess() -> None:
    assert _progress("45%").origin == "detected"
    assert _progress("::progress value=45::half") == Progress(45, "reported", "half")


def test_what_begins_whole_is_a_summary_and_no_progress() -> None:
    assert _after("Processed 1000/1000 rows") == (None, None)


def test_a_label_that_names_the_record_at_hand_is_no_new_phase() -> None:
    frames = "".join(
        f"\rPatient {name}: {done}%|##   | {done}/100 [00:01<00:01]"
        for name, done in [("Ana", 1), ("Rui", 2), ("Eva", 50), ("Zoe", 60)]
    )
    progress = Reader.new().feed(f"{frames}\n".encode()).progress
    assert progress is not None
    assert (progress.percent, "phase" in (progress.message or "")) == (60, False)


def test_a_repaint_that_nothing_ended_yet_counts_if_it_is_whole() -> None:
    reader = Reader.new()
    reader.feed(b"\rBatch 3/7 running")
    progress = reader.feed(b"\rBatch 4/7 running").progress
    assert progress is not None
    assert progress.percent == 57.1


def _after(*lines: str) -> tuple[float | None, str | None]:
    reader = Reader.new()
    for line in lines:
        progress = reader.feed(f"{line}\n".encode()).progress
    return (None, None) if progress is None or not progress.known else (progress.percent, progress.message)


def _progress(*lines: str) -> Progress:
    progress = Reader.new().feed("".join(f"{line}\n" for line in lines).encode()).progress
    assert progress is not None
    return progress


def test_a_reported_count_of_the_whole_goes_on_under_the_name_of_the_next_phase() -> None:
    lines = "::progress value=0::Reading\n::progress done=60,total=100,phase=patients::\n"
    assert _after(lines + "::progress done=75,total=100,phase=visits::") == (75, "visits: 75 of 100")
