"""Why a request was not done: the two exceptions that cross services, and the problem they carry.

*Rejected* is final: the same request will be refused again. *Unavailable* passes: the same request may be repeated.
Nothing else may reach a requester, above all no text of an unforeseen exception.
"""

from msgspec import Struct

MAX_ERRORS = 100


class FieldError(Struct, frozen=True):
    """One wrong field. `field` is a dotted path into what was sent: `parameters.practitioner_id`."""

    field: str
    code: str
    message: str


class Problem(Struct, frozen=True, omit_defaults=True):
    """What a reply carries instead of a result; the gateway turns it into RFC 9457's problem document."""

    status: int
    code: str
    detail: str
    errors: list[FieldError] = []
    running_execution_id: int | None = None


class Rejected(Exception):  # noqa: N818 - read as a sentence: `raise Rejected(...)`
    """The request is wrong and stays wrong."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem


class Unavailable(Exception):  # noqa: N818 - as above
    """Something that the request needs does not answer now; to be tried again."""

    def __init__(self, detail: str, code: str = "unavailable") -> None:
        super().__init__(detail)
        self.problem = Problem(status=503, code=code, detail=detail)


def not_found(what: str, identity: object) -> Rejected:
    return Rejected(Problem(status=404, code="not_found", detail=f"there is no {what} {identity}"))


def conflict(code: str, detail: str, *errors: FieldError, running_execution_id: int | None = None) -> Rejected:
    return Rejected(
        Problem(409, code, detail, errors=list(errors), running_execution_id=running_execution_id),
    )


def wrong_fields(errors: list[FieldError], status: int = 422) -> Rejected:
    """All wrong fields at once, up to a hundred; `errors` is not empty."""
    detail = "1 field is wrong" if len(errors) == 1 else f"{len(errors)} fields are wrong"
    if len(errors) > MAX_ERRORS:
        detail = f"more than {MAX_ERRORS} fields are wrong"
    return Rejected(Problem(status=status, code="invalid", detail=detail, errors=errors[:MAX_ERRORS]))
