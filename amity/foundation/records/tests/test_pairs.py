"""Pupils and parents: who is written to about whom, and what they agreed to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amity.foundation.core.errors import Conflict, Denied, Invalid, Malformed, NotFound
from amity.foundation.records import listing
from amity.foundation.records.context import context_for
from amity.foundation.records.models import Change, Consent, Purpose
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import consents, schema
from amity.foundation.records.services.consents import Said, save_purpose, set_consent
from amity.foundation.records.services.merge import merge_records
from amity.foundation.records.services.purge import purge_records
from amity.foundation.records.services.recipients import recipients
from amity.foundation.records.services.records import create_record, delete_record, update_record
from amity.foundation.records.services.undo import undo_change
from amity.foundation.records.values import row_of
from amity.testing import faults
from amity.testing.world import Firm, load, refresh, with_scope

pytestmark = pytest.mark.django_db


class School:
    """Pupils of an object of their own, parents among the people, and one purpose."""

    def __init__(self, firm: Firm) -> None:
        self.firm, self.actor = firm, firm.owner
        schema.create_object(actor=firm.admin, label="Pupil", plural="Pupils", key="pupils")
        refresh(firm)
        for name in ("email", "address"):
            schema.create_field(
                actor=firm.admin, object_key="pupils", type_name=name, label=name.title(), key=f"own_{name}"
            )
        self.relation = schema.create_relation(
            actor=firm.admin, from_object="pupils", to_object="people", from_label="Parents",
            to_label="Children", speaks="to",
        )  # fmt: skip
        self.purpose = save_purpose(
            actor=firm.admin, label="News", wording="I want news by e-mail.", objects=["people", "pupils"]
        )
        refresh(firm)

    def spec(self, key: str = "pupils", actor: Any = None) -> Any:
        return spec_for(actor or self.actor, key)

    def person(self, name: str, **values: Any) -> int:
        mail = [{"value": f"{name.split()[0].lower()}@example.com"}]
        return create_record(
            actor=self.actor, spec=self.spec("people"), values={"name": name, "emails": mail, **values}
        )

    def pupil(self, name: str, *parents: int, **values: Any) -> int:
        return create_record(
            actor=self.actor, spec=self.spec(), values={"name": name, "parents": list(parents), **values}
        )

    def lines(self, *ids: int, channel: str = "email", **more: Any) -> list[tuple[str, list[str]]]:
        found = recipients(
            more.pop("actor", self.actor), more.pop("spec", None) or self.spec(), ids, channel, **more
        )
        return [(line.address or line.problem, [title for _key, _pk, title in line.about]) for line in found]

    def say(self, record_id: int, verdict: str, key: str = "pupils", **said: Any) -> Consent:
        return set_consent(
            actor=self.actor, spec=self.spec(key), record_id=record_id, field="consent_news", verdict=verdict,
            said=Said(**said),
        )  # fmt: skip

    def state(self, record_id: int, key: str = "pupils") -> Any:
        spec = self.spec(key)
        record = load(spec, self.firm.workspace, record_id)
        return row_of(spec, record, context_for(self.actor)).values["consent_news"]

    def found(self, op: str, value: str | None = None) -> set[int]:
        tree = {"field": "consent_news", "op": op} | ({"value": value} if value else {})
        rows = listing.page(self.spec(), listing.Query(filter=tree), context_for(self.actor)).rows
        return {row.id for row in rows}


@pytest.fixture
def school(firm: Firm) -> School:
    return School(firm)


# --- recipients --------------------------------------------------------------------------------------------


def test_two_children_of_one_parent_are_one_line_and_two_parents_of_one_child_are_two(school: School) -> None:
    fatma, ali = school.person("Fatma Yıldız"), school.person("Ali Yıldız")
    ayse, can = school.pupil("Ayşe", fatma, ali), school.pupil("Can", fatma)
    lone = school.pupil("Deniz", own_email=[{"value": "deniz@example.com"}])
    assert school.lines(ayse, can, lone) == [
        ("fatma@example.com", ["Ayşe", "Can"]),
        ("ali@example.com", ["Ayşe"]),
        ("deniz@example.com", ["Deniz"]),
    ]
    assert school.lines(can) == [("fatma@example.com", ["Can"])]


def test_an_exception_for_one_pupil(school: School) -> None:
    fatma, ali = school.person("Fatma Yıldız"), school.person("Ali Yıldız")
    pupil = school.pupil("Ayşe", fatma, ali, own_email=[{"value": "ayse@example.com"}], mail_to="self")
    assert school.lines(pupil) == [("ayse@example.com", ["Ayşe"])]
    update_record(actor=school.actor, spec=school.spec(), record_id=pupil, values={"mail_to": "first"})
    assert school.lines(pupil) == [("fatma@example.com", ["Ayşe"])]
    schema.update_relation(
        actor=school.firm.admin, relation_id=school.relation.pk, from_label="Parents", to_label="Children",
        archived=False, speaks="to", speaks_first=True,
    )  # fmt: skip
    refresh(school.firm)
    update_record(actor=school.actor, spec=school.spec(), record_id=pupil, values={"mail_to": None})
    assert len(school.lines(pupil)) == 1
    update_record(actor=school.actor, spec=school.spec(), record_id=pupil, values={"mail_to": "all"})
    assert len(school.lines(pupil)) == 2


def test_without_a_parent_in_sight_nobody_is_written_to(school: School) -> None:
    fatma = school.person("Fatma Yıldız")
    pupil = school.pupil("Ayşe", fatma, own_email=[{"value": "ayse@example.com"}])
    seeing = with_scope(school.firm.colleague, see="all")
    blind = replace(seeing, permissions={**seeing.permissions, "people": {"see": "none"}})
    half = replace(seeing, permissions={**seeing.permissions, "people": {"see": "own"}})
    assert school.lines(pupil, actor=seeing, spec=school.spec(actor=seeing))[0][0] == "fatma@example.com"
    for actor in (blind, half):
        (line,) = recipients(actor, school.spec(actor=actor), [pupil], "email")
        assert (line.problem, line.name, line.address, line.id) == ("unseen", "", "", 0)
    delete_record(actor=school.actor, spec=school.spec("people"), record_id=fatma)
    assert school.lines(pupil) == [("unseen", ["Ayşe"])]


def test_fields_the_role_may_not_see_do_not_tell(school: School) -> None:
    pupil = school.pupil("Ayşe", school.person("Fatma Yıldız"))
    everything = with_scope(school.firm.colleague)
    no_mail = replace(everything, field_rights={"people": {"emails": "hidden"}})
    assert school.lines(pupil, actor=no_mail, spec=school.spec(actor=no_mail)) == [("no_address", ["Ayşe"])]
    no_parents = replace(everything, field_rights={"pupils": {"parents": "hidden"}})
    (line,) = recipients(no_parents, school.spec(actor=no_parents), [pupil], "email")
    assert (line.problem, line.name, line.relation) == ("unseen", "", "")


def test_a_household_gets_one_letter_for_all(school: School) -> None:
    admin = school.firm.admin
    schema.create_object(actor=admin, label="Household", plural="Households", key="households")
    refresh(school.firm)
    schema.create_field(
        actor=admin, object_key="households", type_name="address", label="Address", key="place"
    )
    schema.create_relation(
        actor=admin, from_object="people", to_object="households", from_label="Household",
        to_label="Members", from_many=False, speaks="to", channels=["letter"],
    )  # fmt: skip
    refresh(school.firm)
    where = [{"street": "Gül Sok. 4", "city": "İzmir", "country": "TR"}]
    spec = school.spec("households")
    home = create_record(actor=school.actor, spec=spec, values={"name": "Yıldız Ailesi", "place": where})
    fatma = school.person("Fatma Yıldız", household=home)
    ali = school.person("Ali Yıldız", household=home)
    pupil = school.pupil("Ayşe", fatma, ali)
    letter = school.lines(fatma, ali, channel="letter", spec=school.spec("people"))
    assert letter == [("Gül Sok. 4, İzmir, TR", ["Fatma Yıldız", "Ali Yıldız"])]
    assert school.lines(pupil, channel="letter") == [("Gül Sok. 4, İzmir, TR", ["Ayşe"])]
    assert [address for address, _about in school.lines(pupil)] == ["fatma@example.com", "ali@example.com"]


def test_a_circle_of_people_who_speak_for_one_another_ends(firm: Firm) -> None:
    schema.create_relation(
        actor=firm.admin, from_object="people", to_object="people", from_label="Guardians",
        to_label="Wards", speaks="to",
    )  # fmt: skip
    refresh(firm)
    spec = spec_for(firm.owner, "people")
    one, two = (create_record(actor=firm.owner, spec=spec, values={"name": name}) for name in ("A A", "B B"))
    update_record(actor=firm.owner, spec=spec, record_id=one, values={"guardians": [two]})
    update_record(actor=firm.owner, spec=spec, record_id=two, values={"guardians": [one]})
    found = recipients(firm.owner, spec, [one, two], "email")
    assert [(line.name, [title for _k, _pk, title in line.about]) for line in found] == [
        ("B B", ["A A"]),
        ("A A", ["B B"]),
    ]


def test_unknown_channels_and_purposes_are_refused(school: School) -> None:
    for channel, purpose in (("pigeon", ""), ("email", "consent_nothing"), ("email", "name")):
        with pytest.raises(Malformed):
            recipients(school.actor, school.spec(), [], channel, purpose)


def test_another_firm_s_records_are_not_written_to(school: School, other_firm: Firm) -> None:
    pupil = school.pupil("Ayşe", school.person("Fatma Yıldız"))
    assert recipients(other_firm.owner, spec_for(other_firm.owner, "people"), [pupil], "email") == []


# --- consents ----------------------------------------------------------------------------------------------


def test_words_of_consent_are_added_and_the_newest_counts(school: School) -> None:
    fatma = school.person("Fatma Yıldız")
    pupil, other = school.pupil("Ayşe", fatma), school.pupil("Can")
    assert school.state(pupil) is None
    given = school.say(pupil, "given", giver=("people", fatma), channel="paper", remark="Form of 3 March")
    assert (given.giver_name, given.wording, given.version) == ("Fatma Yıldız", "I want news by e-mail.", 1)
    assert school.state(pupil) == "given"
    with pytest.raises(Conflict):
        school.say(pupil, "given")
    school.say(pupil, "withdrawn")
    assert (school.state(pupil), school.state(other)) == ("withdrawn", None)
    rows = Consent.unscoped.filter(record_id=pupil).order_by("pk")
    assert [(row.verdict, row.current) for row in rows] == [("given", False), ("withdrawn", True)]


def test_other_words_are_a_new_version_and_old_consents_keep_theirs(school: School) -> None:
    pupil = school.pupil("Ayşe")
    old = school.say(pupil, "given")
    save_purpose(
        actor=school.firm.admin, purpose_id=school.purpose.pk, label="News", wording="News and photos.",
        objects=["pupils"],
    )  # fmt: skip
    old.refresh_from_db()
    assert (old.version, old.wording) == (1, "I want news by e-mail.")
    assert Purpose.unscoped.get(pk=school.purpose.pk).version == 2


def test_lists_find_who_agreed(school: School) -> None:
    yes, no, silent, wrong = (school.pupil(name) for name in ("Yes", "No", "Silent", "Wrong"))
    school.say(yes, "given")
    school.say(no, "given")
    school.say(no, "withdrawn")
    mistake = school.say(wrong, "given")
    undo_change(actor=school.actor, spec=school.spec(), record_id=wrong, change_id=mistake.change_id or 0)
    assert school.found("is", "given") == {yes}
    assert school.found("is", "withdrawn") == {no}
    assert school.found("is_not", "given") == {no, silent, wrong}
    assert school.found("empty") == {silent, wrong}
    assert school.found("filled") == {yes, no}
    for op, value in (("is", "perhaps"), ("contains", "given"), ("is", None)):
        with pytest.raises(Malformed):
            school.found(op, value)


def test_undo_writes_how_it_stood_and_removes_nothing(school: School) -> None:
    pupil = school.pupil("Ayşe")
    school.say(pupil, "given")
    withdrawn = school.say(pupil, "withdrawn")
    undo_change(actor=school.actor, spec=school.spec(), record_id=pupil, change_id=withdrawn.change_id or 0)
    assert school.state(pupil) == "given"
    assert Consent.unscoped.filter(record_id=pupil).count() == 3
    with pytest.raises(Conflict):
        undo_change(
            actor=school.actor, spec=school.spec(), record_id=pupil, change_id=withdrawn.change_id or 0
        )


def test_merging_keeps_both_stories_and_the_stricter_state(school: School) -> None:
    spec = school.spec("people")
    first, second = school.person("Fatma Yıldız"), school.person("Fatma Yildiz")
    school.say(second, "withdrawn", "people")
    school.say(first, "given", "people")
    merge_records(actor=school.firm.admin, spec=spec, survivor_id=first, other_ids=[second])
    assert school.state(first, "people") == "withdrawn"
    assert consents.consents_of(school.actor, spec, first).count() == 2
    merge = Change.unscoped.filter(record_id=first, kind="merge").get()
    undo_change(actor=school.firm.admin, spec=spec, record_id=first, change_id=merge.pk)
    assert (school.state(first, "people"), school.state(second, "people")) == ("given", "withdrawn")


def test_who_may_not_change_the_record_says_nothing_for_it(school: School) -> None:
    pupil = school.pupil("Ayşe")
    everything = with_scope(school.firm.colleague)
    reading = with_scope(school.firm.colleague, edit="own")
    limited = replace(everything, field_rights={"pupils": {"consent_news": "read"}})
    blind = replace(everything, field_rights={"pupils": {"consent_news": "hidden"}})
    before = faults.snapshot()
    for actor, error in (
        (reading, Denied), (limited, Denied), (blind, NotFound), (school.firm.stranger, NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            set_consent(
                actor=actor, spec=school.spec(actor=school.actor), record_id=pupil, field="consent_news",
                verdict="given",
            )  # fmt: skip
    assert faults.changed_tables(before) == []
    assert "consent_news" not in [item.key for item in school.spec(actor=blind).live_fields]
    tree = {"field": "consent_news", "op": "filled"}
    with pytest.raises(Malformed):
        listing.page(school.spec(actor=blind), listing.Query(filter=tree), context_for(blind))


def test_nonsense_is_refused_and_nothing_is_written(school: School) -> None:
    pupil, hidden = school.pupil("Ayşe"), school.pupil("Can")
    delete_record(actor=school.actor, spec=school.spec(), record_id=hidden)
    before = faults.snapshot()
    for verdict, said in (
        ("perhaps", {}), ("given", {"channel": "pigeon"}), ("given", {"giver": ("pupils", hidden)}),
        ("given", {"giver": ("nothing", 1)}), ("given", {"remark": "x" * 251}),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            school.say(pupil, verdict, **said)
    assert faults.changed_tables(before) == []


def test_a_word_of_consent_is_written_whole_or_not_at_all(school: School) -> None:
    pupil = school.pupil("Ayşe")
    before = faults.snapshot()

    def nothing() -> None:
        assert faults.changed_tables(before) == []

    assert faults.fail_each_statement(lambda: school.say(pupil, "given"), nothing) > 3


def test_mail_without_consent_is_marked(school: School) -> None:
    fatma, ali = school.person("Fatma Yıldız"), school.person("Ali Yıldız")
    ayse, can = school.pupil("Ayşe", fatma, ali), school.pupil("Can", fatma)
    asked = {"purpose": "consent_news"}
    assert school.lines(ayse, **asked) == school.lines(ayse)
    found = recipients(school.actor, school.spec(), [ayse, can], "email", **asked)
    assert {line.problem for line in found} == {"no_consent"}
    school.say(ayse, "given", giver=("people", fatma))
    school.say(ali, "withdrawn", "people")
    states = {
        line.name: line.consent
        for line in recipients(school.actor, school.spec(), [ayse, can], "email", **asked)
    }
    assert states == {"Fatma Yıldız": "", "Ali Yıldız": "withdrawn"}
    school.say(fatma, "given", "people")
    states = {
        line.name: line.consent
        for line in recipients(school.actor, school.spec(), [ayse, can], "email", **asked)
    }
    assert states == {"Fatma Yıldız": "given", "Ali Yıldız": "withdrawn"}


def test_what_a_record_said_goes_with_it(school: School) -> None:
    pupil = school.pupil("Ayşe")
    school.say(pupil, "given")
    purge_records(spec=school.spec(), workspace_id=school.firm.workspace.pk, ids=[pupil])
    assert not Consent.unscoped.filter(record_id=pupil).exists()


def test_only_administrators_make_purposes(school: School) -> None:
    with pytest.raises(Denied):
        save_purpose(actor=school.actor, label="Calls", wording="Call me.", objects=["people"])
    for wrong in (
        {"label": ""},
        {"wording": ""},
        {"objects": []},
        {"objects": ["nothing"]},
        {"label": "x" * 81},
    ):
        values = {"label": "Calls", "wording": "Call me.", "objects": ["people"], **wrong}
        with pytest.raises(Invalid):
            save_purpose(actor=school.firm.admin, **values)


def test_pupils_and_parents_are_listed_by_their_own_fields_and_by_each_other(school: School) -> None:
    fatma, ali = school.person("Fatma Yıldız", job_title="Engineer"), school.person("Ali Yıldız")
    ayse, _can = school.pupil("Ayşe", fatma), school.pupil("Can", ali)
    tree = {"related": "parents", "where": {"field": "job_title", "op": "is", "value": "Engineer"}}
    rows = listing.page(school.spec(), listing.Query(filter=tree), context_for(school.actor)).rows
    assert [row.id for row in rows] == [ayse]
    tree = {"related": "children", "where": {"field": "name", "op": "is", "value": "Can"}}
    rows = listing.page(school.spec("people"), listing.Query(filter=tree), context_for(school.actor)).rows
    assert [row.id for row in rows] == [ali]
