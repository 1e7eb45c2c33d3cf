"""Board, calendar and chart through HTTP: the address, saved views, what a move answers and to whom."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from amity.engines.web.shapes import switch
from amity.engines.web.tests.test_record_pages import HTMX, make, refreshed
from amity.foundation.core.scope import scope
from amity.foundation.records.models import Change, SavedView
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services import schema
from amity.foundation.records.services.records import update_record
from amity.foundation.records.services.views import save_view
from amity.testing import faults
from amity.testing.world import with_scope

pytestmark = pytest.mark.django_db
BOARD = "/people/?shape=board"
LEADS = {"field": "stage", "op": "is", "value": "lead"}


def text_of(client, path, **options):
    answer = client.get(path, **options)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def links(text, pattern):
    return [html.unescape(one) for one in re.findall(rf'href="([^"]*{pattern}[^"]*)"', text)]


def column(text, key):
    """The markup of one column."""
    return text.split(f'data-place="{key}"')[1].split("</section>")[0]


def move(client, record_id, to, old, shown="?shape=board", **headers):
    data = {"to": json.dumps(to), "old": json.dumps(old), "list": shown}
    return client.post(f"/people/{record_id}/move/", data, headers=headers or HTMX)


@pytest.fixture
def people(closed_firm):
    """Twenty-three leads, a customer, and one without a stage."""
    firm = closed_firm
    for number in range(23):
        make(firm, firm.owner, {"name": f"Lead {number:02d}", "stage": "lead", "birthday": "2026-11-05"})
    make(firm, firm.owner, {"name": "Carla Customer", "stage": "customer", "tags": ["Key account"]})
    make(firm, firm.owner, {"name": "Nora None"})
    return firm


def test_columns_stand_in_the_order_of_the_choices_with_exact_counts(people, client_of):
    text = text_of(client_of(people.owner), BOARD)
    keys = ["subscriber", "lead", "prospect", "customer", "former", "other"]
    assert re.findall(r'data-place="([^ ]*)" data-label', text) == [*(f'"{key}"' for key in keys), "null"]
    assert 'id="tally-lead">23<' in text
    assert 'id="tally-none">1<' in text
    assert column(text, '"lead"').count("board-card") == 20
    assert "Show more (3 left)" in column(text, '"lead"')
    assert "Carla Customer" in column(text, '"customer"')
    assert "Key account" in column(text, '"customer"')


def test_more_cards_of_a_column_come_alone_or_with_the_page(people, client_of):
    client = client_of(people.owner)
    [more] = links(text_of(client, BOARD), "shown=")
    whole = text_of(client, more)
    assert column(whole, '"lead"').count("board-card") == 23
    piece = text_of(client, more, headers=HTMX)
    assert re.findall(r"Lead \d\d</a>", piece) == ["Lead 20</a>", "Lead 21</a>", "Lead 22</a>"]
    assert "<section" not in piece
    assert "shown=" not in piece


def test_switching_the_shape_keeps_view_filter_search_and_sort(people, client_of):
    with scope(people.workspace.pk):
        spec = spec_for(people.workspace, "people")
        view = save_view(
            actor=people.owner,
            spec=spec,
            name="Leads",
            config={"filter": LEADS, "sort": "-title"},
            private=False,
        )
    client = client_of(people.owner)
    text = text_of(client, f"/people/?view={view.pk}&q=lead")
    for shape in ("board", "calendar", "chart"):
        [address] = links(text, f"shape={shape}")
        asked = parse_qs(urlsplit(address).query)
        assert (asked["view"], asked["q"]) == ([str(view.pk)], ["lead"])
        shown = text_of(client, address)
        assert links(shown, "q=lead")
        assert "Leads</span>" in shown
    board = text_of(client, links(text, "shape=board")[0])
    assert re.search(r"Lead 22</a>.*Lead 21</a>", board, re.DOTALL)
    assert 'id="tally-customer">0<' in board


def test_a_saved_view_keeps_its_shape_and_what_it_is_made_by(people, client_of):
    client = client_of(people.owner)
    client.post("/people/views/new/", {"name": "Owners", "list": "?shape=board&by=owner&sum=-"})
    view = SavedView.unscoped.get(name="Owners")
    assert view.config == {"shape": "board", "by": "owner", "sum": "-"}
    text = text_of(client, f"/people/?view={view.pk}")
    assert "data-places" in text
    assert f'data-place="{people.owner.user_id}"' in text
    assert "square-kanban" in text
    table = [one for one in links(text, f"view={view.pk}") if "shape=&" in one]
    assert table
    assert "data-list" in text_of(client, table[0])


def test_a_view_whose_field_is_gone_shows_the_usual_board(people, client_of):
    with scope(people.workspace.pk):
        schema.create_field(
            actor=people.admin, object_key="people", type_name="choice", label="Mood", key="mood",
            options=["Good", "Bad"],
        )  # fmt: skip
        refreshed(people)
        spec = spec_for(people.workspace, "people")
        config = {"shape": "board", "by": "mood"}
        view = save_view(actor=people.owner, spec=spec, name="Moods", config=config, private=False)
        schema.archive_field(actor=people.admin, object_key="people", key="mood")
        refreshed(people)
    text = text_of(client_of(people.owner), f"/people/?view={view.pk}")
    assert 'data-place=""lead""' in text


def test_archived_choices_have_a_column_only_where_cards_stand(people, client_of):
    with scope(people.workspace.pk):
        options = [
            {"key": key, "label": key.title(), "colour": "grey", "archived": key in ("customer", "former")}
            for key in ("lead", "customer", "former")
        ]
        schema.create_field(
            actor=people.admin, object_key="people", type_name="choice", label="Level", key="level",
            options=["Customer", "Former", "Lead"],
        )  # fmt: skip
        refreshed(people)
        spec = spec_for(people.workspace, "people")
        keys = [option.key for option in spec.by_key["level"].options]
    make(people, people.owner, {"name": "Lena Level", "level": keys[0]})
    with scope(people.workspace.pk):
        options = [{"key": key, "label": key.title(), "archived": key != keys[2]} for key in keys]
        schema.update_field(actor=people.admin, object_key="people", key="level", options=options)
        refreshed(people)
    text = text_of(client_of(people.owner), f"{BOARD}&by=level")
    assert "Lena Level" in column(text, f'"{keys[0]}"')
    assert "archived" in column(text, f'"{keys[0]}"')
    assert f'data-place=""{keys[1]}""' not in text


def test_a_move_answers_the_card_the_tallies_and_undo(people, client_of):
    client = client_of(people.owner)
    ana = make(people, people.owner, {"name": "Ana Lima", "stage": "lead"})
    answer = move(client, ana, "customer", "lead")
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 200
    assert f'id="card-{ana}"' in text
    assert 'hx-swap-oob="true"' in text
    assert 'id="tally-lead" hx-swap-oob="true">23<' in text
    assert 'id="tally-customer" hx-swap-oob="true">2<' in text
    assert "“Ana Lima”: Stage is now Customer." in text
    [undo] = re.findall(r'hx-post="([^"]+/undo/\d+/)"', text)
    client.post(undo, headers=HTMX)
    with scope(people.workspace.pk):
        assert spec_for(people.workspace, "people").model.objects.get(pk=ana).stage == "lead"


def test_a_move_to_where_the_card_stands_writes_nothing(people, client_of):
    ana = make(people, people.owner, {"name": "Ana Lima", "stage": "lead"})
    count = Change.unscoped.count()
    answer = move(client_of(people.owner), ana, "lead", "lead")
    assert answer.status_code == 200
    assert b"undo" not in answer.content.lower()
    assert Change.unscoped.count() == count


def test_a_conflict_says_where_the_card_is(people, client_of):
    ana = make(people, people.owner, {"name": "Ana Lima", "stage": "lead"})
    with scope(people.workspace.pk):
        spec = spec_for(people.workspace, "people")
        update_record(actor=people.admin, spec=spec, record_id=ana, values={"stage": "former"})
    answer = move(client_of(people.owner), ana, "customer", "lead")
    text = html.unescape(answer.content.decode())
    assert answer.status_code == 409
    assert 'data-value=""former""' in text
    assert "It is now Former customer." in text


def test_a_card_one_may_see_and_not_change_is_locked_and_stays(people, client_of, monkeypatch):
    ana = make(people, people.owner, {"name": "Ana Lima", "stage": "lead"})
    client = client_of(people.owner)
    seeing = with_scope(people.owner, edit="none")
    monkeypatch.setattr("amity.engines.web.views.common.actor_of", lambda request: seeing)
    text = text_of(client, BOARD)
    assert re.search(rf'id="card-{ana}"[^>]* data-locked', text)
    before = faults.snapshot()
    answer = move(client, ana, "customer", "lead")
    assert answer.status_code == 403
    assert 'data-value=""lead""' in html.unescape(answer.content.decode())
    assert faults.changed_tables(before) == []


def test_a_card_given_out_of_ones_sight_leaves_the_board(people, client_of, monkeypatch):
    ana = make(people, people.owner, {"name": "Ana Lima"})
    client = client_of(people.owner)
    giving = with_scope(people.owner, see="own")
    monkeypatch.setattr("amity.engines.web.views.common.actor_of", lambda request: giving)
    answer = move(client, ana, people.colleague.user_id, people.owner.user_id, "?shape=board&by=owner")
    assert answer.status_code == 200
    assert 'hx-swap-oob="delete"' in answer.content.decode()
    assert "board-card" not in answer.content.decode()


def test_what_the_move_lacks_is_named(people, client_of):
    with scope(people.workspace.pk):
        schema.create_field(
            actor=people.admin, object_key="people", type_name="choice", label="Level", key="level",
            options=["One", "Two"], required=True,
        )  # fmt: skip
        refreshed(people)
        level = spec_for(people.workspace, "people").by_key["level"].options[0].key
    ana = make(people, people.owner, {"name": "Ana Lima", "level": level})
    answer = move(client_of(people.owner), ana, None, level, "?shape=board&by=level")
    assert answer.status_code == 422
    assert "“Level” is needed." in answer.content.decode()


def test_odd_moves_are_refused_and_change_nothing(people, client_of):
    client = client_of(people.owner)
    ana = make(people, people.owner, {"name": "Ana Lima", "stage": "lead"})
    client.get("/people/")
    before = faults.snapshot()
    for data, status in (
        ({"to": "{", "old": '"lead"', "list": "?shape=board"}, 400),
        ({"to": '"nowhere"', "old": '"lead"', "list": "?shape=board"}, 422),
        ({"to": "[1]", "old": '"lead"', "list": "?shape=board"}, 422),
        ({"to": '"2026-99-99"', "old": "null", "list": "?shape=calendar&by=birthday"}, 400),
        ({"to": '"lead"', "old": '"lead"', "list": "?shape=board&by=name"}, 400),
        ({"to": '"2026-11-05"', "old": "7", "list": "?shape=calendar&by=created_at"}, 400),
    ):
        answer = client.post(f"/people/{ana}/move/", data, headers=HTMX)
        assert answer.status_code == status, data
    assert faults.changed_tables(before) == []


def test_a_day_shows_three_and_opens_the_rest_as_a_table(people, client_of):
    client = client_of(people.owner)
    text = text_of(client, "/people/?shape=calendar&by=birthday&month=2026-11")
    assert text.count("day-card") == 3
    assert "+20 more" in text
    [rest] = [one for one in links(text, "filter=") if "2026-11-05" in one]
    assert "Lead 22" in text_of(client, rest)
    assert links(text, "month=2026-10")
    assert links(text, "month=2026-12")
    assert "November 2026" in text


def test_the_chart_counts_each_value_and_opens_its_records(people, client_of):
    client = client_of(people.owner)
    text = text_of(client, "/people/?shape=chart&by=stage")
    rows = dict(
        re.findall(r'<th scope="row"><a href="[^"]*">([^<]+)</a></th>.*?<td class="num">([^<]+)</td>', text)
    )
    assert rows["Lead"] == "23"
    assert rows["No stage"] == "1"
    [address] = [
        one for one in links(text, "filter=") if '"lead"' in parse_qs(urlsplit(one).query)["filter"][0]
    ][:1]
    assert "Lead 22" in text_of(client, address)
    months = text_of(client, "/people/?shape=chart&by=birthday&month=2026-01")
    assert re.search(r"November</a></th>.*?<td class=\"num\">23<", months)
    assert links(months, "month=2025-01")


def test_currencies_are_never_added_to_each_other(closed_firm, client_of):
    firm = closed_firm
    with scope(firm.workspace.pk):
        schema.create_field(
            actor=firm.admin, object_key="people", type_name="money", label="Worth", key="worth"
        )
        refreshed(firm)
    for place, (amount, code) in enumerate(((1000, "GBP"), (2550, "GBP"), (700, "EUR"))):
        worth = {"amount": amount, "currency": code}
        make(firm, firm.owner, {"name": f"Person {place}", "stage": "lead", "worth": worth})
    client = client_of(firm.owner)
    assert 'id="tally-lead">3 · €7.00 · £35.50<' in text_of(client, BOARD)
    assert 'id="tally-lead">3<' in text_of(client, f"{BOARD}&sum=-")
    chart = text_of(client, "/people/?shape=chart&sum=worth")
    assert chart.count("<caption>") == 2
    assert "£35.50" in chart


def test_amounts_of_very_many_are_added_up_when_asked_for(closed_firm, client_of, monkeypatch):
    monkeypatch.setattr(switch, "SUMS_UNASKED", 2)
    firm = closed_firm
    with scope(firm.workspace.pk):
        schema.create_field(
            actor=firm.admin, object_key="people", type_name="money", label="Worth", key="worth"
        )
        refreshed(firm)
    client = client_of(firm.owner)
    for number, tally in enumerate(("1 · £1.00", "2 · £2.00", "3")):
        worth = {"amount": 100, "currency": "GBP"}
        last = make(firm, firm.owner, {"name": f"Person {number}", "stage": "lead", "worth": worth})
        assert f'id="tally-lead">{tally}<' in text_of(client, BOARD)
    asked = text_of(client, f"{BOARD}&sum=worth")
    assert 'id="tally-lead">3 · £3.00<' in asked
    moved = move(client, last, "customer", "lead").content.decode()
    assert 'id="tally-customer"' in moved
    assert "£" not in moved


def test_boards_of_people_have_who_left_and_who_has_nothing(people, client_of):
    text = text_of(client_of(people.owner), f"{BOARD}&by=owner")
    assert f'id="tally-{people.owner.user_id}">25<' in text
    assert f'id="tally-{people.colleague.user_id}">0<' in text


def test_the_trash_is_always_a_table(people, client_of):
    text = text_of(client_of(people.admin), "/people/?trash=1&shape=board")
    assert "data-places" not in text
    assert "shape=chart" not in text


def test_an_administrator_chooses_the_usual_board_and_calendar(people, client_of):
    client = client_of(people.admin)
    form = {"label": "", "plural": "", "icon": "user", "columns": ["name"], "quick_add": ["name"]}
    client.post(
        "/settings/objects/people/look/", {**form, "board_field": "source", "date_field": "created_at"}
    )
    text = text_of(client, BOARD)
    assert 'data-place=""website""' in text
    look = text_of(client, "/settings/objects/people/look/")
    assert re.search(r'value="source" selected', look)
