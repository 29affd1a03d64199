"""Parameter values against definitions: every type, bounds, required, defaults, unknown names; all errors at once."""

import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.api import Parameter, ParameterType
from services.catalog.parameters import check_values, effective_values


def wrong(definition: Parameter, value: Any) -> str | None:
    """The code of the error, or None where the value fits."""
    errors = check_values([definition], {definition.name: value})
    assert len(errors) <= 1
    assert all(error.field == f"parameters.{definition.name}" and error.message for error in errors)
    return errors[0].code if errors else None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", "x"), ("string", " "), ("string", "a\nb'$()"), ("string", "é" * 32_768),
        ("integer", 0), ("integer", -5), ("integer", 2**63 - 1), ("number", 1), ("number", 1.5), ("number", -0.0),
        ("boolean", True), ("boolean", False), ("date", "2026-02-28"), ("date", "2024-02-29"), ("secret", "api_token"),
        ("secret", "A.b-c_9"),
    ],
)  # fmt: skip
def test_a_value_of_its_type_fits(kind: Any, value: Any) -> None:
    assert wrong(Parameter(name="p", type=kind), value) is None


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("string", 1, "type"), ("string", True, "type"), ("string", "a\0b", "invalid"),
        ("string", "é" * 32_769, "too_long"),
        ("integer", "1", "type"), ("integer", 1.0, "type"), ("integer", True, "type"),
        ("integer", 2**63, "out_of_range"), ("integer", -(10**30), "out_of_range"),
        ("number", "1.5", "type"), ("number", False, "type"), ("number", math.nan, "out_of_range"),
        ("number", math.inf, "out_of_range"), ("number", -math.inf, "out_of_range"), ("number", 1e300, "out_of_range"),
        ("boolean", "true", "type"), ("boolean", 1, "type"), ("boolean", 0, "type"),
        ("date", "2026-02-30", "invalid"), ("date", "2026-2-3", "invalid"), ("date", "20260203", "invalid"),
        ("date", "2026-02-03T00:00", "invalid"), ("date", "٢٠٢٦-02-03", "invalid"), ("date", 20260203, "invalid"),
        ("date", "2026-02-03\n", "invalid"), ("date", "0000-01-01", "invalid"),
        ("secret", "no spaces", "invalid"), ("secret", "../etc", "invalid"), ("secret", "x\n", "invalid"),
        ("secret", "x" * 101, "invalid"), ("secret", 7, "invalid"),
    ],
)  # fmt: skip
def test_a_value_of_another_kind_does_not_fit(kind: Any, value: Any, code: str) -> None:
    assert wrong(Parameter(name="p", type=kind), value) == code


@pytest.mark.parametrize("value", ["Full", "full ", "half", 1, True])
def test_a_choice_is_one_of_the_choices_exactly(value: Any) -> None:
    definition = Parameter(name="p", type="choice", choices=["full", "1"])
    assert wrong(definition, "full") is None
    assert wrong(definition, value) == "not_a_choice"


@pytest.mark.parametrize(("kind", "low", "high"), [("integer", 1, 3), ("number", 1.0, 3.0), ("string", "a", "abc")])
def test_bounds_belong_to_the_range_and_of_a_text_count_characters(kind: Any, low: Any, high: Any) -> None:
    definition = Parameter(name="p", type=kind, min=1, max=3)
    assert wrong(definition, low) is wrong(definition, high) is None
    beyond = high * 2 if kind == "string" else high + 1
    assert wrong(definition, beyond) == "out_of_range"
    assert wrong(Parameter(name="p", type=kind, min=2), low) == "out_of_range"


def test_a_bound_of_zero_is_a_bound() -> None:
    assert wrong(Parameter(name="p", type="integer", min=0), -1) == "out_of_range"
    assert wrong(Parameter(name="p", type="integer", max=0), 1) == "out_of_range"


def test_a_blank_satisfies_required_and_an_empty_text_does_not() -> None:
    definition = Parameter(name="p", required=True)
    assert wrong(definition, " ") is None
    assert wrong(definition, "") == wrong(definition, None) == "required"
    assert [error.code for error in check_values([definition], {})] == ["required"]


@pytest.mark.parametrize("value", [0, False, 0.0])
def test_zero_and_false_satisfy_required(value: Any) -> None:
    kinds: dict[type, Any] = {int: "integer", bool: "boolean", float: "number"}
    assert wrong(Parameter(name="p", type=kinds[type(value)], required=True), value) is None


def test_a_default_satisfies_required_and_an_optional_one_may_be_empty() -> None:
    assert check_values([Parameter(name="p", required=True, default="x")], {}) == []
    for kind in get_args(ParameterType):
        definition = Parameter(name="p", type=kind, choices=["a"])
        assert wrong(definition, None) is wrong(definition, "") is None


def test_unknown_wrong_and_missing_ones_are_named_all_at_once() -> None:
    definitions = [Parameter(name="a", required=True), Parameter(name="b", type="integer"), Parameter(name="c")]
    errors = check_values(definitions, {"b": "x", "c": "fine", "d": 1, "e": None})
    assert {(error.field, error.code) for error in errors} == {
        ("parameters.a", "required"),
        ("parameters.b", "type"),
        ("parameters.d", "unknown"),
        ("parameters.e", "unknown"),
    }


def test_later_layers_win_defaults_fill_and_what_is_empty_is_left_out() -> None:
    definitions = [Parameter(name="a", default="1"), Parameter(name="b", default="2"), Parameter(name="c")]
    job: dict[str, Any] = {"a": "job", "c": "job"}
    assert effective_values(definitions, job, {"c": "now"}) == {"a": "job", "b": "2", "c": "now"}
    assert effective_values(definitions, job, {"a": None, "c": ""}) == {"b": "2"}
    assert effective_values(definitions, {"b": False}, {"z": 0}) == {"a": "1", "b": False, "z": 0}
    assert job == {"a": "job", "c": "job"}


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.floats() | st.text()))
def test_any_values_are_judged_without_failing(values: dict[str, Any]) -> None:
    kinds = get_args(ParameterType)
    names = list(values)
    definitions = [Parameter(name=name, type=kinds[index % len(kinds)]) for index, name in enumerate(names[::2])]
    fields = {error.field for error in check_values(definitions, values)}
    assert fields >= {f"parameters.{name}" for name in names[1::2]}
