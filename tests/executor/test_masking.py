"""Masking: no byte of a secret leaves, no offset moves, and it does not matter how the log was cut on its way."""

import json
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.executor.masking import Mask, MaskedLog

# Two letters only, so that secrets repeat, overlap and begin again within each other.
SECRETS = st.lists(st.text("ab", min_size=1, max_size=6).map(str.encode), max_size=4)
LOG = st.text("ab.", max_size=60).map(str.encode)
CUTS = st.lists(st.integers(0, 60), max_size=12)


def masked_by_definition(secrets: list[bytes], log: bytes) -> bytes:
    shown = bytearray(log)
    for secret in secrets:
        for start in range(len(log) - len(secret) + 1):
            if log[start : start + len(secret)] == secret:
                shown[start : start + len(secret)] = b"*" * len(secret)
    return bytes(shown)


def pieces(log: bytes, cuts: list[int]) -> list[bytes]:
    borders = sorted({0, len(log), *(cut for cut in cuts if cut < len(log))})
    return [log[start:end] for start, end in pairwise(borders)]


def in_doubt(secrets: list[bytes], seen: bytes) -> int:
    """How many bytes at the end could be the beginning of a secret that is not complete."""
    beginnings = (secret[:length] for secret in secrets for length in range(1, len(secret)))
    return max((len(beginning) for beginning in beginnings if seen.endswith(beginning)), default=0)


@given(SECRETS, LOG)
@example([b"aba"], b"ababa")
def test_every_byte_of_every_occurrence_is_masked_and_no_other(secrets: list[bytes], log: bytes) -> None:
    assert Mask(secrets).whole(log) == masked_by_definition(secrets, log)


@given(SECRETS, LOG, CUTS)
@example([b"aab", b"abbb"], b"aabbb", [1, 2, 3, 4])
@example([b"ab", b"abab"], b"ababab", [1, 3, 5])
def test_any_cutting_gives_what_the_whole_gives(secrets: list[bytes], log: bytes, cuts: list[int]) -> None:
    mask = Mask(secrets)
    shown = b"".join(mask.feed(piece) for piece in pieces(log, cuts)) + mask.flush()
    assert shown == masked_by_definition(secrets, log)


@given(SECRETS, LOG, CUTS)
def test_only_what_could_begin_a_secret_is_held_back(secrets: list[bytes], log: bytes, cuts: list[int]) -> None:
    mask = Mask(secrets)
    seen = shown = b""
    for piece in pieces(log, cuts):
        seen += piece
        shown += mask.feed(piece)
        assert len(shown) == len(seen) - in_doubt(secrets, seen)


@given(SECRETS, LOG, st.integers(0, 60))
def test_a_log_cut_short_within_a_secret_shows_no_byte_of_it(secrets: list[bytes], log: bytes, cut: int) -> None:
    mask = Mask(secrets)
    shown = mask.feed(log[:cut]) + mask.flush(cut_short=True)
    assert len(shown) == len(log[:cut])
    hidden = masked_by_definition(secrets, log)[:cut]
    assert all(byte == ord("*") for byte, whole in zip(shown, hidden, strict=True) if whole == ord("*"))


@given(SECRETS, LOG, CUTS, CUTS)
def test_resumed_at_any_shown_offset_the_bytes_are_the_same(
    secrets: list[bytes], log: bytes, cuts: list[int], later_cuts: list[int]
) -> None:
    expected = masked_by_definition(secrets, log)
    first = MaskedLog(Mask(secrets), 0)
    shown_offsets = {0}
    for piece in pieces(log, cuts):
        first.feed(piece)
        shown_offsets.add(first.shown)
    for committed in shown_offsets:
        resumed = MaskedLog(Mask(secrets), committed)
        shown = bytearray()
        given = [resumed.feed(piece) for piece in pieces(log[resumed.next :], later_cuts)]
        for offset, data in [*given, resumed.flush()]:
            assert offset == committed + len(shown)
            shown += data
        assert bytes(shown) == expected[committed:]


@given(SECRETS, LOG, CUTS)
def test_the_next_byte_to_read_follows_what_was_read(secrets: list[bytes], log: bytes, cuts: list[int]) -> None:
    masked = MaskedLog(Mask(secrets), 0)
    read = 0
    for piece in pieces(log, cuts):
        assert masked.next == read
        masked.feed(piece)
        read += len(piece)
    assert masked.next == len(log)


def test_without_secrets_nothing_is_changed_or_held_back() -> None:
    assert Mask([]).feed(b"anything") == b"anything"
    assert Mask([b""]).feed(b"anything") == b"anything"


def test_a_secret_is_bytes_and_no_pattern() -> None:
    assert Mask([b"a.c", b"(", b"\\"]).whole(b"abc a.c ( \\") == b"abc *** * *"


def test_a_secret_of_several_lines_is_masked_as_one() -> None:
    assert Mask([b"-----\nabc\n"]).whole(b"key:-----\nabc\n.") == b"key:**********."


@pytest.mark.parametrize("only_ascii", [False, True])
@pytest.mark.parametrize("secret", ['say "friend"', "back\\slash", "two\nlines", "très-secret", "😀", "tab\there"])
def test_a_secret_is_masked_as_json_quotes_it(secret: str, only_ascii: bool) -> None:
    log = json.dumps({"token": secret}, ensure_ascii=only_ascii)
    masked = Mask([secret.encode()]).whole(log.encode())
    assert len(masked) == len(log.encode())
    assert set(json.loads(masked)["token"]) == {"*"}


def test_a_secret_that_is_not_text_is_masked_as_its_bytes() -> None:
    assert Mask([b"\xff\xfe\x00"]).whole(b"<\xff\xfe\x00>") == b"<***>"
