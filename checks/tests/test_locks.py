"""Every package is pinned by version and hash."""

from checks.locks import loose, loose_browser_files, run

GOOD = "django==5.2 \\\n    --hash=sha256:ab\nredis==8.1 ; os_name == 'nt' \\\n    --hash=sha256:cd\n"


def test_the_locks_as_they_are() -> None:
    assert run() == []


def test_a_loose_package_is_named() -> None:
    assert loose("x.lock", GOOD) == []
    assert loose("x.lock", GOOD + "babel>=2\n") == [
        "x.lock does not pin babel by version and hash; run make lock"
    ]
    assert "babel" in loose("x.lock", GOOD + "babel==2.18\n")[0]
    assert "babel" in loose("x.lock", "babel>=2 \\\n    --hash=sha256:ab\n" + GOOD)[0]


def test_a_browser_file_without_a_hash_is_named() -> None:
    assert loose_browser_files({"": {}, "node_modules/a": {"integrity": "sha512-x"}}) == []
    assert len(loose_browser_files({"node_modules/a": {}})) == 1
