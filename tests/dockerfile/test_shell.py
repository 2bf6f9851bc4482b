"""Words and variables, as BuildKit's shell lexer reads them."""

from __future__ import annotations

import re

import pytest

from pytest_cicache.dockerfile._shell import ShellLexer
from pytest_cicache.errors import DockerfileError, UnsupportedError

VARIABLES = {"A": "one", "EMPTY": "", "PATHS": "/a/b/c.tar.gz", "S": "x y"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("$A", "one", id="dollar"),
        pytest.param("${A}b", "oneb", id="braces"),
        pytest.param("$Ab", "", id="longest-name"),
        pytest.param("$", "$", id="lone-dollar"),
        pytest.param(r"\$A", "$A", id="escaped"),
        pytest.param("'$A'", "$A", id="single-quotes"),
        pytest.param('"$A b"', "one b", id="double-quotes"),
        pytest.param(r'"a\"b\c"', r'a"b\c', id="escapes-in-double-quotes"),
        pytest.param("${NONE:-x}", "x", id="default-unset"),
        pytest.param("${EMPTY:-x}", "x", id="default-empty"),
        pytest.param("${EMPTY-x}", "", id="default-only-unset"),
        pytest.param("${A:+y}", "y", id="alternative"),
        pytest.param("${EMPTY:+y}", "", id="alternative-empty"),
        pytest.param("${EMPTY+y}", "y", id="alternative-set"),
        pytest.param("${NONE:-${A}}", "one", id="nested"),
        pytest.param("${A?no}", "one", id="required"),
        pytest.param("${PATHS#/*/}", "b/c.tar.gz", id="shortest-prefix"),
        pytest.param("${PATHS##/*/}", "c.tar.gz", id="longest-prefix"),
        pytest.param("${PATHS%.*}", "/a/b/c.tar", id="shortest-suffix"),
        pytest.param("${PATHS%%.*}", "/a/b/c", id="longest-suffix"),
        pytest.param("${PATHS%x}", "/a/b/c.tar.gz", id="no-suffix"),
        pytest.param("${PATHS/a/z}", "/z/b/c.tar.gz", id="replace-first"),
        pytest.param("${PATHS//\\//-}", "-a-b-c.tar.gz", id="replace-all"),
        pytest.param("${A/?/z}", "zne", id="replace-pattern"),
        pytest.param("$1$@", "", id="special"),
        pytest.param("a<<b", "a<<b", id="here-document"),
        pytest.param("a<b", "a<b", id="less-than"),
    ],
)
def test_one_word(text: str, expected: str) -> None:
    """Quotes are resolved and variables replaced."""
    assert ShellLexer().word(text, VARIABLES) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("a  b", ("a", "b"), id="spaces"),
        pytest.param("'a b' c", ("a b", "c"), id="quoted"),
        pytest.param("$S", ("x", "y"), id="split-after-replacing"),
        pytest.param('"$S"', ("x y",), id="quoted-variable"),
        pytest.param(r"a\ b", ("a b",), id="escaped-space"),
        pytest.param("", (), id="empty"),
    ],
)
def test_several_words(text: str, expected: tuple[str, ...]) -> None:
    """Words are split at unquoted spaces, after replacing."""
    assert ShellLexer().words(text, VARIABLES) == expected


def test_another_escape_character() -> None:
    """The escape directive changes what escapes."""
    assert ShellLexer(escape="`").word(r"`$A c:\x", VARIABLES) == r"$A c:\x"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('"$A" \\n $NONE', '"one" \\n $NONE', id="kept"),
        pytest.param("${NONE} ${NONE:-x} ${NONE/a/b}", "${NONE} ${NONE:-x} ${NONE/a/b}", id="unset-forms"),
        pytest.param("'$A'", "'$A'", id="single-quotes"),
    ],
)
def test_what_a_step_is_called(text: str, expected: str) -> None:
    """For names, quotes, escapes and unset variables stay as written."""
    assert ShellLexer(raw_quotes=True, raw_escapes=True, keep_unset=True).word(text, VARIABLES) == expected


def test_quotes_without_meaning() -> None:
    """In here-documents a quote is a character."""
    assert ShellLexer(ignore_quotes=True).word("'$A\"", VARIABLES) == "'one\""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("${", "syntax error: missing '}'", id="unclosed"),
        pytest.param("${}", "syntax error: bad substitution", id="empty"),
        pytest.param("${A", "unsupported modifier (\ufffd) in substitution", id="cut-off"),
        pytest.param("${A!x}", "unsupported modifier (!) in substitution", id="modifier"),
        pytest.param("${A:#x}", "unsupported modifier (:#) in substitution", id="colon-modifier"),
        pytest.param("${A:-x", "syntax error: missing '}'", id="unclosed-default"),
        pytest.param("${A/x}", "syntax error: missing '/' in ${}", id="half-replacement"),
        pytest.param("${A/x/y", "syntax error: missing '}'", id="unclosed-replacement"),
        pytest.param("'a", "unexpected end of statement while looking for matching single-quote", id="single"),
        pytest.param('"a', "unexpected end of statement while looking for matching double-quote", id="double"),
        pytest.param("${NONE?}", "NONE: is not allowed to be unset", id="unset"),
        pytest.param("${EMPTY:?}", "EMPTY: is not allowed to be empty", id="empty-value"),
        pytest.param("${NONE:?why}", "NONE: why", id="own-words"),
        pytest.param(r"${A#\x}", r"invalid pattern (\x) in substitution: invalid escape '\x'", id="pattern"),
    ],
)
def test_errors_are_buildkits(text: str, message: str) -> None:
    """With the text they are about in front."""
    with pytest.raises(DockerfileError, match=re.escape(message)) as caught:
        ShellLexer().word(text, VARIABLES)

    assert str(caught.value).startswith("failed to process ")


def test_a_text_that_grows_beyond_all_bounds_is_not_simulated() -> None:
    """Ten lines that each hold the one before ten times would fill the memory."""
    with pytest.raises(UnsupportedError, match="longer than 1 MiB"):
        ShellLexer().word("${A}" * 10, {"A": "x" * 200_000})
