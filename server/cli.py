"""The `intrvu` command. Each command loads only what it needs, so that help and tokens come at once."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.errors import IntrvuError

cli = typer.Typer(
    help="IntrVu: interview practice as one GraphQL server. Settings come from the environment and .env.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
bank = typer.Typer(help="Look after the bank of challenges.", no_args_is_help=True, rich_markup_mode=None)
cli.add_typer(bank, name="bank")


@cli.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Listen there instead of at PORT (8000 by default).")] = None,
    host: Annotated[str | None, typer.Option(help="Listen on that address instead of HOST (127.0.0.1).")] = None,
) -> None:
    """Serve GraphQL over HTTP and WebSocket, and work on evaluations. An empty database gets its tables first."""
    from server.serving import serve as run  # noqa: PLC0415 - loads the whole server
    from server.settings import Settings  # noqa: PLC0415 - as above

    overrides: dict[str, Any] = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    run(Settings.read(**overrides))


@cli.command()
def token(
    user: Annotated[str, typer.Option(help="A name that you invent, such as alice: the token speaks for this person.")],
) -> None:
    """Print a development token, and nothing else. It is good for a week, across restarts."""
    from auth.development import DevelopmentIssuer  # noqa: PLC0415 - loads cryptography
    from domain.errors import ConfigurationError  # noqa: PLC0415 - for this command only
    from server.settings import Settings  # noqa: PLC0415 - loads pydantic

    settings = Settings.read()
    if not settings.development_identity:
        raise ConfigurationError(
            "There are no development tokens where JWT_KEY is set: sign in with Clerk, or unset JWT_KEY."
        )
    typer.echo(DevelopmentIssuer.open(settings.data_dir).issue(user))


@cli.command()
def migrate() -> None:
    """Bring the database to this version, from empty or from any earlier one. Does no harm when it is there already."""
    from persistence import locations, migrations  # noqa: PLC0415 - loads SQLAlchemy
    from server import storage  # noqa: PLC0415 - as above
    from server.settings import Settings  # noqa: PLC0415 - loads pydantic

    settings = Settings.read()
    storage.prepare_folder(settings)
    url = locations.parse(settings.database_url.get_secret_value())
    migrations.upgrade(url)
    typer.echo(f"The database is at version {migrations.HEAD} ({locations.describe(url)}).")


@cli.command()
def doctor(
    *,
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look at all that a server needs, and say what to do. Changes nothing; exits with 1 when something fails."""
    from server.doctor import report  # noqa: PLC0415 - loads pydantic and SQLAlchemy

    findings = report.examine()
    typer.echo(report.encoded(findings) if json else report.lines(findings), nl=False)
    if not report.healthy(findings):
        raise typer.Exit(1)


@cli.command(name="export-schema")
def export_schema(
    output: Annotated[Path | None, typer.Option(help="Write to that file instead of standard output.")] = None,
) -> None:
    """Print the GraphQL schema in the schema definition language."""
    from schema import export  # noqa: PLC0415 - loads Strawberry

    if output is None:
        typer.echo(export(), nl=False)
    else:
        output.write_text(export(), encoding="utf-8")


@bank.command()
def check(
    *,
    content: Annotated[
        Path | None, typer.Option(help="Check the bank in that folder instead of the one that is served.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check every item: schema, wording, duplicates, balance, coverage, grading. Exits with 1 on a finding."""
    from server.bank import report  # noqa: PLC0415 - loads the grader and jsonschema

    made = report.examine() if content is None else report.examine(content)
    typer.echo(report.encoded(made) if json else report.lines(made), nl=False)
    if not made.healthy:
        raise typer.Exit(1)


def main() -> None:
    """Run the command; what an operator can mend is one line on standard error and exit code 1."""
    try:
        cli()
    except IntrvuError as exc:
        sys.stderr.write(f"intrvu: {exc}\n")
        sys.exit(1)
