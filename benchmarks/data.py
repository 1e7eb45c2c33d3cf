"""Made-up people and companies: always the same ones, 8 % of them with names that are not plain Latin."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random


def words(text: str) -> list[str]:
    return text.split()


FIRST = words(
    """
    Anna James Maria John Elena Peter Laura Thomas Sophie Daniel Julia Michael Clara David Emma
    Martin Lucy Robert Nina Paul Alice George Rosa Henry Eva Oliver Irene Simon Helen Victor Martha
    Felix Ruth Hugo Sarah Louis Karin Adam Ingrid Leo Paula Bruno Greta Oscar Marta Anton Judith
    Erik Silvia Ralph
    """
)
LAST = words(
    """
    Smith Fischer Rossi Martin Novak Jensen Dubois Garcia Weber Brown Kowalski Andersson Moreau
    Silva Bauer Wilson Ricci Horvat Larsen Petit Lopez Schulz Taylor Conti Nagy Nilsson Laurent
    Costa Wagner Walker Bruno Svoboda Hansen Roux Perez Keller Harris Greco Varga Lindberg Mercier
    Sousa Vogel Clark Gallo Toth Berg Fontaine Ramos Braun Whitfield Hartwick Ashworth Pemberton
    Blackwood Fairchild Holloway Kingsley Langford Merriweather
    """
)
OTHER = [
    ("İbrahim", "Işık"), ("Şükrü", "Çağlar"), ("Gülşen", "Öztürk"), ("முருகன்", "செல்வம்"), ("கவிதா", "இராமன்"),
    ("Llŷr", "Llewelyn"), ("Siân", "Gwynedd"), ("Пётр", "Ёлкин"), ("Щербакова", "Жанна"), ("太郎", "山田"),
    ("伟", "王"), ("Łucja", "Żółkiewska"),
]  # fmt: skip
TRADES = words(
    "Logistics Foods Print Garden Motors Textiles Energy School Clinic Tools Glass Timber Travel Media"
)
PLACES = words(
    "Ankara Bristol Cardiff Dresden Esbjerg Faro Ghent Haarlem Izmir Jena Kyiv Lyon Madurai Nantes"
)
TITLES = words("Buyer Manager Director Engineer Teacher Accountant Planner Owner")
TIERS = ("Gold", "Silver", "Bronze", "Wood")
PLANS = ("Basic", "Plus", "Premium", "School", "Trial")
STAGES = ("Lead", "Prospect", "Customer", "Customer", "Former customer")

# Label, type, options, fast: twelve fields of the firm's own, three of them fast.
FIELDS = (
    ("Loyalty tier", "choice", TIERS, True), ("Loyalty points", "number", (), True),
    ("Sales district", "text", (), True), ("Care plan", "choice", PLANS, False),
    ("Visit count", "number", (), False), ("Yearly budget", "money", (), False),
    ("Client since", "date", (), False), ("Takes newsletter", "boolean", (), False),
    ("Agreed discount", "percent", (), False), ("Warmth", "rating", (), False),
    ("Contract number", "text", (), False), ("Hobby", "text", (), False),
)  # fmt: skip
OWNERS = 10


def owner_email(place: int) -> str:
    return f"user{place}@bench.example"


def company_name(place: int) -> str:
    return (
        f"{LAST[place % len(LAST)]} {TRADES[place % len(TRADES)]} {PLACES[place // 7 % len(PLACES)]} {place}"
    )


def companies(count: int) -> Iterator[list[str]]:
    yield ["Name", "Website", "Industry", "E-mail", "Phone", "City", "Country"]
    for place in range(count):
        host = f"firm{place}.example"
        trade, town = TRADES[place % len(TRADES)], PLACES[place % len(PLACES)]
        yield [company_name(place), f"https://{host}", trade, f"office@{host}", phone(place, 161), town, "GB"]


def phone(place: int, area: int) -> str:
    """A number that could exist in Great Britain, written in one of the usual ways."""
    digits = f"{4000000 + place % 5000000:07d}"
    return f"+44 {area} {digits[:3]} {digits[3:]}" if place % 2 else f"0{area} {digits}"


def people(count: int, firms: int, *, start: int = 0) -> Iterator[list[str]]:
    yield [
        "First name", "Last name", "E-mail", "Phone", "Company", "Job title", "Stage", "Owner", "Street",
        "City", "Postal code", "Country", "External ID", *(item[0] for item in FIELDS),
    ]  # fmt: skip
    for place in range(start, start + count):
        yield _person(place, firms)


def _person(place: int, firms: int) -> list[str]:
    random = Random(place)
    first, last = random.choice(FIRST), random.choice(LAST)
    if place % 100 < 8:
        first, last = random.choice(OTHER)
    town = PLACES[int(random.paretovariate(1.2)) % len(PLACES)]
    firm = (
        company_name(min(int(random.paretovariate(0.5)), firms * 3) % firms) if random.random() < 0.8 else ""
    )
    return [
        first, last, f"p{place}@{TRADES[place % len(TRADES)].lower()}.example", phone(place, 117),
        firm, random.choice(TITLES), random.choice(STAGES), owner_email(place % OWNERS),
        f"{place % 200} High Street", town, f"BS{place % 90} 1AA", "GB", f"X{place}",
        *_own(place, random, town),
    ]  # fmt: skip


def _own(place: int, random: Random, town: str) -> list[str]:
    """Values of FIELDS; the rarer ones mostly empty."""
    some = random.random
    return [
        random.choice(TIERS), str(random.randrange(100_000)), f"{town} {random.randrange(40)}",
        random.choice(PLANS), str(random.randrange(5000)), f"{random.randrange(90_000)}.50 EUR",
        f"20{random.randrange(10, 26)}-{random.randrange(1, 13):02d}-{random.randrange(1, 28):02d}",
        "yes" if some() < 0.4 else "no", str(random.randrange(30)) if some() < 0.5 else "",
        str(random.randrange(1, 6)) if some() < 0.5 else "", f"C-{place:08d}", random.choice(TRADES),
    ]  # fmt: skip


def write_csv(path: Path, rows: Iterator[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path
