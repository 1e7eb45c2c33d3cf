"""The set-up script: what a newcomer meets first."""

import subprocess

import pytest

import tasks


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project folder of its own with an empty `.venv`; every program started is noted, none runs."""
    for name, path in {"ROOT": "", "VENV": ".venv", "BIN": ".venv/bin", "VENDOR": "vendor"}.items():
        monkeypatch.setattr(tasks, name, tmp_path / path)
    monkeypatch.setattr(tasks, "STAMP", tmp_path / ".venv/amity-setup.json")
    monkeypatch.delenv("CI", raising=False)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def ran(monkeypatch):
    commands = []
    monkeypatch.setattr(
        tasks, "run", lambda *command, **options: commands.append([str(word) for word in command])
    )
    return commands


def pretend_installed(folder):
    for name in ("python", "amity"):
        (folder / ".venv/bin" / f"{name}{tasks.EXE}").touch()


def test_packages_are_installed_once_for_the_same_locks(folder, ran):
    pretend_installed(folder)
    tasks.packages(dev=False)
    assert any("requirements.lock" in command for command in ran)
    ran.clear()
    tasks.packages(dev=False)
    assert ran == []


def test_a_changed_lock_installs_again_and_keeps_development_packages(folder, ran):
    pretend_installed(folder)
    tasks.packages(dev=True)
    ran.clear()
    (folder / "requirements.lock").write_text("changed")
    tasks.packages(dev=False)
    assert any("requirements-dev.lock" in command for command in ran)


def test_every_install_of_a_lock_demands_hashes(folder, ran):
    pretend_installed(folder)
    tasks.packages(dev=True)
    assert all("--require-hashes" in command for command in ran if "-r" in command)


def test_failed_browser_files_stop_nobody(folder, monkeypatch, capsys):
    def fail():
        raise tasks.Stop("no way out")

    monkeypatch.setattr(tasks, "node_tools", fail)
    tasks.assets(dev=False)
    assert "no way out" in capsys.readouterr().err


def test_failed_browser_files_end_continuous_integration(folder, monkeypatch):
    def fail():
        raise tasks.Stop("no way out")

    monkeypatch.setattr(tasks, "node_tools", fail)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(tasks.Stop):
        tasks.assets(dev=False)


def test_a_missing_venv_module_names_the_package_to_install(folder, ran, monkeypatch):
    monkeypatch.setattr(tasks.shutil, "which", lambda name, **options: None)
    monkeypatch.setattr(tasks.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 1))
    with pytest.raises(tasks.Stop, match="python3-venv"):
        tasks.make_venv()


def test_an_old_python_without_a_newer_one_says_so(monkeypatch):
    monkeypatch.setattr(tasks.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(tasks.shutil, "which", lambda name, **options: None)
    with pytest.raises(tasks.Stop, match=r"3\.11"):
        tasks.find_python()


def test_a_reason_to_stop_is_one_line_and_a_code(monkeypatch, capsys):
    def stop(arguments):
        raise tasks.Stop("because")

    monkeypatch.setitem(tasks.TASKS, "setup", stop)
    assert tasks.main(["setup"]) == 1
    assert capsys.readouterr().err == "because\n"


def test_an_unknown_task_lists_the_known_ones(capsys):
    assert tasks.main(["strat"]) == 2
    assert "start" in capsys.readouterr().out
