"""The command line as scripts see it: exit codes, what goes where, and one line instead of a traceback."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from amity.foundation.accounts.models import Membership, Role, User, Workspace
from amity.foundation.accounts.tokens import find_token
from config import cli, install
from config.cli import data, start, user
from config.cli.check import findings
from config.env import load
from config.tests.test_backup import PASSWORD, amity


@pytest.fixture
def run(db, monkeypatch, tmp_path):
    """`run("user", …)` in this process, on the test database. `password` stands for AMITY_PASSWORD."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(data.connections, "close_all", lambda: None)

    def call(*words: str, password: str = "") -> int:
        monkeypatch.setenv("AMITY_HOME", str(tmp_path))
        monkeypatch.setenv("AMITY_PASSWORD", password)
        monkeypatch.setattr(user, "env", load())
        return cli.main(words)

    return call


def test_every_command_on_an_empty_folder_makes_it_ready(tmp_path):
    done = amity(tmp_path, "user", "list")
    assert (done.returncode, done.stdout) == (0, "")
    assert (tmp_path / "amity.sqlite3").exists()
    checked = amity(tmp_path, "check")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    "words", ["nonsense", "user", "user add", "user add a@example.com", "backup", "start --port x"]
)
def test_wrong_words_are_usage_errors(words, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(words.split())
    assert ended.value.code == 2
    assert "usage: amity" in capsys.readouterr().err


def test_wrong_words_make_no_data(tmp_path):
    done = amity(tmp_path / "home", "user", "add", "a@example.com")
    assert done.returncode == 2
    assert not (tmp_path / "home" / "amity.sqlite3").exists()


def test_without_words_the_commands_are_listed(capsys):
    assert cli.main([]) == 0
    told = capsys.readouterr().out
    assert {"start", "demo", "worker", "check", "user", "backup", "restore"} <= set(told.split())


def test_the_first_person_makes_the_workspace_and_is_its_administrator(run, capsys):
    assert run("user", "add", "Ann@Example.com", "--role", "member", "--name", "Ann", password=PASSWORD) == 0
    member = Membership.unscoped.get()
    assert (member.user.email, member.user.name, member.role.key) == ("ann@example.com", "Ann", "admin")
    assert member.user.check_password(PASSWORD)
    told = capsys.readouterr()
    assert told.out == ""
    assert "role admin instead of member" in told.err
    assert run("user", "add", "bob@example.com", "--role", "member", password=PASSWORD) == 0
    assert Membership.unscoped.get(user__email="bob@example.com").role.key == "member"
    assert Workspace.objects.count() == 1


def test_refused_people_leave_nothing_behind(run, capsys):
    for words, password in (
        (("ann", "--role", "admin"), PASSWORD),
        (("ann@example.com", "--role", "admin"), "short"),
        (("ann@example.com", "--role", "admin"), ""),
    ):
        assert run("user", "add", *words, password=password) == 2
        assert capsys.readouterr().err.startswith(("amity: ", "The first person"))
    assert not Workspace.objects.exists()
    assert not User.objects.exists()
    run("user", "add", "ann@example.com", "--role", "admin", password=PASSWORD)
    assert run("user", "add", "bob@example.com", "--role", "king", password=PASSWORD) == 2
    assert "admin, manager, member, guest" in capsys.readouterr().err
    assert not User.objects.filter(email="bob@example.com").exists()


def test_a_token_is_the_only_line_on_standard_output(run, capsys):
    run("user", "add", "ann@example.com", "--role", "admin", password=PASSWORD)
    capsys.readouterr()
    assert run("user", "token", "ann@example.com") == 0
    token = capsys.readouterr().out
    assert token.count("\n") == 1
    found = find_token(token.strip())
    assert found is not None
    assert found[1].user.email == "ann@example.com"
    assert run("user", "token", "nobody@example.com") == 2
    assert capsys.readouterr().out == ""


def test_those_switched_off_get_no_token(run, capsys):
    run("user", "add", "ann@example.com", "--role", "admin", password=PASSWORD)
    run("user", "add", "bob@example.com", "--role", "member", password=PASSWORD)
    Membership.unscoped.filter(user__email="bob@example.com").update(is_active=False)
    assert run("user", "token", "bob@example.com") == 2
    run("user", "list")
    assert "bob@example.com\tmember\toff" in capsys.readouterr().out


def test_a_new_password_ends_sessions_and_tokens(run, client, capsys):
    run("user", "add", "ann@example.com", "--role", "admin", password=PASSWORD)
    capsys.readouterr()
    run("user", "token", "ann@example.com")
    program = {"authorization": f"Bearer {capsys.readouterr().out.strip()}"}
    assert client.get("/api/v1/me", headers=program).status_code == 200
    before = User.objects.get().get_session_auth_hash()
    assert run("user", "password", "ann@example.com", password="another horse 8") == 0
    assert User.objects.get().check_password("another horse 8")
    assert User.objects.get().get_session_auth_hash() != before
    assert client.get("/api/v1/me", headers=program).status_code == 401
    assert run("user", "password", "ann@example.com", password="x") == 2


def test_several_workspaces_must_be_named(run, capsys, closed_firm, other_firm):
    assert run("user", "add", "new@example.com", "--role", "member", password=PASSWORD) == 2
    assert "Acme, Lookalike (second.test)" in capsys.readouterr().err
    for name in ("Lookalike", "second.test"):
        assert (
            run("user", "add", "new@example.com", "--role", "member", "--workspace", name, password=PASSWORD)
            == 0
        )
    assert Membership.unscoped.get(user__email="new@example.com").workspace == other_firm.workspace
    assert run("user", "token", "owner@example.com", "--workspace", "Lookalike") == 2


def test_open_to_the_network_only_when_said(tmp_path):
    done = amity(tmp_path, "start", "--host", "0.0.0.0", "--port", "8799")
    assert done.returncode == 2
    assert "--lan" in done.stderr


def test_the_last_line_tells_where_to_go(tmp_path):
    env = replace(load(), home=tmp_path, url="http://127.0.0.1:8000")
    assert start._login(env)[-1] == "http://127.0.0.1:8000"
    (tmp_path / "setup.key").write_text("secret")
    assert start._login(env)[-1] == "http://127.0.0.1:8000/welcome/?key=secret"


def test_the_setup_key_is_private_and_goes_with_the_first_person(db, settings, tmp_path):
    settings.AMITY_HOME = tmp_path
    key = install.first_run()
    assert len(key) >= 22
    assert install.first_run() == key
    assert (tmp_path / "setup.key").stat().st_mode & 0o077 == 0
    User.objects.create_user("ann@example.com", PASSWORD)
    assert install.first_run() == ""
    assert not (tmp_path / "setup.key").exists()


def test_network_disks_are_known_by_their_mount(tmp_path):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "21 1 0:20 / / rw - ext4 /dev/sda rw\n"
        "22 21 0:21 / /srv/data rw,noatime shared:1 - nfs4 server:/x rw\n"
        "23 22 0:22 / /srv/data/local\\040disk rw - xfs /dev/sdb rw\n"
    )
    assert install.disk_kind(Path("/srv/data/amity"), mounts) in install.NETWORK_DISKS
    assert install.disk_kind(Path("/srv/data/local disk/a"), mounts) == "xfs"
    assert install.disk_kind(Path("/srv/database"), mounts) == "ext4"
    assert install.disk_kind(Path("/x"), tmp_path / "none") == ""


def test_newer_data_are_refused(db, monkeypatch, tmp_path):
    known = install.known_migrations()
    assert ("records", "0001_initial") in known
    monkeypatch.setattr(install, "known_migrations", lambda: known - {("records", "0002_search")})
    with pytest.raises(install.Unusable, match="records 0002_search"):
        install.ready(tmp_path)
    monkeypatch.setattr(install, "known_migrations", lambda: known - {("auth", "0001_initial")})
    install.ready(tmp_path)


def test_what_is_wrong_is_found(db, closed_firm, monkeypatch, tmp_path):
    from amity.foundation.core.scope import scope
    from amity.foundation.records.models import SearchRow
    from amity.foundation.records.objects import spec_for
    from amity.foundation.records.services.records import create_record

    actor = closed_firm.admin
    with scope(actor.workspace_id):
        create_record(actor=actor, spec=spec_for(actor.workspace, "people"), values={"name": "Ada"})
    states = {area: state for area, state, _text in findings()}
    assert {states[area] for area in ("database", "migrations", "search", "secret key")} == {"ok"}
    SearchRow.unscoped.all().delete()
    wrong = {area: text for area, state, text in findings() if state == "wrong"}
    assert wrong["search"] == "Acme/people: 0 of 1"
    monkeypatch.setattr(install, "known_migrations", lambda: {("records", "9999_later")})
    assert "migrations" in {area for area, state, _text in findings() if state == "wrong"}


def test_roles_of_one_s_own_are_offered(run, closed_firm):
    Role.unscoped.create(workspace=closed_firm.workspace, key="driver", label="Driver", permissions={})
    assert run("user", "add", "new@example.com", "--role", "driver", password=PASSWORD) == 0
