"""`python -m services.catalog`."""

from functools import partial

from process.lifecycle import run
from process.logs import configure_logs
from process.settings import settings_or_exit
from services.catalog.service import Settings, serve


def main() -> None:
    settings = settings_or_exit(Settings)
    configure_logs("catalog", settings.log_format)
    run(partial(serve, settings))


if __name__ == "__main__":
    main()
