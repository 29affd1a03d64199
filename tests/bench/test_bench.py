"""The bench in its short form: that each row can still be measured, never how fast."""

from pathlib import Path

import pytest

from tests.bench.__main__ import ROWS, measure, page


@pytest.mark.slow
@pytest.mark.parametrize("name", ROWS)
def test_each_row_can_be_measured(tmp_path: Path, name: str) -> None:
    table = measure(tmp_path, [name], short=True)
    assert table
    assert all(row.what in page(table) for row in table)
