"""The contract of people who speak for records of an object, and of consent asked for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from amity.foundation.accounts.actor import Actor
from amity.foundation.core.errors import Denied, Malformed, NotFound
from amity.foundation.records import listing
from amity.foundation.records.models import Consent
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.consents import Said, save_purpose, set_consent
from amity.foundation.records.services.recipients import recipients
from amity.foundation.records.services.recipients_file import recipients_file, recipients_of
from amity.foundation.records.services.records import create_record
from amity.foundation.records.services.schema import create_relation
from amity.testing import faults
from amity.testing.contract_files import exported, imported, made_by
from amity.testing.contract_services import World
from amity.testing.world import Firm, refresh, with_scope

FIELD = "consent_news"


class PairContract:
    """Whoever is spoken for, in any object."""

    key: str
    prepare: Callable[[Firm], None]
    values: Callable[..., Any]

    @pytest.fixture
    def pairs(self, firm: Firm) -> World:
        """The object with guardians among the people, and one purpose."""
        self.prepare(firm)
        create_relation(
            actor=firm.admin, from_object=self.key, to_object="people", from_label="Guardians",
            to_label="Wards", speaks="to",
        )  # fmt: skip
        objects = list(dict.fromkeys(["people", self.key]))
        save_purpose(actor=firm.admin, label="News", wording="News by e-mail.", objects=objects)
        refresh(firm)
        return World(firm, spec_for(firm.owner, self.key), self.values)

    def test_mail_about_a_record_goes_to_who_speaks_for_it(self, pairs: World) -> None:
        guardian = _guardian(pairs, "Fatma")
        both = [pairs.create(n, guardians=[guardian], mail_to=None) for n in (1, 2)]
        alone = pairs.create(3, guardians=[guardian], mail_to="self")
        first, second = recipients(pairs.firm.owner, pairs.spec, [*both, alone], "email")
        assert (first.address, [pk for _key, pk, _title in first.about]) == ("fatma@example.com", both)
        assert (second.id, second.object) == (alone, self.key)

    def test_who_is_not_seen_is_not_told(self, pairs: World) -> None:
        record = pairs.create(1, guardians=[_guardian(pairs, "Fatma")], mail_to=None)
        everything = with_scope(pairs.firm.colleague)
        rules = dict.fromkeys(everything.permissions["*"], "all")
        blind = replace(everything, permissions={"*": rules, "people": {**rules, "see": "own"}})
        if self.key != "people":  # else the record itself is out of reach, as is everything about it
            (line,) = recipients(blind, spec_for(blind, self.key), [record], "email")
            assert (line.problem, line.name, line.address) == ("unseen", "", "")
        hiding = replace(everything, field_rights={self.key: {"guardians": "hidden"}})
        (line,) = recipients(hiding, spec_for(hiding, self.key), [record], "email")
        assert (line.problem, line.name, line.relation) == ("unseen", "", "")

    def test_recipients_as_a_file_are_guarded_and_need_the_right(self, pairs: World) -> None:
        name = "=HYPERLINK(1)"
        guardian = _guardian(pairs, name)
        pairs.create(1, guardians=[guardian], mail_to=None)
        actor, query = with_scope(pairs.firm.owner), listing.Query()
        lines = recipients_of(actor, pairs.spec, query, "email")
        asked: dict[str, Any] = {"lines": lines, "channel": "email", "purpose": "", "format": "csv"}
        text = b"".join(recipients_file(actor=actor, spec=pairs.spec, **asked).chunks).decode("utf-8-sig")
        assert "'=HYPERLINK" in text
        assert "\n=HYPERLINK" not in text
        for denied in (with_scope(actor, export="none"), pairs.firm.stranger):
            with pytest.raises(Denied):
                recipients_of(denied, pairs.spec, query, "email")

    def test_consent_is_given_withdrawn_and_found(self, pairs: World) -> None:
        yes, no, silent = (pairs.create(n) for n in (1, 2, 3))
        _say(pairs, yes, "given")
        _say(pairs, no, "given")
        _say(pairs, no, "withdrawn")
        for op, value, wanted in (
            ("is", "given", {yes}), ("is", "withdrawn", {no}), ("is_not", "given", {no, silent}),
            ("empty", None, {silent}), ("filled", None, {yes, no}),
        ):  # fmt: skip
            tree = {"field": FIELD, "op": op} | ({"value": value} if value else {})
            rows = listing.page(pairs.spec, listing.Query(filter=tree, columns=(FIELD,)), pairs.context).rows
            assert {row.id for row in rows} == wanted, op
            states = {yes: "given", no: "withdrawn", silent: None}
            assert {row.id: row.values[FIELD] for row in rows} == {pk: states[pk] for pk in wanted}

    def test_consent_of_unseen_and_foreign_records_is_not_written(
        self, pairs: World, other_firm: Firm
    ) -> None:
        record = pairs.create(1)
        before = faults.snapshot()
        for actor in (pairs.firm.colleague, pairs.firm.stranger, other_firm.admin):
            with pytest.raises(NotFound):
                _say(pairs, record, "given", actor)
        limited = replace(with_scope(pairs.firm.owner), field_rights={self.key: {FIELD: "read"}})
        with pytest.raises(Denied):
            _say(pairs, record, "given", limited)
        assert faults.changed_tables(before) == []

    def test_a_hidden_consent_shows_nowhere(self, pairs: World) -> None:
        record = pairs.create(1)
        _say(pairs, record, "given")
        blind = replace(with_scope(pairs.firm.owner), field_rights={self.key: {FIELD: "hidden"}})
        spec = spec_for(blind, self.key)
        with pytest.raises(Malformed):
            recipients(blind, spec, [record], "email", FIELD)
        assert "News" not in exported(pairs, blind, "csv").decode()
        assert "News" in exported(pairs, with_scope(pairs.firm.owner), "csv").decode()

    def test_consents_go_out_and_come_in_and_are_taken_back_with_the_import(
        self, pairs: World, settings: Any, tmp_path: Any
    ) -> None:
        settings.AMITY_HOME = tmp_path
        everybody = with_scope(pairs.firm.owner)
        ids = [pairs.create(n) for n in (1, 2, 3)]
        _say(pairs, ids[0], "given")
        _say(pairs, ids[1], "withdrawn")
        content = exported(pairs, everybody, "csv")
        run = imported(pairs, everybody, content, "records.csv", on_match="create")
        assert [_state(pairs, pk) for pk in made_by(run)] == ["given", "withdrawn", None]
        word = Consent.unscoped.get(record_id=made_by(run)[0], object_type_id=pairs.spec.type_id)
        assert (word.source, word.remark) == ("import", "records.csv")

    def test_an_import_never_gives_again_what_was_withdrawn(
        self, pairs: World, settings: Any, tmp_path: Any
    ) -> None:
        settings.AMITY_HOME = tmp_path
        everybody = with_scope(pairs.firm.owner)
        first, second = pairs.create(1), pairs.create(2)
        _say(pairs, first, "given")
        _say(pairs, second, "given")
        content = exported(pairs, everybody, "csv")
        _say(pairs, first, "withdrawn")
        imported(pairs, everybody, content, "records.csv", on_match="update")
        assert [_state(pairs, pk) for pk in (first, second)] == ["withdrawn", "given"]


def _guardian(pairs: World, name: str) -> int:
    people = spec_for(pairs.firm.owner, "people")
    mail = [{"value": f"{name.lower()}@example.com" if name.isalpha() else "odd@example.com"}]
    return create_record(actor=pairs.firm.owner, spec=people, values={"name": name, "emails": mail})


def _say(pairs: World, record_id: int, verdict: str, actor: Actor | None = None) -> Consent:
    return set_consent(
        actor=actor or pairs.firm.owner, spec=pairs.spec, record_id=record_id, field=FIELD, verdict=verdict,
        said=Said("paper"),
    )  # fmt: skip


def _state(pairs: World, record_id: int) -> Any:
    query = listing.Query(ids=(record_id,), columns=(FIELD,))
    return listing.page(pairs.spec, query, pairs.context).rows[0].values[FIELD]
