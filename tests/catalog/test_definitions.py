"""The definitions of a source's parameters: what each may say, with every error by its place."""

from typing import Any

import pytest

from proto.api import Parameter
from services.catalog.parameters import check_definitions


def wrong(*definitions: Parameter) -> set[tuple[str, str]]:
    errors = check_definitions(list(definitions))
    assert all(error.message for error in errors)
    return {(error.field.removeprefix("parameters."), error.code) for error in errors}


@pytest.mark.parametrize("name", ["practitioner_id", "dry-run", "_x", "A" * 64])
def test_a_name_has_letters_digits_underscores_and_dashes(name: str) -> None:
    assert wrong(Parameter(name=name)) == set()


@pytest.mark.parametrize("name", ["", "1st", "-x", "a b", "a=b", "a\n", "é", "a.b", "A" * 65, "$x"])
def test_another_name_is_refused(name: str) -> None:
    assert wrong(Parameter(name=name)) == {("0.name", "invalid")}


@pytest.mark.parametrize(
    "name", ["MEDPRO_RUN_KEY", "LD_PRELOAD", "PATH", "BASH_ENV", "PYTHONPATH", "IFS", "HOME", "a-b"]
)
@pytest.mark.parametrize("way", [{"pass_as": "environment"}, {"type": "secret"}])
def test_a_variable_cannot_have_a_name_that_the_host_would_react_to(name: str, way: dict[str, Any]) -> None:
    assert wrong(Parameter(name=name, **way)) == {("0.name", "invalid")}
    assert wrong(Parameter(name=name)) == set()


@pytest.mark.parametrize("flag", [None, "", "-v", "--verbose", "--a.b-c_d"])
def test_a_flag_is_short_long_or_empty_for_a_positional_argument(flag: str | None) -> None:
    assert wrong(Parameter(name="p", flag=flag)) == set()


@pytest.mark.parametrize("flag", ["v", "-", "--", "---x", "--a b", "--a=b", "-\n", "--é", "--" + "x" * 101])
def test_another_flag_is_refused(flag: str) -> None:
    assert wrong(Parameter(name="p", flag=flag)) == {("0.flag", "invalid")}


def test_a_choice_needs_choices_none_of_them_empty() -> None:
    assert wrong(Parameter(name="p", type="choice", choices=["a", " "])) == set()
    assert wrong(Parameter(name="p", type="choice")) == {("0.choices", "required")}
    assert wrong(Parameter(name="p", type="choice", choices=[])) == {("0.choices", "required")}
    assert wrong(Parameter(name="p", type="choice", choices=["a", ""])) == {("0.choices", "invalid")}
    assert wrong(Parameter(name="p", type="choice", choices=["a\0"])) == {("0.choices", "invalid")}


def test_min_is_not_above_max() -> None:
    assert wrong(Parameter(name="p", type="integer", min=2, max=2)) == set()
    assert wrong(Parameter(name="p", type="integer", min=3, max=2)) == {("0.max", "out_of_range")}


@pytest.mark.parametrize(
    ("definition", "code"),
    [
        (Parameter(name="p", type="integer", default="1"), "type"),
        (Parameter(name="p", type="integer", min=2, default=1), "out_of_range"),
        (Parameter(name="p", type="choice", choices=["a"], default="b"), "not_a_choice"),
        (Parameter(name="p", type="date", default="yesterday"), "invalid"),
        (Parameter(name="p", type="boolean", default="true"), "type"),
        (Parameter(name="p", type="secret", default="not a name"), "invalid"),
    ],
)
def test_a_default_must_fit_its_own_definition(definition: Parameter, code: str) -> None:
    assert wrong(definition) == {("0.default", code)}


@pytest.mark.parametrize("default", [None, ""])
def test_no_default_is_no_error(default: str | None) -> None:
    assert wrong(Parameter(name="p", type="integer", required=True, default=default)) == set()


def test_a_name_is_used_once() -> None:
    assert wrong(Parameter(name="a"), Parameter(name="b"), Parameter(name="a")) == {("2.name", "duplicate")}


def test_a_source_has_up_to_a_hundred_parameters() -> None:
    definitions = [Parameter(name=f"p{number}") for number in range(101)]
    assert wrong(*definitions[:100]) == set()
    assert [(error.field, error.code) for error in check_definitions(definitions)] == [("parameters", "too_many")]


def test_all_errors_of_all_definitions_come_at_once() -> None:
    bad = Parameter(name="0", type="choice", flag="x", min=2, max=1)
    assert wrong(Parameter(name="fine"), bad) == {
        ("1.name", "invalid"),
        ("1.flag", "invalid"),
        ("1.choices", "required"),
        ("1.max", "out_of_range"),
    }
