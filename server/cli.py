"""The `intrvu` command. Each command loads only what it needs, so that help and tokens come at once."""

import sys
from pathlib import Path
from typing import Any

import click

from domain.errors import IntrvuError

FILE = click.Path(path_type=Path)


@click.group(no_args_is_help=True)
def cli() -> None:
    """IntrVu: interview practice as one GraphQL server. Settings come from the environment and .env."""


@cli.group(no_args_is_help=True)
def bank() -> None:
    """Look after the bank of challenges."""


@cli.command()
@click.option("--port", type=int, help="Listen there instead of at PORT (8000 by default).")
@click.option("--host", help="Listen on that address instead of HOST (127.0.0.1).")
def serve(port: int | None, host: str | None) -> None:
    """Serve GraphQL over HTTP and WebSocket, and work on evaluations. An empty database gets its tables first."""
    from server.serving import serve as run  # noqa: PLC0415 - loads the whole server
    from server.settings import Settings  # noqa: PLC0415 - as above

    overrides: dict[str, Any] = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    run(Settings.read(**overrides))


@cli.command()
@click.option("--user", required=True, help="A name that you invent, such as alice: the token speaks for this person.")
def token(user: str) -> None:
    """Print a development token, and nothing else. It is good for a week, across restarts."""
    from auth.development import DevelopmentIssuer  # noqa: PLC0415 - loads cryptography
    from domain.errors import ConfigurationError  # noqa: PLC0415 - for this command only
    from server.settings import Settings  # noqa: PLC0415 - for some commands only

    settings = Settings.read()
    if not settings.development_identity:
        raise ConfigurationError(
            "There are no development tokens where JWT_KEY is set: sign in with Clerk, or unset JWT_KEY."
        )
    click.echo(DevelopmentIssuer.open(settings.data_dir).issue(user))


@cli.command()
def migrate() -> None:
    """Bring the database to this version, from empty or from any earlier one. Does no harm when it is there already."""
    from persistence import locations, migrations  # noqa: PLC0415 - loads SQLAlchemy
    from server import storage  # noqa: PLC0415 - as above
    from server.settings import Settings  # noqa: PLC0415 - for some commands only

    settings = Settings.read()
    storage.prepare_folder(settings)
    url = locations.parse(settings.database_url.get_secret_value())
    migrations.upgrade(url)
    click.echo(f"The database is at version {migrations.HEAD} ({locations.describe(url)}).")


@cli.command()
@click.option("--json", is_flag=True, help="Print the findings as JSON.")
def doctor(*, json: bool) -> None:
    """Look at all that a server needs, and say what to do. Changes nothing; exits with 1 when something fails."""
    from server.doctor import report  # noqa: PLC0415 - loads SQLAlchemy

    findings = report.examine()
    click.echo(report.encoded(findings) if json else report.lines(findings), nl=False)
    if not report.healthy(findings):
        sys.exit(1)


@cli.command(name="export-schema")
@click.option("--output", type=FILE, help="Write to that file instead of standard output.")
def export_schema(output: Path | None) -> None:
    """Print the GraphQL schema in the schema definition language."""
    from schema import export  # noqa: PLC0415 - loads Strawberry

    if output is None:
        click.echo(export(), nl=False)
    else:
        output.write_text(export(), encoding="utf-8")


@bank.command()
@click.option("--content", type=FILE, help="Check the bank in that folder instead of the one that is served.")
@click.option("--json", is_flag=True, help="Print the report as JSON.")
def check(*, content: Path | None, json: bool) -> None:
    """Check every item: schema, wording, duplicates, balance, coverage, grading. Exits with 1 on a finding."""
    from server.bank import report  # noqa: PLC0415 - loads the grader and jsonschema

    made = report.examine() if content is None else report.examine(content)
    click.echo(report.encoded(made) if json else report.lines(made), nl=False)
    if not made.healthy:
        sys.exit(1)


def main() -> None:
    """Run the command; what an operator can mend is one line on standard error and exit code 1."""
    try:
        cli(prog_name="intrvu")
    except IntrvuError as exc:
        sys.stderr.write(f"intrvu: {exc}\n")
        sys.exit(1)
