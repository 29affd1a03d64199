"""Examples are valid and can be read; and what was sent once is read for ever."""

import json
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec import Struct

from proto.contract import schema_files
from proto.examples import EXAMPLES

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
KINDS = {type(example).__name__: type(example) for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_every_example_is_read_as_what_it_is_and_satisfies_its_schema(example: Struct) -> None:
    encoded = msgspec.json.encode(example)
    assert msgspec.json.decode(encoded, type=type(example)) == example
    if (schema := schema_files().get(f"{type(example).__name__}.json")) is not None:
        Draft202012Validator(schema).validate(json.loads(encoded))
        assert json.loads(encoded) in schema["examples"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_a_message_of_an_earlier_version_says_the_same_today(path: Path) -> None:
    """These files are never changed: a message that cannot be read any more needs a version of its own."""
    kept = json.loads(path.read_bytes())
    read = msgspec.json.decode(path.read_bytes(), type=KINDS[path.stem.partition("-")[0]])
    said = msgspec.to_builtins(read)
    assert {name: said[name] for name in kept} == kept
