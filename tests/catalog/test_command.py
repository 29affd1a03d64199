"""The command: one argument list, in the order of the definitions, and its display, which a shell would read back."""

import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.api import Parameter
from services.catalog.command import Command, build_command, display

SCRIPT = "/opt/medpro/migrate"
HOSTILE = ["", "it's", '"', "$(id)", "`id`", "a\nb", "--force", "-", "=", "a=b", "~", "*", "\\", "é😀", ";", "#x", " "]


def arguments(definition: Parameter, value: Any) -> list[str]:
    command = build_command([definition], {definition.name: value})
    assert command.environment == command.secrets == {}
    return command.arguments


@pytest.mark.parametrize(
    ("flag", "value", "expected"),
    [
        (None, 42, ["--p=42"]),
        ("--other", "a b", ["--other=a b"]),
        ("-n", 42, ["-n", "42"]),
        ("", "pos", ["pos"]),
        ("", "-rf", ["-rf"]),
        (None, True, ["--p"]),
        (None, False, []),
        ("-v", True, ["-v"]),
        ("-v", False, []),
        ("", True, ["true"]),
        ("", False, ["false"]),
        (None, 0, ["--p=0"]),
        (None, 1.5, ["--p=1.5"]),
        (None, " ", ["--p= "]),
        (None, None, []),
    ],
)
def test_a_value_becomes_arguments_by_its_flag(flag: str | None, value: Any, expected: list[str]) -> None:
    assert arguments(Parameter(name="p", flag=flag), value) == expected


def test_arguments_follow_the_order_of_the_definitions_not_of_the_values() -> None:
    definitions = [Parameter(name="to", flag=""), Parameter(name="fast", flag="-f"), Parameter(name="from", flag="")]
    command = build_command(definitions, {"from": "a", "fast": True, "to": "b"})
    assert command.arguments == ["b", "-f", "a"]


@pytest.mark.parametrize(("value", "text"), [("pt BR", "pt BR"), (7, "7"), (True, "true"), (False, "false")])
def test_a_value_for_the_environment_is_no_argument(value: Any, text: str) -> None:
    command = build_command([Parameter(name="LOCALE", pass_as="environment")], {"LOCALE": value})
    assert command == Command(environment={"LOCALE": text})


@pytest.mark.parametrize("way", ["argument", "environment"])
def test_a_secret_is_passed_by_name_and_never_as_an_argument(way: Any) -> None:
    command = build_command([Parameter(name="TOKEN", type="secret", pass_as=way)], {"TOKEN": "api_token"})
    assert command == Command(secrets={"TOKEN": "api_token"})


def test_values_of_no_definition_are_not_passed() -> None:
    assert build_command([], {"x": 1}) == Command()


def test_the_display_reads_as_one_would_type_it() -> None:
    command = Command(["--practitioner_id=42", "--note=it's $HOME", "-n", "a b", "--dry_run"])
    expected = f"""{SCRIPT} --practitioner_id=42 --note='it'"'"'s $HOME' -n 'a b' --dry_run"""
    assert display(SCRIPT, command) == expected


def test_the_display_masks_secrets() -> None:
    shown = display(SCRIPT, Command(["x"], {"LOCALE": "pt BR"}, {"TOKEN": "api_token"}))
    assert shown == f"LOCALE='pt BR' TOKEN=******** {SCRIPT} x"
    assert "api_token" not in shown


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_stays_one_argument(value: str) -> None:
    for flag, expected in ((None, [f"--p={value}"]), ("-n", ["-n", value]), ("", [value])):
        command = Command(arguments(Parameter(name="p", flag=flag), value))
        assert command.arguments == expected
        assert shlex.split(display(SCRIPT, command)) == [SCRIPT, *expected]


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(
    st.builds(str.__add__, st.just("/"), TEXT),
    st.lists(TEXT),
    st.dictionaries(st.from_regex(r"[A-Z]+", fullmatch=True), TEXT),
)
def test_a_shell_reads_the_argument_list_back_from_the_display(
    script: str, words: list[str], variables: dict[str, str]
) -> None:
    shown = display(script, Command(words, variables))
    assert shlex.split(shown) == [*(f"{name}={value}" for name, value in variables.items()), script, *words]
