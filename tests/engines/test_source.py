"""The repository under test as commits: what is read of the person's folder, and what check-outs look like."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_cicache.engines import NewCommit, SourceStore
from pytest_cicache.errors import EngineError, UsageError

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def git(folder: Path, *arguments: str) -> str:
    """Run git for the test, knowing nobody's configuration."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path) -> Path:
    """A folder with files, in no repository."""
    folder = tmp_path / "root"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("a\n")
    (folder / "sub" / "b.txt").write_text("b\n")
    (folder / "tool").write_text("#!/bin/sh\n")
    (folder / "tool").chmod(0o755)
    (folder / "link").symlink_to("a.txt")
    return folder


@pytest.fixture
def make_store(tmp_path):
    """Make a store of a root."""

    def make(root: Path) -> SourceStore:
        directory = tmp_path / "store"
        directory.mkdir()
        return SourceStore(root, directory)

    return make


@pytest.fixture
def store(root, make_store) -> SourceStore:
    """A store of the folder."""
    return make_store(root)


FILES = {"a.txt", "sub/b.txt", "tool", "link"}


def test_a_folder_in_no_repository(store):
    """All its files are in the snapshot."""
    assert store.paths(store.snapshot(at=NOW)) == FILES


@pytest.mark.parametrize("committed", [False, True])
def test_a_repository_counts_as_it_lies(root, make_store, committed):
    """Uncommitted edits and new files count, ignored and deleted ones do not."""
    git(root, "init", "-q")
    (root / ".gitignore").write_text("ignored\n")
    (root / "gone").write_text("x")
    if committed:
        git(root, "add", "-A")
        git(root, "commit", "-qm", "x")
    (root / "gone").unlink()
    (root / "ignored").write_text("x")
    (root / "a.txt").write_text("edited\n")
    (root / "new").write_text("n")

    store = make_store(root)
    sha = store.snapshot(at=NOW)

    assert store.paths(sha) == {*FILES, ".gitignore", "new"}
    assert store.read(sha, "a.txt") == "edited\n"


def test_a_folder_inside_a_repository(root, make_store):
    """Paths are relative to the root, not to the repository around it."""
    git(root.parent, "init", "-q")
    store = make_store(root)

    assert store.paths(store.snapshot(at=NOW)) == FILES


def test_the_persons_repository_is_only_read(root, make_store):
    """Neither its index nor its objects change."""
    git(root, "init", "-q")
    git(root, "add", "a.txt")
    before = {path: path.stat().st_mtime_ns for path in (root / ".git").rglob("*")}
    make_store(root).snapshot(at=NOW)

    assert {path: path.stat().st_mtime_ns for path in (root / ".git").rglob("*")} == before


def test_a_hooks_environment_does_not_matter(root, make_store, monkeypatch, tmp_path):
    """In a git hook the environment names the person's index and repository; neither is used."""
    git(root, "init", "-q")
    index = tmp_path / "persons-index"
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))

    store = make_store(root)
    sha = store.snapshot(at=NOW)
    store.check_out(sha, tmp_path / "out", remote="https://github.com/o/n", branch="main")

    assert store.paths(sha) == FILES
    assert not index.exists()


def test_a_second_snapshot_follows_the_folder(store, root):
    """Changed, new and deleted files are seen; the same files give the same commit."""
    first = store.snapshot(at=NOW)
    assert store.snapshot(at=NOW) == first
    (root / "a.txt").write_text("changed!\n")
    (root / "new").write_text("n")
    (root / "tool").unlink()

    second = store.snapshot(at=NOW)

    assert store.paths(second) == {"a.txt", "sub/b.txt", "link", "new"}
    assert store.read(second, "a.txt") == "changed!\n"


def test_commits_of_a_batch(store):
    """A batch makes commits on top of each other; only named files change."""
    base = store.snapshot(at=NOW)
    head, merge = store.commit(
        [
            NewCommit(
                parents=(base,), message="Change", changes={"a.txt": "new\n", "deep/er/c": "c", "sub/b.txt": None}
            ),
            NewCommit(parents=(base, 0), message="Merge", changes={"a.txt": "merged\n"}),
        ],
        at=NOW,
    )

    assert store.paths(head) == {"a.txt", "deep/er/c", "tool", "link"}
    assert (store.read(head, "a.txt"), store.read(merge, "a.txt")) == ("new\n", "merged\n")
    assert store.read(merge, "sub/b.txt") == "b\n"
    assert store.changed(base, head) == ("a.txt", "deep/er/c", "sub/b.txt")
    assert store.changed(base, base) == ()


def test_commits_depend_on_their_content_only(store):
    """The same commit at the same time has the same sha, another time another."""
    base = store.snapshot(at=NOW)
    change = NewCommit(parents=(base,), message="m", changes={"a.txt": "x"})
    later = NOW.replace(hour=10)

    assert store.commit([change], at=NOW) == store.commit([change], at=NOW)
    assert store.commit([change], at=NOW) != store.commit([change], at=later)


def test_odd_names(store):
    """Blanks, quotes, umlauts and line ends in paths, and any text in files."""
    base = store.snapshot(at=NOW)
    changes = {'sp ace/q"uote': "1", "ü/ñ.txt": "€\r\n", "line\nend": "2", "-dash": ""}
    (sha,) = store.commit([NewCommit(parents=(base,), message="ö\nbody", changes=changes)], at=NOW)

    assert store.paths(sha) == {*FILES, *changes}
    assert {name: store.read(sha, name) for name in changes} == changes


def test_a_changed_file_keeps_its_mode(store, tmp_path):
    """An executable stays one."""
    base = store.snapshot(at=NOW)
    (sha,) = store.commit([NewCommit(parents=(base,), message="m", changes={"tool": "#!/bin/sh\necho\n"})], at=NOW)
    store.check_out(sha, tmp_path / "out", remote="r", branch=None)

    assert os.access(tmp_path / "out" / "tool", os.X_OK)


@pytest.mark.parametrize("name", ["none", "sub", "a.txt/x"])
def test_what_is_no_file_reads_as_none(store, name):
    """A path that is nowhere, or a folder, has no text."""
    assert store.read(store.snapshot(at=NOW), name) is None


def test_a_file_that_is_no_text(store, root):
    """It is named, with the place of the first wrong byte."""
    (root / "bin").write_bytes(b"ab\xff")

    with pytest.raises(UsageError, match=r"bin is not UTF-8 text: invalid start byte at byte 2"):
        store.read(store.snapshot(at=NOW), "bin")


def checked_out(store: SourceStore, folder: Path, sha: str, **more: object) -> Path:
    store.check_out(sha, folder, remote="https://github.com/o/n", branch=None, **more)
    return folder


def test_a_check_out(store, tmp_path):
    """Files, modes and links are laid out, and git finds nothing to complain about."""
    sha = store.snapshot(at=NOW)
    folder = checked_out(store, tmp_path / "out", sha)

    assert (folder / "sub" / "b.txt").read_text() == "b\n"
    assert os.readlink(folder / "link") == "a.txt"
    assert os.access(folder / "tool", os.X_OK)
    assert not os.access(folder / "a.txt", os.X_OK)
    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "rev-parse", "HEAD") == sha
    assert git(folder, "remote", "get-url", "origin") == "https://github.com/o/n"
    assert git(folder, "ls-files").split() == sorted(FILES)


def test_a_check_out_of_a_branch(store, tmp_path):
    """A branch is checked out by name, also one with a slash, and known on the remote."""
    sha = store.snapshot(at=NOW)
    store.check_out(sha, tmp_path / "out", remote="r", branch="feature/x")

    assert git(tmp_path / "out", "symbolic-ref", "HEAD") == "refs/heads/feature/x"
    assert git(tmp_path / "out", "rev-parse", "origin/feature/x") == sha


@pytest.mark.parametrize(("depth", "count"), [(1, "1"), (0, "2"), (5, "2")])
def test_depth(store, tmp_path, depth, count):
    """One commit by default, all history for any other depth."""
    base = store.snapshot(at=NOW)
    (sha,) = store.commit([NewCommit(parents=(base,), message="m", changes={"a.txt": "x"})], at=NOW)
    folder = checked_out(store, tmp_path / "out", sha, depth=depth)

    assert git(folder, "rev-list", "--count", "HEAD") == count


def test_a_second_check_out_into_the_same_folder(store, tmp_path):
    """The files become those of the other commit."""
    base = store.snapshot(at=NOW)
    (sha,) = store.commit([NewCommit(parents=(base,), message="m", changes={"a.txt": None, "n": "n"})], at=NOW)
    folder = checked_out(store, tmp_path / "out", base)
    checked_out(store, folder, sha)

    assert git(folder, "status", "--porcelain") == ""
    assert not (folder / "a.txt").exists()
    assert (folder / "n").read_text() == "n"


def test_attributes_are_followed(store, root, tmp_path):
    """A file whose attributes ask for CRLF has it in a check-out."""
    (root / ".gitattributes").write_text("a.txt text eol=crlf\n")
    folder = checked_out(store, tmp_path / "out", store.snapshot(at=NOW))

    assert (folder / "a.txt").read_bytes() == b"a\r\n"


def test_a_sha_that_is_nowhere(store, tmp_path):
    """It is an engine's error."""
    store.snapshot(at=NOW)

    with pytest.raises(EngineError, match="git"):
        checked_out(store, tmp_path / "out", "d" * 40)


def test_git_in_a_check_out_can_commit(store, tmp_path):
    """A workflow may go on with the check-out."""
    folder = checked_out(store, tmp_path / "out", store.snapshot(at=NOW))
    (folder / "more").write_text("x")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "more")

    assert git(folder, "status", "--porcelain") == ""


def test_an_empty_folder(tmp_path, make_store):
    """A folder without files is a commit without files."""
    (tmp_path / "empty").mkdir()
    store = make_store(tmp_path / "empty")
    sha = store.snapshot(at=NOW)

    assert store.paths(sha) == frozenset()
    assert store.paths(store.commit([NewCommit(parents=(sha,), message="m", changes={"a": "1"})], at=NOW)[0]) == {"a"}


def test_a_file_takes_the_place_of_a_folder(store):
    """And the other way round."""
    base = store.snapshot(at=NOW)
    (sha,) = store.commit(
        [
            NewCommit(
                parents=(base,), message="m", changes={"sub/b.txt": None, "sub": "file", "a.txt": None, "a.txt/x": "y"}
            )
        ],
        at=NOW,
    )

    assert store.paths(sha) == {"tool", "link", "sub", "a.txt/x"}


@pytest.fixture
def somebody() -> Iterator[Path]:
    """A folder of somebody who is not root; the test acts as they."""
    folder = Path(tempfile.mkdtemp())
    nobody = 65534
    if os.geteuid() == 0:
        os.chown(folder, nobody, nobody)
    before = os.geteuid()
    try:
        os.seteuid(nobody if before == 0 else before)
        yield folder
    finally:
        os.seteuid(before)
        shutil.rmtree(folder)


@pytest.mark.parametrize("in_repository", [True, False])
def test_a_file_that_may_not_be_read_is_told_when_it_is_wanted(somebody, in_repository) -> None:
    """The others are taken as they are."""
    root, store_folder = somebody / "root", somebody / "store"
    (root / "sub").mkdir(parents=True)
    store_folder.mkdir()
    (root / "a.txt").write_text("a\n")
    (root / "sub/b.txt").write_text("b\n")
    (root / "sub/b.txt").chmod(0)
    if in_repository:
        git(root, "init", "-q")
    store = SourceStore(root, store_folder)

    sha = store.snapshot(at=NOW)

    assert store.read(sha, "a.txt") == "a\n"
    assert store.paths(sha) == {"a.txt", "sub/b.txt"}
    with pytest.raises(UsageError, match=r"^sub/b\.txt cannot be read: Permission denied$"):
        store.read(sha, "sub/b.txt")


def test_a_link_is_the_file_it_leads_to(root, store) -> None:
    """One that leads nowhere is told."""
    (root / "sub/link").symlink_to("../a.txt")
    (root / "sub/dangling").symlink_to("nowhere")
    sha = store.snapshot(at=NOW)

    assert store.read(sha, "sub/link") == "a\n"
    with pytest.raises(UsageError, match=r"^sub/dangling is a link to 'nowhere', which is not there$"):
        store.read(sha, "sub/dangling")


def test_files_that_stayed_the_same_are_not_read_again(tmp_path, make_store, monkeypatch):
    """Git is only asked which files there are; a change is seen even where size and time of writing stay."""
    folder = tmp_path / "known"
    folder.mkdir()
    (folder / "a.txt").write_text("one\n")
    git(folder, "init", "--quiet")
    # A file that has only just changed is read again.
    monkeypatch.setattr("pytest_cicache.engines._source._TICK", -1)
    store = make_store(folder)
    first = store.snapshot(at=NOW)
    asked: list[tuple[str, ...]] = []
    real = store._git
    monkeypatch.setattr(store, "_git", lambda *words, **options: asked.append(words) or real(*words, **options))

    assert store.snapshot(at=NOW) == first
    assert asked == []
    before = (folder / "a.txt").stat()
    (folder / "a.txt").write_text("two\n")
    os.utime(folder / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.read(store.snapshot(at=NOW), "a.txt") == "two\n"
