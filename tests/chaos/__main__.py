"""`python -m tests.chaos --seed 1 --seconds 600`: a campaign and its report; exit status 1 where it finds something."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.chaos.campaign import run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="repeats a schedule of harm")
    parser.add_argument("--seconds", type=float, default=600, help="how long harm is done")
    parser.add_argument("--executions", type=int, help="24 a minute unless told")
    parser.add_argument("--keep", action="store_true", help="keep logs and data even where nothing was found")
    asked = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that the servers end with us
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"seed {asked.seed}, in {folder}", flush=True)
    executions = asked.executions or round(asked.seconds * 24 / 60) or 1
    report = run(asked.seed, asked.seconds, executions, folder, lambda text: print(text, flush=True))
    print(report)
    if report.findings or asked.keep:
        print(f"the logs and data are kept in {folder}")
    else:
        shutil.rmtree(folder)
    sys.exit(1 if report.findings else 0)


if __name__ == "__main__":
    main()
