"""The product's own code on the simulated world: which names of its modules are replaced by which of ours."""

import sys
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from unittest.mock import patch

from services.executor.window import Window
from tests.protocol import bus, deliveries, loop
from tests.protocol.scene import Scene

# A thousandth of the real sizes, so that a log of some kilobytes is a flood.
IN_FLIGHT_BYTES, CHUNK_BYTES, READ_BYTES = 1024, 256, 64


@contextmanager
def installed() -> Iterator["Now"]:
    """While it lasts, the product's modules use the simulation's names. `now.world` is the world they live in."""
    now = Now()
    clock, tokens = SimpleNamespace(monotonic=loop.now_s), SimpleNamespace(token_hex=now.token)
    names: dict[str, dict[str, object]] = {
        "services.executor.commands": {"deliveries": deliveries.deliveries, "log": now},
        "services.executor.heart": {"ask": bus.ask, "listen": bus.listen, "time": clock, "log": now},
        "services.executor.hosted": {"ask": bus.ask, "time": clock, "secrets": tokens, "log": now},
        "services.executor.run": {"ask": bus.ask, "time": clock, "log": now,
                                  "random": SimpleNamespace(uniform=now.uniform), "Window": now.window},
        "services.executor.shipping": {"publish": bus.publish, "time": clock, "secrets": tokens, "now": loop.now,
                                       "log": now},
        "services.executor.stopping": {"log": now},
        "services.executor.launcher": {"secrets": tokens},
        "services.executor.host": {"WINDOW_BYTES": READ_BYTES // 2},
        "services.executor.window": {"MAX_IN_FLIGHT_BYTES": IN_FLIGHT_BYTES, "MAX_CHUNK_BYTES": CHUNK_BYTES},
        "services.logsink.runs": {"now": loop.now},
        "services.logsink.executions": {"now": loop.now},
        "services.logsink.estimates": {"now": loop.now},
        "schema.execution_view": {"now": loop.now},
        "services.logsink.endings": {"now": loop.now, "log": now},
        "services.logsink.events": {"publish": bus.publish, "now": loop.now, "time": clock, "log": now},
        "services.logsink.intake": {"deliveries": deliveries.deliveries, "hint": bus.hint, "log": now},
        "services.logsink.queues": {"time": clock},
        "services.logsink.handlers": {"hint": bus.hint, "log": now},
        "services.catalog.dispatch": {"publish": bus.publish, "ask": bus.ask, "now": loop.now, "log": now},
        "process.lifecycle": {"log": now},
    }  # fmt: skip
    patches = [
        patch.object(import_module(module), name, value)
        for module, values in names.items()
        for name, value in values.items()
    ]
    with patch.dict("os.environ", {"SIMULATED_SECRET": "hunter2-secret"}):
        for one in patches:
            one.start()
        try:
            yield now
        finally:
            for one in patches:
                one.stop()


class Present(Scene):
    """What the product's code needs of the world beside bus and host."""

    @abstractmethod
    def window(self, committed: int) -> Window: ...


class Now:
    """The world of the present schedule, as the product's log, dice and tokens."""

    world: Present

    def info(self, event: str, **about: object) -> None:
        self.world.note(f"    {event} {about.get('reason', '')}")

    warning = error = info

    def exception(self, event: str, **about: object) -> None:
        self.world.fail(f"unexpected: {event} {about}: {sys.exception()!r}", sys.exception())

    def window(self, committed: int) -> Window:
        return self.world.window(committed)

    def uniform(self, low: float, high: float) -> float:
        return self.world.random.uniform(low, high)

    def token(self, size: int) -> str:
        return self.world.random.randbytes(size).hex()
