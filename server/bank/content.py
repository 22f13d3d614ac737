"""The files of a bank: what can be worked with, and what is wrong with the rest."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
from jsonschema import Draft202012Validator

from domain.challenge import DomainInfo
from domain.errors import ConfigurationError
from providers.embedded.bank import Bank, ChoiceItem, Item, ScenarioItem, choice_item, domain_infos, scenario_item
from server.bank import schemas
from server.bank.findings import Finding
from server.settings import CONTENT

T = TypeVar("T", bound=Item)

DOMAINS: Final = "domains.json"
MULTIPLE_CHOICE: Final = "multiple_choice"
SCENARIO: Final = "scenario"


@dataclass(frozen=True, slots=True)
class Content:
    """The items that fit their schema, in the order of their files."""

    domains: tuple[DomainInfo, ...]
    choices: tuple[ChoiceItem, ...]
    scenarios: tuple[ScenarioItem, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Both kinds."""
        return (*self.choices, *self.scenarios)

    def bank(self) -> Bank:
        """As the server would have it."""
        return Bank(self.domains, self.items)


def read(folder: Path) -> tuple[Content, list[Finding]]:
    """Read every file, and go on after one that does not fit.

    Raises:
        ConfigurationError: there is no such folder.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is not a folder: name one with {DOMAINS} and the items' folders in it.")
    findings: list[Finding] = []
    entries = _fitting(folder / DOMAINS, DOMAINS, "domains", findings)
    domains = tuple(domain_infos(entries)) if entries is not None else ()
    choices = _items(folder, MULTIPLE_CHOICE, choice_item, findings)
    scenarios = _items(folder, SCENARIO, scenario_item, findings)
    topics = {info.domain.value: frozenset(info.topics) for info in domains}
    for place, item in (*choices, *scenarios):
        findings += _misplaced(place, item, topics)
    return Content(domains, tuple(item for _, item in choices), tuple(item for _, item in scenarios)), findings


def _items(
    folder: Path, kind: str, shape: Callable[[Mapping[str, Any]], T], findings: list[Finding]
) -> list[tuple[str, T]]:
    read_items = []
    for path in sorted((folder / kind).rglob("*.json")):
        place = path.relative_to(folder).as_posix()
        if len(path.relative_to(folder).parts) != 3:
            findings.append(Finding(place, "is not read where it lies", f"move it to {kind}/<domain>/"))
            continue
        entry = _fitting(path, place, kind, findings)
        if entry is not None:
            read_items.append((place, shape(entry)))
    return read_items


def _fitting(path: Path, place: str, schema: str, findings: list[Finding]) -> dict[str, Any] | None:
    """The content of a file, or None with the findings that say why not."""
    try:
        entry: dict[str, Any] = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        findings.append(Finding(place, "is not there", "copy it from the distribution"))
        return None
    except OSError as exc:
        findings.append(Finding(place, f"cannot be read ({exc.strerror})", "give this user access to it"))
        return None
    except orjson.JSONDecodeError as exc:
        findings.append(Finding(place, f"is no JSON ({exc})", "mend it there"))
        return None
    errors = list(schemas.violations(_validator(schema), entry))
    findings += [Finding(place, detail, remedy) for detail, remedy in errors]
    return None if errors else entry


@lru_cache
def _validator(name: str) -> Draft202012Validator:
    """Of the schema that this program was released with, whatever the folder has."""
    return Draft202012Validator(orjson.loads((CONTENT / "schema" / f"{name}.schema.json").read_bytes()))


def _misplaced(place: str, item: Item, topics: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    path = Path(place)
    if item.id != path.stem:
        yield Finding(place, f"has the id {item.id}", f"name the file {item.id}.json, or change the id")
    if item.domain.lower() != path.parent.name:
        yield Finding(place, f"is of the domain {item.domain}", f"move it to {path.parts[0]}/{item.domain.lower()}/")
    known = topics.get(item.domain)
    if known is not None and item.topic not in known:
        remedy = f"choose one of the domain's topics in {DOMAINS}, or add this one"
        yield Finding(place, f"has the topic “{item.topic}”", remedy)
