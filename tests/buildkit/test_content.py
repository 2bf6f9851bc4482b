"""Digests of selected files."""

from __future__ import annotations

import pytest

from pytest_cicache.buildkit import FileEntry, FileTree, MissingPathError, PathSelection, file_digest


def file(text: str, mode: int = 0o644) -> FileEntry:
    return FileEntry(kind="file", mode=mode, digest=lambda: file_digest(text.encode(), mode))


TREE = FileTree(
    {
        "a.txt": file("a"),
        "b.txt": file("b"),
        "dir": FileEntry(kind="dir", mode=0o755),
        "dir/a.txt": file("a"),
        "dir/sub": FileEntry(kind="dir", mode=0o755),
        "dir/sub/c.md": file("c"),
        "link": FileEntry(kind="link", target="dir/a.txt"),
        "absolute": FileEntry(kind="link", target="/dir/sub"),
        "round": FileEntry(kind="link", target="round"),
        "up": FileEntry(kind="link", target="../dir"),
    }
)


def content(*paths: str, **options: object) -> str:
    return TREE.content([PathSelection(path=path, **options) for path in paths])  # type: ignore[arg-type]


def test_a_file_is_its_content_and_mode() -> None:
    """The digest real BuildKit gave the recording's file, and others that differ by one thing each."""
    digests = {file_digest(b"v1\n"), file_digest(b"v2\n"), file_digest(b"v1\n", 0o600)}

    assert len(digests) == 3
    assert file_digest(b"v1\n") in digests


def test_the_name_of_a_file_is_no_part_of_it() -> None:
    """Equal files at other places have equal digests."""
    assert content("/a.txt") == content("/dir/a.txt") != content("/b.txt")


def test_links_are_followed_unless_told_not_to() -> None:
    """In the last element of a path only when asked, before it always."""
    assert content("/link") == content("/a.txt")
    assert content("/link", follow=False) != content("/a.txt")
    assert content("/absolute/c.md") == content("/dir/sub/c.md") == content("/up/sub/c.md")


def test_a_folder_is_names_and_digests() -> None:
    """A folder, the whole tree, and the tree as the default selection."""
    assert content("/dir") == content("/dir/") == content("/up")
    assert content("/") == TREE.content([])
    assert content("/dir") != content("/dir/sub")


@pytest.mark.parametrize("path", ["/none", "/dir/none", "/round", "/a.txt/x"])
def test_a_missing_path(path: str) -> None:
    """The error holds the path as BuildKit prints it."""
    with pytest.raises(MissingPathError, match="/"):
        content(path)


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        pytest.param(
            PathSelection(path="/*.txt", wildcard=True), PathSelection(path="/?.txt", wildcard=True), True, id="same"
        ),
        pytest.param(
            PathSelection(path="/a*", wildcard=True), PathSelection(path="/b*", wildcard=True), False, id="others"
        ),
        pytest.param(
            PathSelection(path="/dir/*", wildcard=True),
            PathSelection(path="/dir/[as]*", wildcard=True),
            True,
            id="class",
        ),
        pytest.param(
            PathSelection(path="/x*", wildcard=True), PathSelection(path="/no/*", wildcard=True), True, id="nothing"
        ),
        pytest.param(PathSelection(path="/dir", exclude=("*.md",)), PathSelection(path="/dir"), False, id="excluded"),
        pytest.param(
            PathSelection(path="/dir", exclude=("sub",)),
            PathSelection(path="/dir", exclude=("**/*.md", "sub")),
            True,
            id="sub",
        ),
        pytest.param(
            PathSelection(path="/", include=("dir/sub/c.md",)),
            PathSelection(path="/", include=("dir/**/*.md",)),
            True,
            id="in",
        ),
        pytest.param(
            PathSelection(path="/li*", wildcard=True),
            PathSelection(path="/li*", wildcard=True, follow=False),
            False,
            id="link",
        ),
    ],
)
def test_picked_files(first: PathSelection, second: PathSelection, equal: bool) -> None:
    """Wildcards and patterns give what they pick, with its folders."""
    assert (TREE.content([first]) == TREE.content([second])) is equal


def test_a_required_file_that_is_filtered_out() -> None:
    """`COPY --parents` needs what it names without wildcards."""
    with pytest.raises(MissingPathError, match="/dir/none"):
        content("/", include=("dir/none",), required=("/dir/none",))


def test_a_filtered_path_that_is_missing() -> None:
    """Patterns below a folder need the folder."""
    with pytest.raises(MissingPathError, match="/none"):
        content("/none", exclude=("x",))
