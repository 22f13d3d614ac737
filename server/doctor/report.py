"""All checks in order, as lines for people or as JSON for machines."""

from collections.abc import Sequence
from typing import Final

import orjson

from domain.errors import ConfigurationError
from server.doctor import machine, product, storage, web
from server.doctor.findings import Finding, Status, fail, ok, split, warn
from server.settings import Settings

_NAME_WIDTH: Final = 13


def examine() -> list[Finding]:
    """Every check, with the settings of the environment."""
    try:
        settings = Settings.read()
    except ConfigurationError as exc:
        detail, remedy = split(exc)
        told = [fail("Settings", detail, remedy)]
        waiting = ("Port", "Data folder", "Key file", "Database", "Migrations", "Providers", "GraphiQL")
        told += [warn(name, "not looked at", "mend the settings first") for name in waiting]
        return [machine.python(), *told, product.bank(), web.node()]
    return [
        machine.python(),
        ok("Settings", f"{settings.environment}, {_identity(settings)}"),
        machine.port(settings),
        storage.data_folder(settings),
        storage.key_file(settings),
        *storage.database(settings),
        product.bank(),
        product.providers(settings),
        web.graphiql(settings),
        web.node(),
    ]


def healthy(findings: Sequence[Finding]) -> bool:
    """Whether nothing fails."""
    return all(finding.status is not Status.FAIL for finding in findings)


def lines(findings: Sequence[Finding]) -> str:
    """For people."""
    told = []
    for finding in findings:
        told.append(f"{finding.status:<4}  {finding.name:<{_NAME_WIDTH}}{finding.detail}")
        if finding.remedy:
            told.append(f"{'':<{_NAME_WIDTH + 6}}→ {finding.remedy}")
    amounts = {status: sum(finding.status is status for finding in findings) for status in Status}
    summary = ", ".join(f"{amount} {status}" for status, amount in amounts.items() if amount)
    return "\n".join([*told, "", summary, ""])


def encoded(findings: Sequence[Finding]) -> str:
    """For machines: `{"healthy": …, "checks": [{"name", "status", "detail", "remedy"}]}`."""
    report = {"healthy": healthy(findings), "checks": findings}
    return orjson.dumps(report, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _identity(settings: Settings) -> str:
    return "its own issuer of tokens" if settings.development_identity else "Clerk's tokens"
