"""`python -m gateway`."""

from functools import partial

from gateway.service import Settings, serve
from process.lifecycle import run
from process.logs import configure_logs
from process.settings import settings_or_exit


def main() -> None:
    settings = settings_or_exit(Settings)
    configure_logs("gateway", settings.log_format)
    run(partial(serve, settings))


if __name__ == "__main__":
    main()
