"""The result of a run: result.json, else report lines, else the counters of the closing lines."""

from typing import Any

import msgspec

from services.logsink.understand import closing
from services.logsink.understand.closing import field_of

FIELDS = ("read", "migrated", "skipped", "failed")
LARGEST = 262_144


class Result(msgspec.Struct):
    """What is known, whoever said it."""

    counts: dict[str, int] = {}
    entities: dict[str, dict[str, int]] = {}
    outputs: dict[str, Any] = {}
    message: str | None = None
    problems: list[str] = []
    others: dict[str, list[int]] = {}  # of entities (or of none): counters that nobody can interpret

    def merge(self, stated: dict[str, Any]) -> None:
        """What a script states; later statements win."""
        stated = dict(stated)
        name = stated.get("entity", stated.get("name"))
        if isinstance(name, str) and any(field in stated for field in FIELDS):
            stated.pop("entity", None)
            stated.pop("name", None)
            self._entity(name, stated)
            return
        for key, value in stated.items():
            self._state(_clean(str(key))[:100], value)

    def is_known(self) -> bool:
        return bool(self.counts or self.entities or self.outputs or self.message)

    def _state(self, key: str, value: Any) -> None:
        if key == "message":
            if isinstance(value, str):
                self.message = _clean(value)[:2000]
            else:
                self.problems.append("message is not text")
        elif key == "counts" and isinstance(value, dict):
            self.counts.update(self._counts(value, "counts"))
        elif key == "entities":
            self._entities(value)
        elif key == "outputs" and isinstance(value, dict):
            self.outputs.update({_clean(str(name))[:100]: _clean(item) for name, item in value.items()})
        elif key in FIELDS:
            self.counts.update(self._counts({key: value}, ""))
        elif isinstance(value, dict) and any(field in value for field in FIELDS):
            self._entity(key, value)
        elif key in ("counts", "outputs"):
            self.problems.append(f"{key} is not an object")
        else:
            self.outputs[key] = _clean(value)

    def _entities(self, value: Any) -> None:
        if isinstance(value, dict):
            value = [{**item, "name": name} if isinstance(item, dict) else item for name, item in value.items()]
        if not isinstance(value, list):
            self.problems.append("entities is not a list")
            return
        for item in value[:_ENTITIES]:
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                self._entity(item["name"], item)
            else:
                self.problems.append("an entity has no name")

    def _entity(self, name: str, values: dict[str, Any]) -> None:
        name = _clean(name)[:100]
        if name in self.entities or len(self.entities) < _ENTITIES:
            self.entities.setdefault(name, {}).update(self._counts(values, name))

    def _counts(self, values: dict[str, Any], where: str) -> dict[str, int]:
        counts = {}
        for field in FIELDS:
            if values.get(field) is None:
                continue
            count = _count(values[field])
            if count is None:
                self.problems.append(f"{where + '.' if where else ''}{field} is not a whole number")
            else:
                counts[field] = count
        return counts


def from_json(text: str) -> Result:
    result = Result()
    if len(text.encode("utf-8", "replace")) > LARGEST:
        result.problems.append("result.json is over 256 KiB")
        return result
    try:
        stated = msgspec.json.decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError, ValueError):
        result.problems.append("result.json is not valid JSON")
        return result
    if not isinstance(stated, dict):
        result.problems.append("result.json is not an object")
        return result
    try:
        result.merge(stated)
    except RecursionError:
        return Result(problems=["result.json is nested too deeply"])
    result.problems = [f"result.json: {problem}" for problem in result.problems]
    return result


def from_closing_lines(lines: list[str]) -> Result:
    found = closing.counters_of(lines)
    if len(found.entities) == 1:
        (name,) = found.entities
        own = found.entities[name]
        if all(own.get(field, count) == count for field, count in found.counts.items()):
            own.update(found.counts)  # nothing else is spoken of
            found.others.setdefault(name, []).extend(found.others.get("", []))
            found.counts = {}
    entities = dict(list(found.entities.items())[-_ENTITIES:])
    return Result(counts=found.counts, entities=entities, others=found.others)


def together(results: list[Result]) -> Result:
    """The most trusted first."""
    whole = Result()
    for result in reversed(results):
        whole.counts = {**whole.counts, **result.counts}
        whole.outputs = {**whole.outputs, **result.outputs}
        whole.message = result.message or whole.message
        whole.others = {**whole.others, **result.others}
        for name, counts in result.entities.items():
            whole.entities[name] = {**whole.entities.get(name, {}), **counts}
        whole.problems = [*result.problems, *whole.problems]
    return whole


def totals(result: Result) -> dict[str, int | None]:
    """What is not said as a total is the sum of the entities, if all of them have it."""
    whole: dict[str, int | None] = {}
    for field in FIELDS:
        parts = [counts.get(field) for counts in result.entities.values()]
        known = [part for part in parts if part is not None]
        whole[field] = result.counts.get(field, sum(known) if known and len(known) == len(parts) else None)
    return whole


def reconciled(result: Result) -> bool | None:
    """Whether what was read was migrated, skipped or failed; None when that cannot be told."""
    sums = _sums(result)
    answers = [_adds_up(counts, result.others.get(name, [])) for name, counts in result.entities.items()]
    if {"read", "migrated"} <= result.counts.keys():
        answers.append(_adds_up({**sums, **result.counts}, result.others.get("", [])))
    differs = any(
        result.counts[field] != sums[field]
        for field in FIELDS
        if field in result.counts and all(field in counts for counts in result.entities.values()) and result.entities
    )
    told = [answer for answer in answers if answer is not None]
    return False if differs else all(told) if told else None


def _sums(result: Result) -> dict[str, int]:
    sums: dict[str, int] = {}
    for counts in result.entities.values():
        for field, count in counts.items():
            sums[field] = sums.get(field, 0) + count
    return sums


def _adds_up(counts: dict[str, int], others: list[int]) -> bool | None:
    """Not "no" where a counter that nobody can interpret closes the sum."""
    if not {"read", "migrated"} <= counts.keys():
        return None
    left = counts["read"] - counts["migrated"] - counts.get("skipped", 0) - counts.get("failed", 0)
    return left == 0 or (None if abs(left) in others else False)


def _count(value: Any) -> int | None:
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value < 2**53 else None


def _clean(value: Any) -> Any:
    """As any database and any JSON reader takes it."""
    if isinstance(value, str):
        return value.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


_ENTITIES = 100
__all__ = ["Result", "field_of", "from_closing_lines", "from_json", "reconciled", "together", "totals"]
