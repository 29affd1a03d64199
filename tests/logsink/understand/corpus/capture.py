"""Makes the corpus again: runs real programs and keeps what they print.

    python tests/logsink/understand/corpus/capture.py PYTHON [NAME …]

PYTHON is the interpreter of a throwaway environment with tqdm, rich, alive-progress, django and alembic.
Also used: git, rsync, pv, dd, curl, wget, node, java, sqlite3, mariadb-dump. What is not installed is left as it is.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
LARGEST = 30_000

PROGRAMS = {
    "tqdm_phases": """
import time
from tqdm import tqdm
for i in tqdm(range(1000), desc="Migrating patients", mininterval=0.02): time.sleep(.0004)
for i in tqdm(range(500), desc="Migrating appointments", unit="row", mininterval=0.02): time.sleep(.0004)
print("done")
""",
    "tqdm_side_by_side": """
from tqdm import tqdm
bars = [tqdm(total=60, desc=f"worker {i}", position=i, mininterval=0) for i in range(3)]
for i in range(60):
    for bar in bars[: 1 + i % 3]: bar.update(1)
for i in range(60):
    for bar in bars:
        if bar.n < 60: bar.update(1)
for bar in bars: bar.close()
print("all done")
""",
    "tqdm_nested": """
import time
from tqdm import trange
for i in trange(4, desc="clinics", mininterval=0):
    for j in trange(30, desc="patients", leave=False, mininterval=0): time.sleep(.0005)
print("finished")
""",
    "rich_two_bars": """
import time
from rich.console import Console
from rich.progress import Progress
with Progress(console=Console(force_terminal=True, width=80)) as progress:
    first, second = progress.add_task("patients", total=100), progress.add_task("appointments", total=200)
    for i in range(100):
        progress.update(first, advance=1); progress.update(second, advance=2)
        if i == 50: progress.console.print("halfway through")
        time.sleep(.005)
print("end")
""",
    "alive_bar": """
import time
from alive_progress import alive_bar
with alive_bar(300, force_tty=True, title="patients") as bar:
    for i in range(300): time.sleep(.002); bar()
""",
    "python_logging": """
import logging, sys
logging.basicConfig(level="DEBUG", format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stdout)
log = logging.getLogger("import")
log.debug("connecting")
log.info("Found 1,234 patients")
log.info("migrated 617 patients, 0 errors so far")
log.warning("patient 12 has no birthday")
try:
    {}["name"]
except KeyError:
    log.exception("patient 77 was not migrated")
log.info("going on")
raise RuntimeError("disk 93% full")
""",
    "django_migrate": """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
                   DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "clinic.db"}},
                   DEFAULT_AUTO_FIELD="django.db.models.AutoField")
django.setup()
from django.core.management import call_command
call_command("migrate", no_color=True)
""",
    "alembic_upgrade": """
import pathlib, subprocess, sys
run = lambda *arguments: subprocess.run([sys.executable, "-m", "alembic", *arguments], check=True, capture_output=True)
run("init", "scripts")
ini = pathlib.Path("alembic.ini"); ini.write_text(ini.read_text().replace("driver://user:pass@localhost/dbname", "sqlite:///clinic.db"))
for name in ("patients", "appointments", "notes"): run("revision", "-m", name)
subprocess.run([sys.executable, "-m", "alembic", "upgrade", "head"], check=True)
""",
}
COMMANDS = {
    "rsync_progress2": "rsync -a --info=progress2 tree/ copy/",
    "rsync_per_file": "rsync -a --progress tree/ copy/",
    "pv": "pv -f -i 0.2 -L 20m big > /dev/null",
    "dd": "dd if=big of=copy bs=8k status=progress",
    "curl": "curl --limit-rate 12m -o copy http://127.0.0.1:8377/big",
    "curl_bar": "curl -# --limit-rate 12m -o copy http://127.0.0.1:8377/big",
    "wget_bar": "wget --progress=bar:force --limit-rate 12m -O copy http://127.0.0.1:8377/big",
    "wget_dots": "wget --progress=dot:mega --limit-rate 12m -O copy http://127.0.0.1:8377/big",
    "git_clone": "git clone --progress file://$PWD/repository copy",
    "node_crash": "node crash.js",
    "java_crash": "java Crash.java",
    "sqlite_error": "sqlite3 clinic.db 'SELECT * FROM patients'",
    "mariadb_dump_error": "mariadb-dump --protocol=tcp --port=1 clinic",
}
FILES = {
    "crash.js": "console.log('importing');\nfunction load() { throw new TypeError('no such patient'); }\nload();\n",
    "Crash.java": 'class Crash { static void load() { throw new IllegalStateException("no such patient"); }\n'
    'public static void main(String[] a) { System.out.println("importing"); try { load(); } catch (RuntimeException e)'
    ' { throw new RuntimeException("import failed", e); } } }\n',
}


def main(python: str, names: list[str]) -> None:
    for name, source in PROGRAMS.items():
        FILES[f"{name}.py"] = source
        COMMANDS[name] = f"{python} {name}.py"
    server: subprocess.Popen[bytes] | None = None
    with tempfile.TemporaryDirectory() as folder:
        try:
            server = _prepare(Path(folder))
            for name in names or COMMANDS:
                _capture(name, Path(folder))
        finally:
            if server is not None:
                server.terminate()


def _prepare(folder: Path) -> subprocess.Popen[bytes]:
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "big").write_bytes(b"x" * 20_000_000)
    (folder / "tree").mkdir()
    for number in range(40):
        (folder / "tree" / f"file{number}").write_bytes(bytes([number]) * 300_000)
    (folder / "repository").mkdir()
    for number in range(60):
        (folder / "repository" / f"file{number}").write_text(f"{number}\n" * 100)
    identity = "-c user.name=a -c user.email=a@example.org"
    _run(f"git init -q . && git add . && git {identity} commit -qm first", folder / "repository")
    return subprocess.Popen(
        [sys.executable, "-m", "http.server", "8377", "--bind", "127.0.0.1"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def _capture(name: str, folder: Path) -> None:
    command = COMMANDS[name]
    if shutil.which(command.split()[0]) is None:
        print(f"{name}: not installed")
        return
    copy = folder / "copy"
    if copy.is_dir():
        shutil.rmtree(copy)
    copy.unlink(missing_ok=True)
    output = _run(command, folder).replace(str(folder).encode(), b".")
    if len(output) > LARGEST:
        print(f"{name}: {len(output)} bytes, not kept")
        return
    (HERE / f"{name}.log").write_bytes(output)
    print(f"{name}: {len(output)} bytes")


def _run(command: str, folder: Path) -> bytes:
    """As the executor starts a script: stdout and stderr merged, no terminal, no input."""
    with (folder / "output").open("wb") as output:
        subprocess.run(
            command,
            shell=True,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return (folder / "output").read_bytes()


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).absolute()), sys.argv[2:])
