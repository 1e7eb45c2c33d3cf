"""Proposes which column goes to which field, as data that a person may correct."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz, process

from amity.foundation.records.importing.guess import EMPTY_DATES, choice_options, guess_type
from amity.foundation.records.importing.shapes import Shape, recognise
from amity.foundation.records.importing.source import SourceError
from amity.foundation.records.importing.synonyms import ADDRESS_PARTS, Meaning, fold, generic

POINT_TYPES = {
    "emails": ("email", "emails"),
    "phones": ("phone", "phones"),
    "messengers": ("messenger", "messengers"),
}
ADDRESS_TYPES = ("address", "addresses")
PARTS = ("", "value", "label", "item", *ADDRESS_PARTS)
ACTIONS = ("map", "new", "skip")
JOINED = ("description", "notes", "long_text")

# A meaning goes to the first of these keys that the object has.
ALIASES = {
    "name": ("full_name", "name", "title"),
    "contact": ("contact", "contacts", "person", "people", "full_name"),
    "company": ("company", "companies", "organization", "organisation", "account", "employer"),
    "deal_name": ("deal_name", "name", "title"),
    "website": ("website", "websites", "url", "domain"),
    "description": ("description", "notes", "note", "about"),
    "stage": ("stage", "lifecycle_stage", "status"),
    "source": ("source", "lead_source"),
    "external_id": ("external_id",),
    "employees": ("employees", "employee_count", "size"),
    "revenue": ("revenue", "annual_revenue"),
    "close_date": ("close_date", "expected_close_date"),
    "price": ("price", "unit_price"),
    "emails": ("emails", "email"),
    "phones": ("phones", "phone"),
    "messengers": ("messengers", "messenger"),
    "addresses": ("addresses", "address"),
    "tags": ("tags",),
}
_NUMBERED = re.compile(r"(.+?) (\d{1,3}) - (.+)")
_NUMBERED_KINDS = {"email": "emails", "phone": "phones", "address": "addresses", "im": "messengers"}
_PERSON_TITLES = frozenset({
    "mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "sr", "sra", "bay", "bayan", "mme", "thiru",
})  # fmt: skip


_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяіїєґ"
_SOUNDS = "a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch  y  e yu ya i yi ye g"
_LATIN = str.maketrans(dict(zip(_CYRILLIC, _SOUNDS.split(" "), strict=True)))


@dataclass(frozen=True)
class Target:
    """A field that columns can go to. `path` is how else the field is written, such as in the API."""

    key: str
    label: str
    type: str = "text"
    path: str = ""

    @property
    def form(self) -> str:
        """How values are made of columns: plain, points, address or tags."""
        if self.type in ADDRESS_TYPES:
            return "address"
        if self.type == "tags":
            return "tags"
        return "points" if any(self.type in types for types in POINT_TYPES.values()) else "plain"


@dataclass(frozen=True)
class ColumnProposal:
    """What becomes of one column.

    `action`: "map" to the field `target`, "new" makes a field `target` of type `guess_type`, "skip" leaves it
    out. `part`: "" whole value (several columns are joined by lines), "value" or "label" of a contact point,
    "item" of tags, or the part of an address. Columns of one target with the same `group` make one value.
    `label` is the fixed label of that value. `clean` is "reference" where `Accounts::::Acme` means `Acme`,
    "date" where `0/0/00` means nothing.
    """

    column: str
    action: str = "skip"
    target: str | None = None
    part: str = ""
    label: str = ""
    group: str = ""
    clean: str = ""
    guess_type: str = "text"
    options: list[str] = field(default_factory=list)
    note: str = ""
    confidence: float = 0.0


@dataclass(frozen=True)
class Proposal:
    """`shape` is the system that wrote the file, `object` what its rows are; None where not recognised."""

    shape: str | None
    confidence: float
    object: str | None
    columns: list[ColumnProposal]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> Proposal:
        """Raises SourceError("map") if it is not what `to_json` gives; unknown keys are refused too."""
        try:
            columns = [ColumnProposal(**column) for column in data["columns"]]
            proposal = cls(data.get("shape"), float(data.get("confidence", 0)), data.get("object"), columns)
            good = all(_is_sound(column) for column in columns)
        except (TypeError, KeyError, ValueError, AttributeError) as error:
            raise SourceError("map", _("The mapping cannot be read.")) from error
        if not good:
            raise SourceError("map", _("The mapping cannot be read."))
        return proposal

    def for_columns(self, columns: Sequence[str]) -> Proposal:
        """The same mapping for a file whose columns stand in another order; absent columns fall away."""
        known = {fold(column.column): column for column in self.columns}
        found = [replace(known.get(fold(name), ColumnProposal(name)), column=name) for name in columns]
        return replace(self, columns=found)


def _is_sound(column: ColumnProposal) -> bool:
    texts = (
        column.column,
        column.part,
        column.label,
        column.group,
        column.clean,
        column.guess_type,
        column.note,
    )
    return (
        all(isinstance(text, str) for text in texts)
        and column.action in ACTIONS
        and column.part in PARTS
        and isinstance(column.options, list)
        and (isinstance(column.target, str) or (column.target is None and column.action == "skip"))
    )


def propose(
    columns: Sequence[str],
    samples: Sequence[Sequence[str]],
    targets: Sequence[Target],
    *,
    object: str | None = None,
) -> Proposal:
    """Columns are told by headings; samples decide where a heading means two things, and guess types."""
    shape, confidence = recognise(columns)
    values = [[row[place] for row in samples if place < len(row)] for place in range(len(columns))]
    meanings = [_meaning(column, shape, targets) for column in columns]
    _settle(columns, values, meanings)
    finder = _Finder(targets)
    found = [
        finder.place(column, meaning, sure) for column, (meaning, sure) in zip(columns, meanings, strict=True)
    ]
    _one_each(found, values, {target.key: target for target in targets})
    taken = {target.key for target in targets}
    done = [
        proposal if proposal.action == "map" else _unknown(proposal, cells, taken)
        for proposal, cells in zip(found, values, strict=True)
    ]
    return Proposal(
        shape.key if shape else None,
        round(confidence or _average(done), 2),
        object or (shape.object if shape else _guess_object(meanings)),
        done,
    )


def _average(columns: list[ColumnProposal]) -> float:
    return sum(column.confidence for column in columns if column.action == "map") / max(1, len(columns))


def _guess_object(meanings: list[tuple[Meaning | None, float]]) -> str | None:
    concepts = {meaning.concept for meaning, _sure in meanings if meaning}
    if concepts & {"first_name", "last_name", "job_title", "birthday"}:
        return "people"
    if concepts & {"deal_name", "close_date"}:
        return "deals"
    if concepts & {"industry", "employees", "tax_number"} and concepts & {"company", "name"}:
        return "companies"
    return "people" if concepts & {"name", "emails", "phones"} else None


def _meaning(column: str, shape: Shape | None, targets: Sequence[Target]) -> tuple[Meaning | None, float]:
    """What a heading means and how sure that is."""
    heading = fold(column)
    if shape and heading in shape.special:
        return shape.special[heading], 1.0
    for target in targets:
        if heading in (fold(target.label), fold(target.key), fold(target.path) or heading + "?"):
            general = generic().get(heading)
            label = general.label if general and target.form == "points" else ""
            return Meaning("=" + target.key, _first_part(target), label), 1.0
    numbered = _numbered(column, targets)
    if numbered:
        return numbered, 1.0
    if heading in generic():
        return generic()[heading], 0.9
    if len(heading) >= 6:
        close = process.extractOne(heading, generic().keys(), scorer=fuzz.ratio, score_cutoff=90)
        if close:
            return generic()[close[0]], 0.6
    return None, 0.0


def _first_part(target: Target) -> str:
    return {"points": "value", "address": "formatted", "tags": "item"}.get(target.form, "")


def _numbered(column: str, targets: Sequence[Target]) -> Meaning | None:
    """Columns that repeat: `E-mail 2 - Value`, `Address 1 - City`, `Home address 1 - Label`."""
    found = _NUMBERED.fullmatch(column.strip())
    if not found:
        return None
    base, number, part = fold(found.group(1)), found.group(2), fold(found.group(3))
    own = next((target for target in targets if base in (fold(target.label), fold(target.key))), None)
    concept = "=" + own.key if own and own.form in ("points", "address") else _NUMBERED_KINDS.get(base, "")
    if base == "website":
        return Meaning("website" if part == "value" else "system")
    if base == "organization" and part in ("type", "yomi name", "symbol", "location", "job description"):
        return Meaning("system")
    if not concept:
        return None
    group = f"{base} {number}"
    if part in ("label", "service") or (part == "type" and base != "im"):
        return Meaning(concept, "label", "", group)
    if part == "value":
        return Meaning(concept, "value", "", group)
    address = generic().get(part)
    if address and address.concept == "addresses":
        return Meaning(concept, address.part, "", group)
    return Meaning("system") if part == "type" else None


def _settle(
    columns: Sequence[str], values: list[list[str]], meanings: list[tuple[Meaning | None, float]]
) -> None:
    """Headings that depend on the others: "Title" may be Mr or Director, "Name" a whole or a family name."""
    concepts = [meaning.concept if meaning else "" for meaning, _sure in meanings]
    headings = [fold(column) for column in columns]
    parts = {(meaning.concept, meaning.group, meaning.part) for meaning, _sure in meanings if meaning}
    for place, (meaning, sure) in enumerate(meanings):
        if meaning is None:
            continue
        if meaning.concept == "job_title" and headings[place] == "title":
            if concepts.count("job_title") > 1 or _are_titles(values[place]):
                meanings[place] = Meaning("prefix"), 0.8
        elif headings[place] in ("name", "nom") and {"vorname", "prenom"} & set(headings):
            meanings[place] = Meaning("last_name"), 0.9
        elif (
            meaning.concept == "first_name" and "last_name" not in concepts and len(fold(columns[place])) <= 6
        ) or (meaning.concept == "last_name" and headings[place] == "nom" and "first_name" not in concepts):
            meanings[place] = Meaning("name"), 0.8
        elif meaning.part == "formatted":
            if (meaning.concept, meaning.group, "street") in parts:
                meanings[place] = Meaning("system"), sure
            elif (meaning.concept, meaning.group, "city") in parts:
                meanings[place] = replace(meaning, part="street"), sure


def _are_titles(values: list[str]) -> bool:
    filled = [fold(value) for value in values if value.strip()]
    return bool(filled) and sum(value in _PERSON_TITLES for value in filled) * 2 > len(filled)


class _Finder:
    """Finds the field for a meaning among the fields an object has."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self.targets = {target.key: target for target in targets}

    def place(self, column: str, meaning: Meaning | None, sure: float) -> ColumnProposal:
        target = self._find(meaning) if meaning else None
        if meaning is None or target is None:
            note = "system" if meaning and meaning.concept == "system" else ""
            return ColumnProposal(column, note=note)
        part = {"plain": "", "tags": "item"}.get(target.form, meaning.part or _first_part(target))
        clean = "reference" if meaning.concept in ("company", "owner", "contact", "name") else ""
        clean = "date" if target.type in ("date", "datetime") else clean
        label, group = (meaning.label, meaning.group) if target.form in ("points", "address") else ("", "")
        return ColumnProposal(
            column, "map", target.key, part, label, group, clean, guess_type=target.type, confidence=sure
        )

    def _find(self, meaning: Meaning) -> Target | None:
        concept = meaning.concept
        if concept.startswith("="):
            return self.targets[concept[1:]]
        keys = ALIASES.get(concept, (concept,))
        person = "full_name" in self.targets or "first_name" in self.targets
        if concept == "company" and not person:
            keys = (*keys, "name")
        if concept == "contact" and person:
            keys = (*keys, "name")
        if concept == "deal_name" and (person or "company" not in self.targets):
            keys = ("deal_name",)
        for key in keys:
            if key in self.targets:
                return self.targets[key]
        types = POINT_TYPES.get(concept) or (ADDRESS_TYPES if concept == "addresses" else ())
        return next((target for target in self.targets.values() if target.type in types), None)


def _one_each(found: list[ColumnProposal], values: list[list[str]], targets: dict[str, Target]) -> None:
    """A plain field takes one column, the surest that holds something; long texts join several."""

    def worth(place: int) -> tuple[bool, float]:
        return any(values[place]), found[place].confidence

    best: dict[str, int] = {}
    for place, column in enumerate(found):
        if column.action != "map" or column.part or not column.target:
            continue
        if column.target in JOINED or targets[column.target].type in JOINED:
            continue
        other = best.get(column.target)
        loser = place
        if other is None or worth(place) > worth(other):
            best[column.target], loser = place, -1 if other is None else other
        if loser >= 0:
            same = other is not None and values[place] == values[other]
            found[loser] = ColumnProposal(found[loser].column, note="repeated" if same else "")


def _unknown(proposal: ColumnProposal, values: list[str], taken: set[str]) -> ColumnProposal:
    """Leaves out what is empty or another system's own; proposes a new field for the rest."""
    if proposal.note:
        return proposal
    if not any(value.strip() and value.strip() not in EMPTY_DATES for value in values):
        return replace(proposal, note="empty")
    kind = guess_type(values, proposal.column)
    key = _new_key(proposal.column, taken)
    part = {"email": "value", "phone": "value"}.get(kind, "")
    options = choice_options(values, kind)
    return replace(
        proposal, action="new", target=key, part=part, guess_type=kind, options=options, note="new"
    )


def _new_key(column: str, taken: set[str]) -> str:
    plain = fold(column).translate(_LATIN)
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_") or "field"
    base = f"field_{base}" if base[0].isdecimal() else base
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    taken.add(key)
    return key
