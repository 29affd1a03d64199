"""`python -m demo.ssh_host FOLDER PORT`: an SSH server that plays a MedPro host, with FOLDER/host as the home.

It runs what it is asked to run with `sh -c`, as sshd does, for the one key that the demo made. When a client goes, what
it ran is ended; what detached itself from that session lives on, as on a real host.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from pathlib import Path

import asyncssh

READ_BYTES = 64 * 1024


async def serve(folder: Path, port: int) -> None:
    home = folder / "host"
    variables = {**os.environ, "HOME": str(home), "MEDPRO_DEMO_DATA": str(home / "data")}

    async def run(client: "asyncssh.SSHServerProcess[bytes]") -> None:
        await _run(client, home, variables)

    server = await asyncssh.listen(
        "127.0.0.1",
        port,
        server_host_keys=[folder / "keys" / "host"],
        authorized_client_keys=str(folder / "keys" / "client.pub"),
        process_factory=run,
        encoding=None,
        allow_scp=False,
        agent_forwarding=False,
    )
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    async with server:
        await stopping.wait()


async def _run(client: "asyncssh.SSHServerProcess[bytes]", home: Path, variables: dict[str, str]) -> None:
    command = client.command or "true"
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", command, cwd=home, env=variables, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    try:
        async with asyncio.TaskGroup() as pumps:
            if process.stdin is not None and process.stdout is not None:
                pumps.create_task(_give_input(client, process.stdin))
                pumps.create_task(_take_output(client, process.stdout))
        client.exit(await process.wait() % 256)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGHUP)


async def _give_input(client: "asyncssh.SSHServerProcess[bytes]", stdin: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await client.stdin.read(READ_BYTES):
            stdin.write(data)
            await stdin.drain()
        stdin.close()


async def _take_output(client: "asyncssh.SSHServerProcess[bytes]", stdout: asyncio.StreamReader) -> None:
    while data := await stdout.read(READ_BYTES):
        client.stdout.write(data)
        await client.stdout.drain()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
