"""The database and the executions of logsink's tests: catalog's sweep looks at the same rows."""

from tests.logsink.conftest import database, insert_execution

__all__ = ["database", "insert_execution"]
