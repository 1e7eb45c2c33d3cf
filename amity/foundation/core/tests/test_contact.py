import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from amity.foundation.core import contact
from amity.foundation.core.contact import (
    format_phone,
    normal_email,
    normal_handle,
    normal_phone,
    normal_url,
    split_many,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" Ann.Lee+crm@Example.COM ", "ann.lee+crm@example.com"),
        ("Ünï@exÄmple.de", "ünï@exämple.de"),
        ("user@xn--exmple-cua.de", "user@exämple.de"),
        ("Ann Lee <ANN@b.co>", "ann@b.co"),
        ('"Lee, Ann" <mailto:ann@b.co>', "ann@b.co"),
        ("mailto:ann@b.co", "ann@b.co"),
        ("o'brien@b.co", "o'brien@b.co"),
        ("иван@почта.рф", "иван@почта.рф"),
    ],
)
def test_normal_email(text: str, normal: str) -> None:
    assert normal_email(text) == normal
    assert normal_email(normal) == normal


@pytest.mark.parametrize(
    "text",
    ["a", "a@", "@b.co", "a..b@b.co", ".a@b.co", "a@b", "a@b..co", "a@-b.co", "a b@c.co", "a@b.co, c@d.co",
     "x" * 65 + "@b.co", "a@" + "b" * 64 + ".co", "a@b.co\ncc: d@e.co", "<script>@b.co", "a@b.co\x00"],
)  # fmt: skip
def test_what_is_no_email_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not_an_email$"):
        normal_email(text)


@given(st.emails())
def test_emails_of_the_standard(email: str) -> None:
    normal = normal_email(email)
    assert normal_email(normal.upper()) == normal == normal_email(normal)


@given(st.text(max_size=80) | st.from_regex(contact._plain_email))
def test_any_text_is_an_email_or_a_value_error(text: str) -> None:
    outcome = attempt(normal_email, text)
    assert "@" in outcome or outcome in {"empty", "not_an_email"}


def attempt(call: object, *args: object) -> str:
    try:
        return call(*args)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(
    ("text", "country", "normal"),
    [
        ("+905551234567", "", "+905551234567"),
        ("0212 555 12 34", "TR", "+902125551234"),
        ("(020) 7946 0036", "GB", "+442079460036"),
        ("020 7946 0036", "GB", "+442079460036"),
        ("+44 (0)20 7946 0036", "TR", "+442079460036"),
        ("00 90 212 555 12 34", "TR", "+902125551234"),
        ("00 90 212 555 12 34", "GB", "+902125551234"),
        ("8 (495) 123-45-67", "RU", "+74951234567"),
        ("7 495 123-45-67", "RU", "+74951234567"),
        ("98765 43210", "IN", "+919876543210"),
        ("(212) 555-0123", "US", "+12125550123"),
        ("011 44 20 7946 0036", "US", "+442079460036"),
        ("02 1234 5678", "IT", "+390212345678"),
        ("0212 555 12 34 ext. 12", "TR", "+902125551234"),
        ("0212 555 12 34 x12", "TR", "+902125551234"),
        ("8 (495) 123-45-67 доб. 5", "RU", "+74951234567"),
        ("tel:+90-212-5551234", "", "+902125551234"),
        ("٠٢١٢٥٥٥١٢٣٤", "TR", "+902125551234"),
    ],
)
def test_normal_phone(text: str, country: str, normal: str) -> None:
    assert normal_phone(text, country) == normal
    assert normal_phone(normal, "") == normal


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("", "TR", "empty"),
        ("1-800-FLOWERS", "US", "not_a_phone"),
        ("call me", "US", "not_a_phone"),
        ("12", "GB", "not_a_phone"),
        ("555 1234", "US", "not_a_phone"),
        ("0212 555 12 34", "", "country_missing"),
        ("0212 555 12 34", "XX", "not_a_phone"),
        ("+999 123 456 789", "GB", "not_a_phone"),
        ("+44 1", "", "not_a_phone"),
        ("1" * 400, "GB", "not_a_phone"),
        ("+1 212 555 0123 / +1 212 555 0124", "US", "not_a_phone"),
    ],
)
def test_what_is_no_phone_is_refused(text: str, country: str, code: str) -> None:
    with pytest.raises(ValueError, match=f"^{code}$"):
        normal_phone(text, country)


COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
NUMBERS = st.from_regex(r"\A(\+|00|011|0|8|1)?[ (]?[0-9]{1,4}[) \-][0-9 \-]{3,13}\Z")


def example_number(draw: st.DrawFn) -> tuple[str, str]:
    country = draw(st.sampled_from(COUNTRIES))
    kind = draw(st.sampled_from([0, 1, 3, 4, 7]))
    number = phonenumbers.example_number_for_type(country, kind) or phonenumbers.example_number(country)
    style = draw(st.sampled_from([0, 1, 2]))
    keep = draw(st.integers(6, 40))
    return phonenumbers.format_number(number, style)[:keep], country


@settings(max_examples=500, deadline=None)
@given(st.tuples(NUMBERS, st.sampled_from([*COUNTRIES, ""])) | st.composite(example_number)())
@example(("+4402079460036", "GB"))
@example(("+7 8 495 123 45 67", "RU"))
@example(("+999123456", "GB"))
@example(("905551234567", "TR"))
@example(("0039 02 1234 5678", "DE"))
def test_quick_reading_of_phones_equals_the_library_s(case: tuple[str, str]) -> None:
    text, country = case
    quick = attempt(normal_phone, text, country)
    assert quick == attempt(contact._unusual_phone.__wrapped__, text, country)


def test_every_country_s_own_numbers_are_read() -> None:
    for country in COUNTRIES:
        for kind in (0, 1):
            number = phonenumbers.example_number_for_type(country, kind)
            if number is not None:
                e164 = phonenumbers.format_number(number, 0)
                for style in (0, 1, 2):
                    assert normal_phone(phonenumbers.format_number(number, style), country) == e164


@given(st.text(max_size=80), st.sampled_from(["", "TR", "XX"]))
def test_any_text_is_a_phone_or_a_value_error(text: str, country: str) -> None:
    outcome = attempt(normal_phone, text, country)
    assert outcome.startswith("+") or outcome in {"empty", "not_a_phone", "country_missing"}


def test_format_phone() -> None:
    assert format_phone("+442079460036", "GB") == "020 7946 0036"
    assert format_phone("+442079460036", "TR") == "+44 20 7946 0036"
    assert format_phone("nonsense", "TR") == "nonsense"


@pytest.mark.parametrize(
    ("kind", "text", "normal"),
    [
        ("telegram", "@Ann_Lee", "ann_lee"),
        ("telegram", "https://t.me/Ann_Lee?start=1", "ann_lee"),
        ("telegram", "0555 123 45 67", "+905551234567"),
        ("whatsapp", "0555 123 45 67", "+905551234567"),
        ("whatsapp", "https://wa.me/905551234567", "+905551234567"),
        ("whatsapp", "https://api.whatsapp.com/send?phone=905551234567&text=hi", "+905551234567"),
        ("signal", "ann.01", "ann.01"),
        ("viber", "+90 555 123 45 67", "+905551234567"),
        ("skype", "live:.cid.1a2b", "live:.cid.1a2b"),
        ("instagram", "https://www.instagram.com/Ann.Lee/", "ann.lee"),
        ("facebook", "https://facebook.com/profile.php?id=1234", "1234"),
        ("linkedin", "https://uk.linkedin.com/in/Ann-Lee-1/", "ann-lee-1"),
        ("linkedin", "https://linkedin.com/company/Acme", "company/acme"),
        ("x", "https://twitter.com/AnnLee", "annlee"),
        ("matrix", "@Ann:example.org", "ann:example.org"),
    ],
)
def test_normal_handle(kind: str, text: str, normal: str) -> None:
    assert normal_handle(kind, text, "TR") == normal
    assert normal_handle(kind, normal, "TR") == normal


@pytest.mark.parametrize(
    ("kind", "text"),
    [("x", "a b"), ("whatsapp", "ann"), ("telegram", "a"), ("viber", "12"), ("matrix", "x" * 101)],
)
def test_what_is_no_handle_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"^not_a_handle$"):
        normal_handle(kind, text, "TR")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("Example.COM", "https://example.com"),
        ("example.com:8080/A?b=C#d", "https://example.com:8080/A?b=C#d"),
        ("HTTP://Example.com/Path", "http://example.com/Path"),
        ("//example.com", "https://example.com"),
        ("http://intranet/wiki", "http://intranet/wiki"),
        ("https://Пример.рф/путь", "https://пример.рф/путь"),
        ("http://[::1]:80/", "http://[::1]:80/"),
    ],
)
def test_normal_url(text: str, normal: str) -> None:
    assert normal_url(text) == normal
    assert normal_url(normal) == normal


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)",
     "data:text/html,x", "ftp://b.co",
     "vbscript:x", "javascript://example.com/%0aalert(1)", "https://user:pass@b.co", "mailto:a@b.co", "https://",
     "intranet", "https://b.co\\@evil.co", "https://b.co/<x>", "https://b co", "https://b.co:99999",
     "x" * 2001, "https://[::1", "."],
)  # fmt: skip
def test_what_is_no_url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^not_a_url$"):
        normal_url(text)


@given(st.text(max_size=80))
def test_any_text_is_a_safe_url_or_a_value_error(text: str) -> None:
    outcome = attempt(normal_url, text)
    assert outcome.startswith(("https://", "http://")) or outcome in {"empty", "not_a_url"}


@pytest.mark.parametrize(
    ("cell", "kind", "values"),
    [
        ("a@b.co ::: c@d.co", "email", ["a@b.co", "c@d.co"]),
        ("a@b.co, c@d.co; e@f.co\ng@h.co", "email", ["a@b.co", "c@d.co", "e@f.co", "g@h.co"]),
        ('"Lee, Ann" <a@b.co>, c@d.co', "email", ['"Lee, Ann" <a@b.co>', "c@d.co"]),
        ("+1 212 555 0123; +1 212 555 0124", "phone", ["+1 212 555 0123", "+1 212 555 0124"]),
        ("+1 212 555 0123, ext. 5", "phone", ["+1 212 555 0123, ext. 5"]),
        ("Friends ::: * myContacts", "tags", ["myContacts", "Friends"]),
        ("Acme, Inc ::: Beta", "tags", ["Acme, Inc", "Beta"]),
        ("Smith, Ann; Lee, Bo", "text", ["Smith, Ann", "Lee, Bo"]),
        ('red, "light, blue"', "choice", ["red", "light, blue"]),
        ('5" pipe, red', "choice", ['5" pipe', "red"]),
        ("http://a.co/x,y, http://b.co", "url", ["http://a.co/x,y", "http://b.co"]),
        ("a, a,, b,", "tags", ["a", "b"]),
        ("  ", "email", []),
    ],
)
def test_split_many(cell: str, kind: str, values: list[str]) -> None:
    assert split_many(cell, kind) == values
