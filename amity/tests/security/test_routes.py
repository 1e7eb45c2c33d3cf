"""Every address of the product × everybody: a new address without a rule here fails.

Rules: `public` for anybody; `member` for whoever is signed in, about themselves or what they may see; `create` needs
the right to; `edit` and `export` too; `record` and `run` are the owner's; `own` is not even an administrator's; `admin` for
administrators; `program` the API.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.urls import get_resolver

from amity.tests.security.conftest import CANARY, Planted, body_of, browser_of, no_writes, plant

pytestmark = pytest.mark.django_db

RULES: dict[str, tuple[str, ...]] = {
    "public": (
        "healthz", "healthz/ready", "sign-in/", "sign-out/", "sign-in/forgot/", "reset/<user_key>/<token>/",
        "invite/<token>/", "welcome/", "p/unsubscribe/<token>/",
    ),
    "member": (
        "", "welcome/next/", "search/", "search/palette/", "<key>/", "<key>/pick/", "<key>/columns/",
        "<key>/filter/", "<key>/merge/", "<key>/duplicates/", "<key>/conflicts/", "<key>/pick/only/",
        "<key>/quality/", "<key>/quality/check/", "<key>/quality/untouched/", "<key>/quality/right/", "help/", "help/<document>/",
        "<key>/views/new/", "<key>/views/restore/", "import/", "import/upload/", "import/paste/",
        "settings/", "settings/profile/", "settings/appearance/", "settings/password/", "settings/sessions/",
        "settings/sessions/<session_id>/end/", "settings/tokens/", "settings/tokens/<token_id>/revoke/",
        "settings/view-as/stop/", "settings/hand-over/", "settings/notifications/", "notifications/", "notifications/count/",
        "notifications/recent/", "notifications/read/", "notifications/unread/",
    ),
    "create": ("<key>/new/", "<key>/new/alike/", "<key>/new/fields/"),
    "export": ("<key>/export/", "<key>/recipients/"),
    "edit": ("<key>/bulk/", "<key>/bulk/edit/", "<key>/cells/", "<key>/conflicts/take/"),
    "record": (
        "files/<file_id>/", "files/<file_id>/delete/", "files/<file_id>/restore/", "<key>/views/<view_id>/",
        "<key>/views/<view_id>/replace/", "<key>/views/<view_id>/move/", "<key>/views/<view_id>/delete/",
        "<key>/<record_id>/", "<key>/<record_id>/peek/", "<key>/<record_id>/previous/", "<key>/<record_id>/next/",
        "<key>/<record_id>/edit/", "<key>/<record_id>/edit/<name>/", "<key>/<record_id>/move/", "<key>/<record_id>/delete/",
        "<key>/<record_id>/merge/", "<key>/<record_id>/restore/", "<key>/<record_id>/undo/<change_id>/", "<key>/<record_id>/notes/",
        "<key>/<record_id>/notes/<note_id>/edit/", "<key>/<record_id>/notes/<note_id>/pin/",
        "<key>/<record_id>/notes/<note_id>/delete/", "<key>/<record_id>/notes/<note_id>/restore/",
        "<key>/<record_id>/files/", "<key>/<record_id>/mention/", "<key>/<record_id>/share/",
        "<key>/<record_id>/share/pick/", "<key>/<record_id>/share/<share_id>/end/",
        "<key>/<record_id>/sources/", "<key>/<record_id>/conflicts/",
        "<key>/<record_id>/conflicts/<name>/", "<key>/<record_id>/conflicts/<name>/reopen/", "<key>/conflicts/<batch_id>/undo/",
        "<key>/<record_id>/consents/<consent>/", "<key>/<record_id>/take-over/", "settings/hand-over/<user_id>/",
        "<key>/quality/<record_id>/settle/", "<key>/quality/<record_id>/reopen/",
        "<key>/quality/<record_id>/confirm/", "<key>/quality/<record_id>/unconfirm/",
        "<key>/quality/<record_id>/clear/", "<key>/quality/<record_id>/delete/",
    ),
    "own": (
        "notifications/<notification_id>/open/", "notifications/<notification_id>/mark/", "handovers/<handover_id>/taken/",
        "handovers/<handover_id>/taken/seen/",
    ),
    "pair": (
        "<key>/duplicates/<pair_id>/different/", "<key>/duplicates/<pair_id>/reopen/",
    ),
    "look": ("<key>/duplicates/look/", "<key>/quality/look/"),
    "run": (
        "import/<run_id>/", "import/<run_id>/mapping/", "import/<run_id>/read/", "import/<run_id>/progress/", "import/<run_id>/badge/",
        "import/<run_id>/cancel/", "import/<run_id>/undo/", "import/<run_id>/delete/",
        "import/<run_id>/refused.csv", "bulk/<bulk_id>/", "bulk/<bulk_id>/progress/", "bulk/<bulk_id>/badge/",
        "bulk/<bulk_id>/cancel/", "bulk/<bulk_id>/undo/", "handovers/<handover_id>/", "handovers/<handover_id>/progress/",
        "handovers/<handover_id>/badge/", "handovers/<handover_id>/cancel/", "handovers/<handover_id>/undo/",
    ),
    "admin": (
        "<key>/quality/rules/", "<key>/quality/rules/add/", "<key>/quality/rules/<rule_id>/remove/",
        "<key>/quality/rules/<rule_id>/restore/",
        "settings/firm/", "settings/people/", "settings/people/invitations/<invitation_id>/withdraw/",
        "settings/people/<member_id>/", "settings/people/<member_id>/switch/",
        "settings/people/<member_id>/end-access/", "settings/people/<member_id>/reset-link/",
        "settings/people/<member_id>/view-as/", "settings/teams/", "settings/teams/<team_id>/",
        "settings/teams/<team_id>/delete/", "settings/roles/", "settings/roles/<role_id>/",
        "settings/roles/<role_id>/fields/<key>/", "settings/roles/<role_id>/copy/", "settings/roles/<role_id>/delete/", "settings/objects/",
        "settings/objects/relations/<relation_id>/", "settings/objects/<key>/", "settings/objects/<key>/move/", "settings/objects/<key>/order/",
        "settings/objects/<key>/enable/", "settings/objects/<key>/archive/", "settings/objects/<key>/look/",
        "settings/objects/<key>/relations/", "settings/objects/<key>/sources/", "settings/objects/<key>/formula/", "settings/objects/<key>/fields/new/",
        "settings/objects/<key>/fields/<field_key>/", "settings/objects/<key>/fields/<field_key>/archive/",
        "settings/objects/<key>/fields/<field_key>/move/", "settings/log/", "settings/jobs/",
        "settings/jobs/<job_id>/retry/", "settings/jobs/<job_id>/cancel/", "settings/trash/",
        "settings/consents/", "settings/consents/<purpose_id>/", "settings/consents/<purpose_id>/archive/",
        "settings/example-data/", "settings/mail/", "settings/mail/trial/", "settings/mail/remove/",
        "settings/mail/outbox/", "settings/mail/outbox/<mail_id>/", "settings/mail/outbox/<mail_id>/send/",
        "settings/mail/outbox/<mail_id>/delete/", "settings/mail/outbox/<mail_id>/restore/",
        "settings/example-data/", "settings/webhooks/", "settings/webhooks/<webhook_id>/",
        "settings/webhooks/<webhook_id>/switch/", "settings/webhooks/<webhook_id>/test/",
        "settings/webhooks/<webhook_id>/secret/", "settings/webhooks/<webhook_id>/remove/",
        "settings/webhooks/<webhook_id>/restore/",
        "settings/webhooks/<webhook_id>/deliveries/<delivery_id>/replay/",
    ),
}  # fmt: skip
OF_A_THING = re.compile(r"<(\w+_id)>")
WHO = ("anonymous", "guest", "colleague", "owner", "manager", "admin", "other firm")


def walk(patterns: Any, head: str = "") -> list[str]:
    found = []
    for item in patterns:
        text = head + str(item.pattern)
        found += walk(item.url_patterns, text) if hasattr(item, "url_patterns") else [text]
    return found


ROUTES = [re.sub(r"<\w+:(\w+)>", r"<\1>", text) for text in walk(get_resolver().url_patterns)]
RULE_OF = {route: rule for rule, routes in RULES.items() for route in routes}
RULE_OF |= {route: "program" for route in ROUTES if route.startswith("api/v1/")}


def address(route: str, ids: dict[str, Any]) -> str:
    return "/" + re.sub(r"<(\w+)>", lambda found: str(ids[found[1]]), route)


def refused(rule: str, who: str, route: str) -> bool:
    """Whether the rule keeps this person out of this address of the first firm's owner."""
    if rule in ("public", "program"):
        return False
    if who == "anonymous":
        return True
    if rule == "admin":
        foreign_thing = who == "other firm" and bool(OF_A_THING.search(route))
        return who not in ("admin", "other firm") or foreign_thing
    if rule in ("create", "edit"):
        return who == "guest"
    if rule == "pair":
        return who in ("guest", "colleague", "other firm")
    if rule == "look":
        return who == "guest"
    if rule == "export":
        return who not in ("admin", "other firm", "manager")
    if rule == "own" or (rule == "record" and "<view_id>" in route):
        return who != "owner"
    if rule == "record":
        return who in ("guest", "colleague", "other firm")
    return rule == "run" and who not in ("owner", "admin")


def actor_of(who: str, here: Planted, other: Planted) -> Any:
    firm = here.firm
    return {
        "anonymous": None, "guest": firm.stranger, "colleague": firm.colleague, "owner": firm.owner,
        "manager": here.manager, "admin": firm.admin, "other firm": other.firm.admin,
    }[who]  # fmt: skip


def test_every_address_has_a_rule_and_every_rule_an_address() -> None:
    assert set(RULE_OF) == set(ROUTES)


@pytest.mark.parametrize("who", WHO)
def test_who_is_kept_out_reads_and_changes_nothing(
    planted: Planted, other_firm: Any, who: str, caplog: pytest.LogCaptureFixture
) -> None:
    """By every method, and with the words of both firms in reach; the security log says who tried."""
    caplog.set_level("INFO", "amity.security")
    other = plant(other_firm)
    browser = browser_of(actor_of(who, planted, other))
    for route, rule in RULE_OF.items():
        if not refused(rule, who, route):
            continue
        for method in ("GET", "POST", "PUT", "DELETE"):
            what = (who, method, route)
            caplog.clear()
            with no_writes(what):
                answer = browser.generic(method, address(route, planted.ids))
            assert out(answer, who) or (rule == "admin" and "/jobs/" in route), (*what, answer.status_code)
            assert CANARY not in body_of(answer).replace(f"{CANARY} team", ""), what
            lines = [line.getMessage() for line in caplog.records if line.name == "amity.security"]
            assert [logged(line) for line in lines] == [
                (answer.status_code, method, browser_id(browser))
            ] * int(answer.status_code in (401, 403, 404)), what
            assert CANARY not in "".join(lines)


def logged(line: str) -> tuple[int, str, int]:
    """(status, method, user) of a line of the security log."""
    found = dict(part.split("=", 1) for part in line.split(" ")[1:])
    return int(found["status"]), json.loads(found["method"]), int(found.get("user", 0))


def browser_id(browser: Any) -> int:
    return int(browser.session.get("_auth_user_id", 0))


def out(answer: Any, who: str) -> bool:
    if who == "anonymous":
        to_sign_in = answer.status_code == 302 and answer["Location"].startswith(("/sign-in/", "/import/"))
        return to_sign_in or answer.status_code in (401, 403, 405)
    return answer.status_code in (403, 404, 405) or answer.get("Location") == "/import/"


@pytest.mark.parametrize("who", ["owner", "admin"])
def test_who_may_come_in_does(planted: Planted, other_firm: Any, who: str) -> None:
    """Else the refusals above would prove nothing; and reading writes nothing but what a log is for."""
    browser = browser_of(actor_of(who, planted, planted))
    for route, rule in RULE_OF.items():
        if refused(rule, who, route) or rule in ("public", "program"):
            continue
        guard = no_writes((who, route)) if rule not in ("export", "run") else no_guard()
        with guard:
            answer = browser.get(address(route, planted.ids))
            body_of(answer)
        assert answer.status_code in (200, 204, 302, 405), (who, route, answer.status_code)


def no_guard() -> Any:
    from contextlib import nullcontext

    return nullcontext()


@pytest.mark.parametrize("who", ["guest", "colleague", "other firm"])
def test_open_pages_never_tell_of_other_peoples_things(planted: Planted, other_firm: Any, who: str) -> None:
    """Lists, search, palette, pick, settings, the API's own description: not one word of the canary."""
    browser = browser_of(actor_of(who, planted, planted) or other_firm.admin)
    if who == "other firm":
        browser = browser_of(other_firm.admin)
    for route, rule in RULE_OF.items():
        if (
            rule in ("public", "run", "record")
            or refused(rule, who, route)
            or "<" in route.replace("<key>", "")
        ):
            continue
        if rule == "program":
            route = route.replace("<object_key>", "people")
            if "<" in route:
                continue
        for query in ("", f"?q={CANARY[:5]}", "?trash=1", "?show=over"):
            answer = browser.get(address(route, planted.ids) + query)
            text = body_of(answer).replace(f"?q={CANARY[:5]}", "")
            assert CANARY not in text, (who, route, query)
            assert answer.status_code < 500, (who, route, query)


def test_a_form_without_its_token_changes_nothing(planted: Planted) -> None:
    """Every address refuses a POST from another site, signed in or not, before anything is written."""
    for actor in (planted.firm.admin, planted.firm.owner):
        browser = browser_of(actor, enforce_csrf_checks=True)
        for route, rule in RULE_OF.items():
            if route.startswith("healthz"):
                continue
            url = address(route.replace("<target_id>", str(planted.ids["target_id"])), planted.ids)
            with no_writes((rule, route)):
                answer = browser.post(url, {"a": "b"})
            assert answer.status_code in (403, 405, 415, 404), (route, answer.status_code)


def test_reading_methods_with_an_override_write_nothing(planted: Planted) -> None:
    browser = browser_of(planted.firm.admin)
    for route, rule in RULE_OF.items():
        if rule in ("export", "run", "public"):
            continue
        with no_writes(route):
            for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
                body_of(browser.get(address(route, planted.ids) + "?_method=POST", headers={name: "DELETE"}))


def test_numbers_beyond_the_database_break_no_address(planted: Planted) -> None:
    """Each id of each address in turn, asked and posted: no database keeps such a number, so nothing is there."""
    browser, broken = browser_of(planted.firm.admin), []
    browser.raise_request_exception = False
    routes = [route for route in ROUTES if OF_A_THING.search(route) and "api/" not in route]
    for route in routes:
        for name in OF_A_THING.findall(route):
            url = address(route, planted.ids | {name: "9" * 19})
            broken += [url for ask in (browser.get, browser.post) if ask(url).status_code >= 500]
    assert sorted(set(broken)) == []
