"""Digests of selected files."""

from __future__ import annotations

import pytest

from pytest_cicache.buildkit import Entry, FileTree, MissingPathError, Selection, file_digest


def file(text: str, mode: int = 0o644) -> Entry:
    return Entry(kind="file", mode=mode, digest=lambda: file_digest(text.encode(), mode))


TREE = FileTree(
    {
        "a.txt": file("a"),
        "b.txt": file("b"),
        "dir": Entry(kind="dir", mode=0o755),
        "dir/a.txt": file("a"),
        "dir/sub": Entry(kind="dir", mode=0o755),
        "dir/sub/c.md": file("c"),
        "link": Entry(kind="link", target="dir/a.txt"),
        "absolute": Entry(kind="link", target="/dir/sub"),
        "round": Entry(kind="link", target="round"),
        "up": Entry(kind="link", target="../dir"),
    }
)


def content(*paths: str, **options: object) -> str:
    return TREE.content([Selection(path=path, **options) for path in paths])  # type: ignore[arg-type]


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
        pytest.param(Selection(path="/*.txt", wildcard=True), Selection(path="/?.txt", wildcard=True), True, id="same"),
        pytest.param(Selection(path="/a*", wildcard=True), Selection(path="/b*", wildcard=True), False, id="others"),
        pytest.param(
            Selection(path="/dir/*", wildcard=True), Selection(path="/dir/[as]*", wildcard=True), True, id="class"
        ),
        pytest.param(Selection(path="/x*", wildcard=True), Selection(path="/no/*", wildcard=True), True, id="nothing"),
        pytest.param(Selection(path="/dir", exclude=("*.md",)), Selection(path="/dir"), False, id="excluded"),
        pytest.param(
            Selection(path="/dir", exclude=("sub",)), Selection(path="/dir", exclude=("**/*.md", "sub")), True, id="sub"
        ),
        pytest.param(
            Selection(path="/", include=("dir/sub/c.md",)), Selection(path="/", include=("dir/**/*.md",)), True, id="in"
        ),
        pytest.param(
            Selection(path="/li*", wildcard=True), Selection(path="/li*", wildcard=True, follow=False), False, id="link"
        ),
    ],
)
def test_picked_files(first: Selection, second: Selection, equal: bool) -> None:
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
