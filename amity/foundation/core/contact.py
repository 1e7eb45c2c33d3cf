"""E-mails, phones, messenger handles and addresses of pages, in the one form by which they are matched.

Failures are ValueErrors whose text is a short code: `empty`, `not_an_email`, `not_a_phone`,
`country_missing`, `not_a_handle`, `not_a_url`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import phonenumbers

_atom = r"[a-z0-9!#$%&'*+/=?^_`{|}~\-]+"
_plain_email = re.compile(
    rf"(?=.{{3,254}}$)(?=[^@]{{1,64}}@){_atom}(?:\.{_atom})*"
    r"@(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
_named_email = re.compile(r"[^<>]*<\s*(?:mailto:)?([^<>]+?)\s*>", re.IGNORECASE)


def normal_email(text: str) -> str:
    """The address by which two people are found to be one: case does not count, domains are Unicode.

    "Ann <ann@example.com>" and "mailto:" are read too. The domain is not asked whether it exists.
    """
    email = text.strip().lower()
    if _plain_email.fullmatch(email) and "xn--" not in email:
        return email
    return _unusual_email(text.strip())


@lru_cache(maxsize=4096)
def _unusual_email(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email  # takes long to import, seldom needed

    if not text:
        raise ValueError("empty")
    named = _named_email.fullmatch(text) if len(text) <= 500 else None
    text = named[1] if named else text.removeprefix("mailto:")
    if _plain_email.fullmatch(text.lower()) and "xn--" not in text.lower():
        return text.lower()
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError as error:
        raise ValueError("not_an_email") from error
    local = unicodedata.normalize("NFC", found.local_part.casefold())
    return f"{local}@{found.domain.lower()}"


_plain_phone = re.compile(r"\s*\(?\+?[0-9(][0-9\s().\-/]{4,30}")
_separators = str.maketrans("", "", " \t\n\r\v\f\xa0().-/")
_extension = re.compile(
    r"[\s,;]*(?:\b(?:extension|ext|extn|доб|dahili|int)\b\.?|;ext=|#|(?<=[\d\s)])x)[\s.:=]*(\d{1,7})\s*$",
    re.IGNORECASE,
)
MAX_PHONE = 60


def normal_phone(text: str, country: str) -> str:
    """The E.164 form of a number written as in `country` (ISO2). An extension is left out.

    Only the number's length is checked: ranges change too often to refuse somebody's number by them.
    """
    if _plain_phone.fullmatch(text):
        number = _quick_phone(text.translate(_separators), country)
        if number:
            return number
    return _unusual_phone(text, country)


@lru_cache(maxsize=8192)
def _unusual_phone(text: str, country: str) -> str:
    text = _extension.sub("", text.strip()[:500].removeprefix("tel:"))
    if not text:
        raise ValueError("empty")
    if len(text) > MAX_PHONE or any(char.isalpha() for char in text):
        raise ValueError("not_a_phone")
    try:
        number = phonenumbers.parse(text, country or None)
    except phonenumbers.NumberParseException as error:
        missing = not country and not text.lstrip(" (").startswith(("+", "＋"))
        raise ValueError("country_missing" if missing else "not_a_phone") from error
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError("not_a_phone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


class _Plan(NamedTuple):
    """How numbers of one country are built; compiled once."""

    code: str
    prefix: re.Pattern[str] | None
    rewrites: bool
    general: re.Pattern[str]
    lengths: frozenset[int]
    abroad: re.Pattern[str] | None


@lru_cache(maxsize=512)
def _plan(country: str, code: int) -> _Plan | None:
    """The plan of a country, or of a calling code when `country` is empty."""
    metadata: Any = None
    if country:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(country, None)
        code = metadata.country_code if metadata else 0
    region = phonenumbers.region_code_for_country_code(code)
    shared: Any = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    metadata = metadata or shared
    if metadata is None or shared is None:
        return None
    prefix, abroad = metadata.national_prefix_for_parsing, metadata.international_prefix
    return _Plan(
        str(code),
        re.compile(prefix) if prefix else None,
        bool(metadata.national_prefix_transform_rule),
        re.compile(metadata.general_desc.national_number_pattern or r"$^"),
        frozenset(metadata.general_desc.possible_length)
        & frozenset(shared.general_desc.possible_length) - {-1},
        re.compile(abroad) if abroad else None,
    )


def _quick_phone(digits: str, country: str) -> str:
    """What the library would answer, where that is plain to see; else nothing.

    Plain are: a full number of possible length without a national prefix, or one whose prefix goes
    away without a rewriting rule and leaves a number that fits the country.
    """
    if digits.startswith("+"):
        return _quick_international(digits[1:])
    plan = _plan(country, 0) if country else None
    if plan is None or (plan.abroad and plan.abroad.match(digits)):
        return _quick_international(digits[2:]) if plan and _double_zero(plan, digits) else ""
    if digits.startswith(plan.code):
        return ""
    return _quick_national(digits, plan)


def _double_zero(plan: _Plan, digits: str) -> bool:
    """Whether the number starts with 00, the country's only way abroad."""
    return (
        plan.abroad is not None
        and plan.abroad.pattern == "00"
        and digits.startswith("00")
        and digits[2:3] != "0"
    )


def _quick_international(digits: str) -> str:
    for width in (1, 2, 3):
        code = digits[:width]
        if code in _calling_codes:
            plan = _plan("", int(code))
            return _quick_national(digits[width:], plan) if plan else ""
    return ""


_calling_codes = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))


def _quick_national(national: str, plan: _Plan) -> str:
    match = plan.prefix.match(national) if plan.prefix else None
    if match and match.end():
        if plan.rewrites or match.lastindex:
            return ""
        national = national[match.end() :]
        if not plan.general.fullmatch(national):
            return ""
    return f"+{plan.code}{national}" if len(national) in plan.lengths else ""


@lru_cache(maxsize=16384)
def format_phone(e164: str, country: str) -> str:
    """For reading: the way it is dialled inside `country`, else with the country code."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    inside = number.country_code == phonenumbers.country_code_for_region(country)
    style = phonenumbers.PhoneNumberFormat
    return str(phonenumbers.format_number(number, style.NATIONAL if inside else style.INTERNATIONAL))


_HANDLES = {
    "telegram": re.compile(r"[a-z][a-z0-9_]{3,31}"),
    "instagram": re.compile(r"[a-z0-9._]{1,30}"),
    "x": re.compile(r"[a-z0-9_]{1,15}"),
    "facebook": re.compile(r"[a-z0-9.\-]{1,80}"),
    "linkedin": re.compile(r"(?:company/|school/)?[\w\-%.]{2,100}"),
    "skype": re.compile(r"[a-z][a-z0-9.,\-_:]{4,63}"),
    "viber": re.compile(r"[\w.\-]{2,64}"),
    "signal": re.compile(r"[a-z_][a-z0-9_]{2,31}\.[0-9]{2,9}"),
}
_PHONE_KINDS = frozenset({"whatsapp", "signal", "viber", "telegram"})
_any_handle = re.compile(r"\S(?:.{0,98}\S)?")
_handle_hosts = re.compile(
    r"(?:https?://)?(?:[a-z\-]+\.)?(?:t\.me|telegram\.me|wa\.me|whatsapp\.com|instagram\.com|facebook\.com"
    r"|fb\.com|m\.me|linkedin\.com|x\.com|twitter\.com|signal\.me)/",
    re.IGNORECASE,
)
_handle_lead = re.compile(r"(?:in/|pub/|s/|#p/|send/?\?phone=|profile\.php\?id=)")


def normal_handle(kind: str, text: str, country: str = "") -> str:
    """The name of somebody at a messenger, in lower case, without @ and without the page's address.

    `country` reads the phone numbers that serve as names at WhatsApp, Signal, Viber and Telegram.
    """
    handle = text.strip()
    if not handle:
        raise ValueError("empty")
    if len(handle) > 300:
        raise ValueError("not_a_handle")
    handle = _without_page(handle).removeprefix("@").casefold()
    if kind in _PHONE_KINDS and not any(char.isalpha() for char in handle):
        return _phone_handle(handle, country)
    if kind == "whatsapp" or not _HANDLES.get(kind, _any_handle).fullmatch(handle):
        raise ValueError("not_a_handle")
    return unicodedata.normalize("NFC", handle)


def _without_page(handle: str) -> str:
    page = _handle_hosts.match(handle)
    if not page:
        return handle.removeprefix("skype:").partition("?")[0]
    rest = _handle_lead.sub("", handle[page.end() :], count=1)
    name = rest.partition("?")[0].partition("&")[0].strip("/")
    by_phone = name.isdecimal() and re.search(r"wa\.me|whatsapp", page[0], re.IGNORECASE)
    return f"+{name}" if by_phone else name


def _phone_handle(handle: str, country: str) -> str:
    try:
        return normal_phone(handle, country)
    except ValueError as error:
        raise ValueError("not_a_handle") from error


_scheme = re.compile(r"[a-z][a-z0-9+.\-]*://", re.IGNORECASE)
_not_in_url = re.compile(r"[\s\\<>\"\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_host = re.compile(r"(?:[^\W_](?:[\w\-]*[^\W_])?\.)*[^\W_](?:[\w\-]*[^\W_])?\.?|[0-9a-f:.]*:[0-9a-f:.]*")
MAX_URL = 2000


def normal_url(text: str) -> str:
    """A web address that may stand in a link: only http and https, https when nothing is said."""
    url = text.strip()
    if not url:
        raise ValueError("empty")
    given = _scheme.match(url)
    if not given:
        url = f"https://{url.removeprefix('//')}"
    if len(url) > MAX_URL or _not_in_url.search(url):
        raise ValueError("not_a_url")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise ValueError("not_a_url") from error
    known = _host.fullmatch(host) and (given or "." in host)
    if parts.scheme not in ("http", "https") or not known or "@" in parts.netloc:
        raise ValueError("not_a_url")
    where = (f"[{host}]" if ":" in host else host) + (f":{port}" if port is not None else "")
    return urlunsplit((parts.scheme, where, parts.path, parts.query, parts.fragment))


_between = {
    "email": re.compile(r"[,;\n\r]"),
    "phone": re.compile(r"[;\n\r]|,(?!\s*(?:ext|x|доб|#))", re.IGNORECASE),
}
_strengths = (re.compile(r"[\n\r]"), re.compile(r";"), re.compile(r","))
_url_strengths = (re.compile(r"[\n\r]"), re.compile(r";\s"), re.compile(r",\s"))
_quoted = re.compile(r'"[^"]*"')


def split_many(cell: str, kind: str) -> list[str]:
    """The values of a cell that holds several, the one marked as primary ("* …") first.

    " ::: " parts alone where it stands. E-mails and phones are parted by any of comma, semicolon and
    line end; other kinds by the strongest that occurs, so "Smith, Ann; Lee, Bo" is two. Nothing is
    parted inside double quotes.
    """
    if ":::" in cell:
        parts = cell.split(":::")
    else:
        hidden = _quoted.sub(lambda found: "_" * len(found[0]), cell)
        parts = _cut(cell, hidden, _mark_between(hidden, kind))
    values = [part.strip() for part in parts]
    values.sort(key=lambda value: not value.startswith("* "))
    return [value for value in dict.fromkeys(_bare(value) for value in values) if value]


def _mark_between(hidden: str, kind: str) -> re.Pattern[str] | None:
    if kind in _between:
        return _between[kind]
    strengths = _url_strengths if kind == "url" else _strengths
    return next((mark for mark in strengths if mark.search(hidden)), None)


def _cut(cell: str, hidden: str, mark: re.Pattern[str] | None) -> list[str]:
    parts, start = [], 0
    for found in mark.finditer(hidden) if mark else ():
        parts.append(cell[start : found.start()])
        start = found.end()
    return [*parts, cell[start:]]


def _bare(value: str) -> str:
    """Without the primary mark and the quotes around the whole."""
    value = value.removeprefix("* ").strip()
    return value[1:-1].strip() if _quoted.fullmatch(value) else value
