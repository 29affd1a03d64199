"""`medpro`: sources, jobs and runs from a terminal."""

import os

import click

from cli.client import Api
from cli.definitions import export_all, import_all, jobs, sources
from cli.doctor import doctor
from cli.runs import cancel, logs, preview, run, runs


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--url", envvar="MEDPRO_URL", default="http://127.0.0.1:8080", show_default=True, help="the gateway")
@click.pass_context
def main(context: click.Context, url: str) -> None:
    """Run data migrations into MedPro. A token, where one is needed, is read from MEDPRO_TOKEN."""
    context.obj = Api(url.rstrip("/"), os.environ.get("MEDPRO_TOKEN"))


for command in (sources, jobs, runs, run, preview, logs, cancel, export_all, import_all, doctor):
    main.add_command(command)

if __name__ == "__main__":
    main()
