from __future__ import annotations

from pathlib import Path

import pytest

from pytest_cicache.engines._cached_files import CachedFiles


def job(folder: Path, name: str) -> CachedFiles:
    """A job's folders, laid out alike for every job."""
    root, home = folder / name / "work" / "app" / "app", folder / name / "home"
    root.mkdir(parents=True)
    home.mkdir()
    return CachedFiles(root=root, home=home, within=folder / name)


def write(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)


def present(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("patterns", "root", "home"),
    [
        pytest.param(["node_modules"], ["node_modules/.bin/x", "node_modules/a.js"], [], id="a folder"),
        pytest.param(["~/.npm"], [], [".npm/index"], id="in the home"),
        pytest.param(["*.lock", "~/.npm/in*"], ["a.lock"], [".npm/index"], id="globs"),
        pytest.param(["**/*.js"], ["node_modules/a.js", "src/b.js"], [], id="any depth"),
        pytest.param(["src/*", "!src/b.js"], ["src/c.txt"], [], id="left out"),
        pytest.param(
            ["node_modules", "!node_modules/a.js"], ["node_modules/.bin/x", "node_modules/a.js"], [], id="whole"
        ),
        pytest.param(["./src/c.txt"], ["src/c.txt"], [], id="dotted"),
    ],
)
def test_what_is_packed_comes_back_in_another_job(
    tmp_path: Path, patterns: list[str], root: list[str], home: list[str]
) -> None:
    first, second = job(tmp_path, "one"), job(tmp_path, "two")
    write(first.root, "node_modules/a.js", "node_modules/.bin/x", "src/b.js", "src/c.txt", "a.lock")
    write(first.home, ".npm/index")

    data = first.pack(patterns)
    assert data is not None
    second.unpack(data)

    assert (present(second.root), present(second.home)) == (root, home)


def test_nothing_found_is_nothing(tmp_path: Path) -> None:
    assert job(tmp_path, "one").pack(["absent", "~/absent"]) is None


def test_what_lies_outside_of_the_job_is_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, "file")
    one = job(tmp_path, "one")

    assert one.pack([str(outside)]) is None
    one.unpack(one.archive([outside]))
    assert present(one.within) == []


def test_modes_times_and_links_stay(tmp_path: Path) -> None:
    first, second = job(tmp_path, "one"), job(tmp_path, "two")
    write(first.root, "bin/run")
    (first.root / "bin/run").chmod(0o755)
    (first.root / "bin/link").symlink_to("run")
    (second.root / "bin").mkdir()
    (second.root / "bin/run").write_text("old and longer than the new one")

    data = first.pack(["bin"])
    assert data is not None
    second.unpack(data)

    assert (second.root / "bin/run").stat().st_mode & 0o777 == 0o755
    assert int((second.root / "bin/run").stat().st_mtime) == int((first.root / "bin/run").stat().st_mtime)
    assert (second.root / "bin/link").readlink() == Path("run")
    assert (second.root / "bin/run").read_text() == "bin/run"
