"""A service process that is told to end."""

import signal
import subprocess
import sys

# The clean-up says that it has begun, and is done when it is told so.
SERVICE = """
import asyncio, sys
from process.lifecycle import run

async def main():
    try:
        print("runs", flush=True)
        await asyncio.get_running_loop().create_future()
    finally:
        print("leaves", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        print("left in order", flush=True)

run(main)
"""


def test_a_second_signal_does_not_break_off_the_clean_up() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVICE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if "stopping already" in line:
                process.stdin.write("\n")
            elif line in ("runs\n", "leaves\n"):
                process.send_signal(signal.SIGTERM)
    assert "left in order" in told, told
    assert process.returncode == 0
