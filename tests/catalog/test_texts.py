"""Names, descriptions and the script's path: what is refused and by which code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.texts import check_description, check_script_path, check_title, is_within


def codes(errors: object) -> list[str]:
    assert isinstance(errors, list)
    return [error.code for error in errors]


@pytest.mark.parametrize("text", ["iClinic", "Dr. Souza & Söhne", "x" * 200, "患者", "😀", "a  b"])
def test_a_title_is_any_line_that_can_be_read(text: str) -> None:
    assert check_title("name", text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "required"), ("   ", "required"), ("\n", "required"), (None, "required"), (7, "required"),
        ("x" * 201, "too_long"), ("two\nlines", "invalid"), ("nul\0", "invalid"), ("esc\x1b[31m", "invalid"),
        ("line\u2028separator", "invalid"), ("nel\x85here", "invalid"), (" padded", "invalid"), ("padded ", "invalid"),
    ],
)  # fmt: skip
def test_a_title_that_is_none(text: object, code: str) -> None:
    (error,) = check_title("name", text)
    assert (error.field, error.code) == ("name", code)


def test_a_title_has_the_length_that_its_column_has() -> None:
    assert check_title("name", "x" * 100, longest=100) == []
    assert codes(check_title("name", "x" * 101, longest=100)) == ["too_long"]


def test_a_description_may_be_missing_and_have_lines_but_not_be_a_book() -> None:
    for text in (None, "", "two\nlines", "x" * 10_000):
        assert check_description(text) == []
    assert codes(check_description("x" * 10_001)) == ["too_long"]


@pytest.mark.parametrize("path", ["/opt/medpro/migrate_iclinic", "/x", "/opt/my scripts/it's", "/opt/..hidden", "/ü"])
def test_a_script_path_is_an_absolute_path_of_a_file(path: str) -> None:
    assert check_script_path(path) == []


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("", "required"), (" ", "required"), (None, "required"), ("relative/x", "invalid"), ("~/x", "invalid"),
        ("/opt/../etc/x", "invalid"), ("/opt/..", "invalid"), ("/opt/", "invalid"), ("/", "invalid"),
        ("/opt/x\n", "invalid"), ("/opt/\0", "invalid"), ("/" + "x" * 1000, "too_long"),
    ],
)  # fmt: skip
def test_a_script_path_that_is_none(path: object, code: str) -> None:
    assert codes(check_script_path(path)) == [code]


@pytest.mark.parametrize("path", ["/opt/medpro/x", "/opt/medpro/sub/x", "/opt//medpro/./x", "/srv/x"])
def test_a_script_within_one_of_the_directories_is_allowed(path: str) -> None:
    assert is_within(path, ["/opt/medpro/", "/srv"])


@pytest.mark.parametrize("path", ["/opt/medprox/x", "/opt/x", "/opt/medpro", "/opt/medpro/../x", "/etc/opt/medpro/x"])
def test_a_script_elsewhere_is_not(path: str) -> None:
    assert not is_within(path, ["/opt/medpro", "/srv"])


def test_no_directories_allow_every_script_and_the_root_too() -> None:
    assert is_within("/anywhere/x", [])
    assert is_within("/anywhere/x", ["/"])


@given(st.text())
def test_a_title_that_is_taken_is_one_line_without_control_characters(text: str) -> None:
    if not check_title("name", text):
        assert text.isprintable() or text.splitlines() == [text]
        assert text == text.strip() != ""
