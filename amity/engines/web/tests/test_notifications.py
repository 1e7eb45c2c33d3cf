"""The bell and its list, mentions in notes, and the pages of mail in Settings."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from amity.engines.notify import centre, wishes
from amity.engines.notify.centre import tell
from amity.engines.notify.mail import MARK, Letter, send_mail
from amity.engines.notify.models import MailOut, MailServer, Notification
from amity.engines.notify.tests.smtpserver import FakeServer
from amity.foundation.core.clock import now
from amity.foundation.core.jobs.worker import run_pending
from amity.foundation.core.scope import scope
from amity.foundation.core.sealed import unseal
from amity.foundation.records.models import Note
from amity.foundation.records.objects import spec_for
from amity.foundation.records.services.records import create_record, update_record
from amity.testing.statements import recorded
from amity.testing.world import add_team, put_in_team

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
SERVER = {"host": "127.0.0.1", "port": "2525", "security": "none", "username": "me", "password": " qq zz ",
          "sender": "crm@acme.example", "sender_name": "Acme"}  # fmt: skip


@pytest.fixture(autouse=True)
def _inner(settings):
    settings.SMTP_PRIVATE = True


@pytest.fixture
def told(closed_firm):
    """A person the owner gave to the colleague, who may see it; returns its id."""
    firm = closed_firm
    with scope(firm.workspace.pk):
        put_in_team(add_team(firm.workspace, "Sales"), firm.owner, firm.colleague)
        people = spec_for(firm.workspace, "people")
        record = create_record(actor=firm.owner, spec=people, values={"name": "Ana <b>Lima</b>"})
        update_record(
            actor=firm.owner, spec=people, record_id=record, values={"owner": firm.colleague.user_id}
        )
        run_pending()
    return record


def text_of(response):
    return response.content.decode()


# --- the bell ---------------------------------------------------------------------------------------------


def test_the_bell_counts_and_the_list_leads_to_the_record(told, closed_firm, client_of):
    client = client_of(closed_firm.colleague)
    assert ">1<" in text_of(client.get("/notifications/count/", **HTMX))
    for path in ("/notifications/", "/notifications/recent/", "/notifications/?show=unread"):
        assert "Owner assigned Ana &lt;b&gt;Lima&lt;/b&gt; to you" in text_of(client.get(path))
    row = Notification.unscoped.get()
    answer = client.post(f"/notifications/{row.pk}/open/")
    assert answer["Location"] == f"/people/{told}/"
    assert "pill" not in text_of(client.get("/notifications/count/"))
    assert "All read" in text_of(client.get("/notifications/?show=unread"))


def test_asking_for_the_number_is_no_use_of_the_session(told, closed_firm, client_of):
    """A page left open for two weeks does not keep somebody signed in; and it is not led away when that ends."""
    client = client_of(closed_firm.colleague)
    old = (now() - timedelta(hours=3)).isoformat()
    session = client.session
    session["since"] = session["seen"] = old
    session.save()
    client.get("/notifications/count/", HTTP_X_UNATTENDED="1", **HTMX)
    assert client.session["seen"] == old
    client.get("/people/")
    assert client.session["seen"] != old
    answer = Client(SERVER_NAME="127.0.0.1").get("/notifications/count/", **HTMX)
    assert (answer.status_code, answer.content, "HX-Redirect" in answer) == (401, b"", False)


def test_no_page_asks_for_the_number_itself(told, closed_firm, client_of):
    client = client_of(closed_firm.colleague)
    client.get("/people/")
    with recorded() as seen:
        client.get("/people/")
    assert not [sql for sql in seen if "notify_" in sql]


def test_marking_with_and_without_htmx(told, closed_firm, client_of):
    client, row = client_of(closed_firm.colleague), Notification.unscoped.get()
    answer = client.post(f"/notifications/{row.pk}/mark/", {"read": "1"}, **HTMX)
    assert 'class="told"' in text_of(answer)
    assert 'id="told-count" hx-swap-oob="innerHTML"' in text_of(answer)
    assert client.post(f"/notifications/{row.pk}/mark/", {"read": "0"})["Location"] == "/notifications/"
    row.refresh_from_db()
    assert row.read_at is None


def test_all_read_can_be_taken_back(told, closed_firm, client_of):
    client = client_of(closed_firm.colleague)
    client.post("/notifications/read/")
    page = text_of(client.get("/notifications/"))
    undo = re.search(r'action="(/notifications/unread/\?at=[^"]+)"', page)[1]
    assert "All were read" not in page
    client.post(undo.replace("&amp;", "&"))
    assert Notification.unscoped.get().read_at is None
    assert client.post("/notifications/unread/?at=nonsense").status_code == 400
    assert client.get("/notifications/?before=nonsense").status_code == 400


def test_looking_as_somebody_reads_nothing(told, closed_firm, client_of):
    client = client_of(closed_firm.admin)
    session = client.session
    session["view_as"] = closed_firm.colleague.user_id
    session.save()
    for path in ("/notifications/", "/notifications/recent/"):
        assert "Lima" not in text_of(client.get(path))
    assert "pill" not in text_of(client.get("/notifications/count/"))
    assert client.post("/notifications/read/").status_code == 403
    assert Notification.unscoped.get().read_at is None


def test_many_lead_to_the_list_of_what_is_ones_own(told, closed_firm, client_of):
    firm = closed_firm
    with scope(firm.workspace.pk):
        people = spec_for(firm.workspace, "people")
        for name in ("Bo Berg", "Cy Cole"):
            owner = {"name": name, "owner": firm.colleague.user_id}
            create_record(actor=firm.owner, spec=people, values=owner)
        create_record(actor=firm.owner, spec=people, values={"name": "Not Mine"})
        run_pending()
        line = centre.recent(firm.colleague)[0]
    assert line.text == "Owner assigned 3 people to you"
    page = text_of(client_of(firm.colleague).get(line.url))
    assert "Bo Berg" in page
    assert "Not Mine" not in page


# --- mentions ---------------------------------------------------------------------------------------------


def test_the_picker_offers_who_may_see(told, closed_firm, client_of):
    client = client_of(closed_firm.owner)
    found = text_of(client.get(f"/people/{told}/mention/?q="))
    assert "colleague@example.com" in found
    assert "stranger@example.com" not in found
    assert "owner@example.com" not in found
    assert "option" not in text_of(client.get(f"/people/{told}/mention/?q=zzz"))
    assert client_of(closed_firm.stranger).get(f"/people/{told}/mention/?q=").status_code == 404


def test_a_note_marks_whom_it_names_and_warns_of_who_cannot_see(told, closed_firm, client_of):
    client = client_of(closed_firm.owner)
    text = "<i>hi</i> @Colleague and @Stranger"
    answer = text_of(client.post(f"/people/{told}/notes/", {"text": text, "mention": "x"}, **HTMX))
    assert "&lt;i&gt;hi&lt;/i&gt; <b>@Colleague</b> and <b>@Stranger</b>" in answer
    assert "Stranger may not see this record and is not told." in answer
    page = text_of(client.get(f"/people/{told}/"))
    assert "<b>@Colleague</b>" in page
    note = Note.unscoped.get()
    edited = client.post(f"/people/{told}/notes/{note.pk}/edit/", {"text": "@Colleague!"}, **HTMX)
    assert "<b>@Colleague</b>!" in text_of(edited)
    run_pending()
    assert Notification.unscoped.filter(kind="mentioned").count() == 1


# --- wishes and the link that ends a mail -----------------------------------------------------------------


def test_ones_own_wishes(closed_firm, client_of):
    client = client_of(closed_firm.owner)
    assert "sends no mail yet" in text_of(client.get("/settings/notifications/"))
    values = {
        "mentioned": "off",
        "assigned": "app",
        "shared": "now",
        "taken_over": "digest",
        "given_away": "app",
        "import_ended": "now",
        "bulk_ended": "app",
        "job_failed": "digest",
        "daily": "off",
    }
    assert client.post("/settings/notifications/", values).status_code == 302
    with scope(closed_firm.workspace.pk):
        assert wishes.channels(closed_firm.owner) == values
        assert wishes.channels(closed_firm.colleague)["mentioned"] == "now"
    wrong = client.post("/settings/notifications/", {**values, "mentioned": "loud"})
    assert wrong.status_code == 422
    assert "Choose one of the list." in text_of(wrong)


def test_a_mail_program_ends_a_mail_with_one_post(closed_firm):
    path = wishes.unsubscribe_path(closed_firm.workspace.pk, closed_firm.owner.user_id, "daily")
    stranger = Client(SERVER_NAME="127.0.0.1", enforce_csrf_checks=True)
    page = stranger.get(path)
    assert "Daily mail" in text_of(page)
    assert page["Referrer-Policy"] == "no-referrer"
    with scope(closed_firm.workspace.pk):
        assert wishes.wants_digest(closed_firm.owner.user_id)
    done = stranger.post(path, {"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    with scope(closed_firm.workspace.pk):
        assert not wishes.wants_digest(closed_firm.owner.user_id)
        assert wishes.wants_digest(closed_firm.colleague.user_id)
    assert stranger.get("/p/unsubscribe/nonsense/").status_code == 404
    assert stranger.post("/p/unsubscribe/nonsense/").status_code == 404


# --- Settings → Mail --------------------------------------------------------------------------------------


def test_the_password_is_sealed_and_never_shown(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    assert client.post("/settings/mail/", SERVER).status_code == 302
    row = MailServer.unscoped.get()
    assert "qq zz" not in row.password
    assert unseal(row.password, "smtp password") == " qq zz "
    page = client.get("/settings/mail/")
    assert "qq zz" not in text_of(page)
    assert row.password not in text_of(page)
    client.post("/settings/mail/", {**SERVER, "password": "", "sender_name": "Other"})
    assert unseal(MailServer.unscoped.get().password, "smtp password") == " qq zz "
    client.post("/settings/mail/", {**SERVER, "password": "", "host": "mail.elsewhere.example"})
    assert MailServer.unscoped.get().password == ""  # an old password is not sent to another host


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"host": ""}, "Enter the name of the mail server"), ({"host": "a b"}, "Enter the name"),
        ({"host": "x@y"}, "Enter the name"), ({"host": "a\r\nb"}, "Enter the name"), ({"port": "x"}, "Enter a number"),
        ({"port": "0"}, "Enter a number"), ({"port": "99999"}, "Enter a number"), ({"security": "x"}, "Choose one"),
        ({"sender": "nobody"}, "valid e-mail"), ({"sender_name": "a\nBcc: x"}, "one short line"),
        ({"username": "a\0".replace("\0", "\x07")}, "one short line"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused_at_their_field(closed_firm, client_of, wrong, said):
    answer = client_of(closed_firm.admin).post("/settings/mail/", {**SERVER, **wrong})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert "qq zz" not in text_of(answer)
    assert not MailServer.unscoped.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "::1", "0x7f.1"])
def test_inner_networks_and_other_ports_need_the_operators_leave(closed_firm, client_of, settings, host):
    settings.SMTP_PRIVATE = False
    client = client_of(closed_firm.admin)
    answer = client.post("/settings/mail/", {**SERVER, "host": host, "port": "25"})
    assert answer.status_code == 422
    assert "inner network" in text_of(answer)
    assert "2525" in text_of(client.post("/settings/mail/", {**SERVER, "port": "6379"}))
    assert not MailServer.unscoped.exists()


def test_the_test_button_says_what_the_server_said(closed_firm, client_of):
    server, client = FakeServer(password=" qq zz "), client_of(closed_firm.admin)
    try:
        assert client.post("/settings/mail/trial/", {"to": "me@example.com"}).status_code == 409
        client.post("/settings/mail/", {**SERVER, "port": str(server.port)})
        answer = client.post("/settings/mail/trial/", {"to": "me@example.com"})
        assert "The server took the mail to me@example.com" in text_of(answer)
        assert len(server.mails) == 1
        server.answers["RCPT"] = "550 <script>no</script>"
        answer = client.post("/settings/mail/trial/", {"to": "me@example.com"})
        assert answer.status_code == 502
        assert "550 &lt;script&gt;no&lt;/script&gt;" in text_of(answer)
        assert client.post("/settings/mail/trial/", {"to": "nobody"}).status_code == 422
        client.post("/settings/mail/", {**SERVER, "port": str(server.port), "password": "wrong"})
        answer = text_of(client.post("/settings/mail/trial/", {"to": "me@example.com"}))
        assert "refuses the user or the password" in answer
        assert "wrong" not in answer.replace("wrong password", "")
    finally:
        server.stop()


def test_a_server_of_the_environment_is_shown_and_not_changed(closed_firm, client_of, settings):
    settings.EMAIL_HOST, settings.EMAIL_HOST_PASSWORD = "mail.env.example", "s3cret"
    settings.EMAIL_PORT, settings.DEFAULT_FROM_EMAIL = 587, "crm@env.example"
    client = client_of(closed_firm.admin)
    page = text_of(client.get("/settings/mail/"))
    assert "mail.env.example:587" in page
    assert "s3cret" not in page
    assert 'name="host"' not in page
    assert client.post("/settings/mail/", SERVER).status_code == 403


def test_the_outbox_hides_links_and_sends_again(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    client.post("/settings/mail/", {**SERVER, "port": "2525"})
    with scope(closed_firm.workspace.pk):
        letter = Letter(
            to="new@example.com", subject="Hi", text=f"Go\n{MARK}", link="https://x.example/s3cret/"
        )
        row = send_mail(letter, workspace_id=closed_firm.workspace.pk, kind="invitation")
    MailOut.unscoped.update(state="failed", error="550 no")
    page = text_of(client.get("/settings/mail/outbox/?show=failed"))
    assert "550 no" in page
    one = text_of(client.get(f"/settings/mail/outbox/{row.pk}/"))
    assert "s3cret" not in one + page
    assert "a link that only the receiver sees" in one
    client.post(f"/settings/mail/outbox/{row.pk}/send/")
    assert MailOut.unscoped.get().state == "queued"
    client.post(f"/settings/mail/outbox/{row.pk}/delete/")
    assert "Hi</b>" not in text_of(client.get("/settings/mail/outbox/"))
    client.post(f"/settings/mail/outbox/{row.pk}/restore/")
    assert MailOut.unscoped.get().state == "held"
    assert client.post(f"/settings/mail/outbox/{10**9}/delete/").status_code == 404


def test_inviting_says_whether_a_mail_goes_out(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    first = text_of(client.post("/settings/people/", {"email": "a@example.com", "role": "member"}))
    assert "Send them this link" in first
    client.post("/settings/mail/", SERVER)
    second = text_of(client.post("/settings/people/", {"email": "b@example.com", "role": "member"}))
    assert "A mail with the link is on its way" in second
    assert "/invite/" in second
    assert MailOut.unscoped.get().to == "b@example.com"


def test_removing_the_server_stops_mail(closed_firm, client_of):
    client = client_of(closed_firm.admin)
    client.post("/settings/mail/", SERVER)
    client.post("/settings/mail/remove/")
    assert not MailServer.unscoped.exists()


def test_long_lists_have_older_ones(closed_firm, client_of):
    firm = closed_firm
    with scope(firm.workspace.pk):
        for n in range(52):
            tell(
                workspace_id=firm.workspace.pk, user_id=firm.owner.user_id, kind="import_ended", group=f"n{n}",
                data={"file": f"file{n}.csv", "state": "done"},
            )  # fmt: skip
            send_mail(
                Letter(to="a@example.com", subject=f"Mail {n}.", text="x"),
                workspace_id=firm.workspace.pk,
                kind="t",
            )
        assert len(centre.recent(firm.owner)) == 10
    page = text_of(client_of(firm.owner).get("/notifications/"))
    assert "file0.csv" not in page
    older = re.search(r'href="(/notifications/\?before=[^"]+)"', page)[1]
    assert "file0.csv" in text_of(client_of(firm.owner).get(older.replace("&amp;", "&")))
    mails = text_of(client_of(firm.admin).get("/settings/mail/outbox/"))
    assert "Mail 0." not in mails
    older = re.search(r'href="(/settings/mail/outbox/\?before=[^"]+)"', mails)[1]
    assert "Mail 0." in text_of(client_of(firm.admin).get(older))
