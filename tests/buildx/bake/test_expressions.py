# ruff: noqa: E501 - the words of the real command, as it says them
"""What expressions of bake files come to, as `docker buildx bake --print` 0.29.1 said for each of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_cicache.buildx.bake import BakeError

VALUES = [
    ("absolute(-3)", "3"),
    ("add(1, 2.5)", "3.5"),
    ("and(true, false)", "false"),
    ('base64decode("aGk=")', '"hi"'),
    ('base64encode("hi<")', '"aGk8"'),
    ('basename("a/b/c.txt")', '"c.txt"'),
    ('basename("/")', '"/"'),
    ('basename("")', '"."'),
    ('dirname("a/b/c.txt")', '"a/b"'),
    ('dirname("c")', '"."'),
    ('can(1 + "x")', "false"),
    ('can("y")', "true"),
    ("ceil(1.2)", "2"),
    ("ceil(-1.2)", "-1"),
    ('chomp("a\\n\\n")', '"a"'),
    ('chomp("a\\r\\n")', '"a"'),
    ('chunklist(["a","b","c"], 2)', '[["a","b"],["c"]]'),
    ('cidrhost("10.12.0.0/16", 268)', '"10.12.1.12"'),
    ('cidrhost("10.0.0.0/8", -2)', '"10.255.255.254"'),
    ('cidrnetmask("172.16.0.0/12")', '"255.240.0.0"'),
    ('cidrsubnet("172.16.0.0/12", 4, 2)', '"172.18.0.0/16"'),
    ('cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)', '["10.1.0.0/20","10.1.16.0/20","10.1.32.0/24","10.1.48.0/20"]'),
    ('coalesce(null, "a", "b")', '"a"'),
    ('coalescelist([], ["x"])', '["x"]'),
    ('compact(["a", "", "b"])', '["a","b"]'),
    ('concat(["a"], ["b", "c"])', '["a","b","c"]'),
    ('contains(["a"], "a")', "true"),
    ('contains([1], "1")', "false"),
    ('convert("3", number)', "3"),
    ('convert(["a", "a"], set(string))', '["a"]'),
    ("convert({a = 1}, map(string))", '{"a":"1"}'),
    ('csvdecode("a,b\\n1,2\\n3,4\\n")', '[{"a":"1","b":"2"},{"a":"3","b":"4"}]'),
    ('distinct(["a", "b", "a"])', '["a","b"]'),
    ("divide(7, 2)", "3.5"),
    ('element(["a", "b"], 3)', '"b"'),
    ('equal("a", "a")', "true"),
    ('equal(1, "1")', "false"),
    ('flatten([["a"], [["b"]], "c"])', '["a","b","c"]'),
    ("floor(1.9)", "1"),
    ("floor(-1.1)", "-2"),
    (
        'format("%s-%d-%05.2f|%5s|%-5s|%q|%v|%t", "a", 3, 2.5, "x", "y", "q\\"", [1, "a"], true)',
        '"a-3-02.50|    x|y    |\\"q\\\\\\"\\"|[1,\\"a\\"]|true"',
    ),
    (
        'format("%x %X %o %b %e %g %#v", 255, 255, 8, 5, 12345.678, 0.00001, "s")',
        '"ff FF 10 101 1.234568e+04 1e-05 \\"s\\""',
    ),
    ('format("%[2]s %[1]s", "a", "b")', '"b a"'),
    ('format("%%")', '"%"'),
    ('format("%+d % d %+.1f", 5, 5, 1.25)', '"+5  5 +1.2"'),
    ('format("%v %v", 1.5, 1000000000000000000000000)', '"1.5 1e+24"'),
    ('format("%3d|%-3d|%03d", 7, 7, 7)', '"  7|7  |007"'),
    ('format("%.2s", "abcdef")', '"ab"'),
    ('formatdate("YYYY-MM-DD\'T\'hh:mm:ssZ", "2024-01-02T03:04:05Z")', '"2024-01-02T03:04:05Z"'),
    ('formatdate("EEE, DD MMM YYYY HH:mm AA ZZZZ", "2024-01-02T13:04:05+02:00")', '"Tue, 02 Jan 2024 01:04 PM +0200"'),
    (
        'formatdate("D/M/YY h:m:s aa ZZZ ZZZZZ EEEE MMMM", "2024-01-02T13:04:05Z")',
        '"2/1/24 13:4:5 pm UTC +00:00 Tuesday January"',
    ),
    ('formatlist("x-%s", ["a", "b"])', '["x-a","x-b"]'),
    ('formatlist("%s-%s", ["a", "b"], "z")', '["a-z","b-z"]'),
    ("greaterthan(2, 1)", "true"),
    ("greaterthanorequalto(2, 2)", "true"),
    ('hasindex(["a"], 1)', "false"),
    ('indent(2, "a\\nb")', '"a\\n  b"'),
    ('index(["a", "b"], 1)', '"b"'),
    ('indexof(["a", "b"], "b")', "1"),
    ("int(3.9)", "3"),
    ("int(-3.9)", "-3"),
    ('join("-", ["a", "b"], ["c"])', '"a-b-c"'),
    ('join(",", [1, true])', '"1,true"'),
    ('jsondecode("{\\"a\\": [1, null, \\"x\\"]}")', '{"a":[1,null,"x"]}'),
    ('jsonencode({b = 1, a = ["<", null, true, 1.5]})', '"{\\"a\\":[\\"\\\\u003c\\",null,true,1.5],\\"b\\":1}"'),
    ("keys({b = 1, a = 2})", '["a","b"]'),
    ('length(["a", "b"])', "2"),
    ("lessthan(1, 2)", "true"),
    ("lessthanorequalto(2, 1)", "false"),
    ("log(100, 10)", "2"),
    ("log(16, 2)", "4"),
    ('lookup({a = "x"}, "a", "d")', '"x"'),
    ('lookup({a = "x"}, "b", "d")', '"d"'),
    ('lower("ABCÉ")', '"abcé"'),
    ("max(1, 5, 3)", "5"),
    ('md5("a")', '"0cc175b9c0f1b6a831c399e269772661"'),
    ("merge({a = 1}, {b = 2}, {a = 3})", '{"a":3,"b":2}'),
    ("min(4, 2)", "2"),
    ("modulo(7, 3)", "1"),
    ("modulo(-7, 3)", "-1"),
    ("-7 % 3", "-1"),
    ("multiply(2, 3.5)", "7"),
    ("negate(3)", "-3"),
    ("not(true)", "false"),
    ("notequal(1, 2)", "true"),
    ("or(false, true)", "true"),
    ('parseint("ff", 16)', "255"),
    ('parseint("-101", 2)', "-5"),
    ('parseint("zZ", 62)', "2231"),
    ("pow(2, 10)", "1024"),
    ("pow(2, 0.5)", "1.4142135623730951"),
    ("range(3)", "[0,1,2]"),
    ("range(1, 4)", "[1,2,3]"),
    ("range(4, 1)", "[4,3,2]"),
    ("range(0, 1, 0.25)", "[0,0.25,0.5,0.75]"),
    ("range(-2)", "[0,-1]"),
    ('regex("[a-z]+", "12abc")', '"abc"'),
    ('regex("([a-z]+)(\\\\d+)", "abc12")', '["abc","12"]'),
    ('regex("(?P<n>[a-z]+)", "abc12")', '{"n":"abc"}'),
    ('regexall("[a-z]", "a1b2")', '["a","b"]'),
    ('regexall("(\\\\w)(\\\\d)", "a1b2")', '[["a","1"],["b","2"]]'),
    ('regex_replace("abc123", "([a-z]+)(\\\\d+)", "$${2}-$1")', '"123-abc"'),
    ('regex_replace("aXbX", "X", "-")', '"a-b-"'),
    ('replace("a-b-c", "-", "_")', '"a_b_c"'),
    ('reverse("abc")', '"cba"'),
    ('reverselist(["a", "b"])', '["b","a"]'),
    ('sanitize("a/b:c.d")', '"a_b_c_d"'),
    ('sethaselement(convert(["a"], set(string)), "a")', "true"),
    ('setintersection(["a", "b"], ["b", "c"])', '["b"]'),
    ('setproduct(["a", "b"], ["x", "y"])', '[["a","x"],["a","y"],["b","x"],["b","y"]]'),
    ('setproduct(["a"], convert(["x", "y"], set(string)))', '[["a","x"],["a","y"]]'),
    ('setsubtract(["a", "b"], ["b"])', '["a"]'),
    ('setsymmetricdifference(["a", "b"], ["b", "c"])', '["a","c"]'),
    ('setunion(["b", "a"], ["c"])', '["a","b","c"]'),
    ("setunion([2, 10, 1])", "[1,2,10]"),
    ('sha1("a")', '"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"'),
    ('sha256("a")', '"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"'),
    (
        'sha512("a")',
        '"1f40fc92da241694750979ee6cf582f2d5d7d28e18335de05abc54d0560e0f5302860c652bf08d560252aa5e74210546f369fbbbce8c12cfc7957b2652fe9a75"',
    ),
    ("signum(-4)", "-1"),
    ('slice(["a", "b", "c"], 1, 2)', '["b"]'),
    ('sort(["b", "a", "C"])', '["C","a","b"]'),
    ('split(",", "a,b,,c")', '["a","b","","c"]'),
    ('split("", "abc")', '["a","b","c"]'),
    ('strlen("héllo")', "5"),
    ('substr("hello", 1, 3)', '"ell"'),
    ('substr("hello", -3, -1)', '"llo"'),
    ('substr("hello", 1, 100)', '"ello"'),
    ('substr("hello", 9, 1)', '""'),
    ("subtract(5, 3)", "2"),
    ('timeadd("2024-01-01T00:00:00Z", "1h30m")', '"2024-01-01T01:30:00Z"'),
    ('timeadd("2024-01-01T00:00:00Z", "-24h")', '"2023-12-31T00:00:00Z"'),
    ('title("hello wORLD foo-bar")', '"Hello WORLD Foo-Bar"'),
    ('trim("xxabcxx", "x")', '"abc"'),
    ('trimprefix("v1.2", "v")', '"1.2"'),
    ('trimspace("  a \\n")', '"a"'),
    ('trimsuffix("a.go", ".go")', '"a"'),
    ('try(nosuch, "d")', '"d"'),
    ('upper("abc")', '"ABC"'),
    ('urlencode("a b&c/d~*")', '"a+b%26c%2Fd~%2A"'),
    ('uuidv5("dns", "example.com")', '"cfbff0d1-9375-5685-968c-48ce8b15ae17"'),
    ("values({b = 1, a = 2})", "[2,1]"),
    ('zipmap(["a", "b"], [1, 2])', '{"a":1,"b":2}'),
    ("0.1 + 0.2", "0.3"),
    ("10 / 4", "2.5"),
    ("1e3", "1000"),
    ("1 == 1.0", "true"),
    ('"1" == 1', "false"),
    ('[for v in ["a", "b"] : upper(v)]', '["A","B"]'),
    ("{for k, v in {a = 1, b = 2} : v => k}", '{"1":"a","2":"b"}'),
    ('{for v in ["a", "b", "a"] : v => v...}', '{"a":["a","a"],"b":["b"]}'),
    ('[for i, v in ["a", "b"] : "${i}-${v}" if v != "a"]', '["1-b"]'),
    ('true ? "a" : 1', '"a"'),
    ('false ? "a" : 1', '"1"'),
    ('true ? ["a"] : []', '["a"]'),
    ('"%{ if true }y%{ else }n%{ endif }"', '"y"'),
    ('"%{ for v in ["a", "b"] }${v},%{ endfor }"', '"a,b,"'),
    ("[{a = 1}, {a = 2}][*].a", "[1,2]"),
    ("[{a = 1}, {a = 2}].*.a", "[1,2]"),
    ('"a"[*]', '["a"]'),
    ("null[*]", "[]"),
    ('{a = {b = "c"}}.a.b', '"c"'),
    ('["x", "y"][1]', '"y"'),
    ('{"a-b" = 1}["a-b"]', "1"),
    ('"x${~ " y " ~}z"', '"x y z"'),
    ('"  a ${~ 1 } b"', '"  a1 b"'),
    ("!true || true && false", "false"),
    ("1 + 2 * 3 - 4 / 2", "5"),
    ("-(3)", "-3"),
    ('"\\u00e9\\t\\"\\\\"', '"é\\t\\"\\\\"'),
    ('"$${a} %%{b}"', '"$${a} %%{b}"'),
    ('"${[]}"', "[]"),
    ('"${null}"', "null"),
    ('upper(["a"]...)', '"A"'),
    ("5 % 0", "5"),
    ('format("%v %v %v %v", 1000000, 123456789, 1234567.5, 21000000)', '"1e+06 1.23456789e+08 1.2345675e+06 2.1e+07"'),
    ('format("%v %v", 0.0001, 0.00001234)', '"0.0001 1.234e-05"'),
    ('format("%g|%G", 100000, 1000000)', '"100000|1E+06"'),
    ("length(convert({a = 1}, map(number)))", "1"),
    ("1234567", "1234567"),
    ('"${1234567.25}"', "1234567.25"),
]
ERRORS = [
    ('byteslen("é")', '37-38: Invalid function argument; Invalid value for "buf" parameter: bytes required.'),
    (
        'bytesslice("héllo", 0, 1)',
        '39-44: Invalid function argument; Invalid value for "buf" parameter: bytes required.',
    ),
    (
        'hasindex({a = 1}, "a")',
        '27-36: Error in function call; Call to function "hasindex" failed: collection must be a list, a map or a tuple.',
    ),
    (
        'index({a = 5}, "a")',
        '27-33: Error in function call; Call to function "index" failed: collection must be a list, a map or a tuple.',
    ),
    (
        "length({a = 1})",
        '27-34: Error in function call; Call to function "length" failed: collection must be a list, a map or a tuple.',
    ),
    ("nosuch", '27-33: Unknown variable; There is no variable named "nosuch".'),
    (
        "upper()",
        '33-34: Not enough function arguments; Function "upper" expects 1 argument(s). Missing value for "str".',
    ),
    ('upper("a", "b")', '39-40: Too many function arguments; Function "upper" expects only 1 argument(s).'),
    ("upper(null)", '33-37: Invalid function argument; Invalid value for "str" parameter: argument must not be null.'),
    ("nofunc(1)", '27-33: Call to unknown function; There is no function named "nofunc".'),
    (
        '["a"]["x"]',
        "32-37: Invalid index; The given key does not identify an element in this collection value: a number is required.",
    ),
    ("{a = 1}.b", '34-36: Unsupported attribute; This object does not have an attribute named "b".'),
    ('"a".b', "30-32: Unsupported attribute; Can't access attributes on a primitive-typed value (string)."),
    ('1 + "x"', "31-34: Invalid operand; Unsuitable value for right operand: a number is required."),
    ("1 + true", "31-35: Invalid operand; Unsuitable value for right operand: number required."),
    ('!"x"', "28-31: Invalid operand; Unsuitable value for unary operand: a bool is required."),
    (
        "[for v in 3 : v]",
        "37-38: Iteration over non-iterable value; A value of type number cannot be used as the collection in a 'for' expression.",
    ),
    (
        '{for v in ["a", "a"] : v => 1}',
        "50-51: Duplicate object key; Two different items produced the key \"a\" in this 'for' expression. If duplicates are expected, use the ellipsis (...) after the value expression to enable grouping by key.",
    ),
    ("null ? 1 : 2", "27-31: Null condition; The condition value is null. Conditions must either be true or false."),
    ('"x" ? 1 : 2', "27-30: Incorrect condition type; The condition expression must be of type bool."),
    (
        'true ? "a" : []',
        "34-42: Inconsistent conditional result types; The true and false result expressions must have consistent types. The 'true' value is string, but the 'false' value is tuple.",
    ),
    (
        "element([], 0)",
        '27-35: Error in function call; Call to function "element" failed: cannot use element function with an empty list.',
    ),
    (
        'lookup(["a"], "a", "b")',
        '34-35: Invalid function argument; Invalid value for "inputMap" parameter: lookup() requires a map as the first argument.',
    ),
    (
        'parseint("9", 8)',
        '37-38: Invalid function argument; Invalid value for "number" parameter: cannot parse "9" as a base 8 integer.',
    ),
    (
        "range(1, 2, 0)",
        '27-33: Error in function call; Call to function "range" failed: more than 1024 values were generated; either decrease the difference between start and end or use a smaller step.',
    ),
    (
        'slice(["a"], 2, 1)',
        '40-41: Invalid function argument; Invalid value for "start_index" parameter: start index must not be greater than the length of the list.',
    ),
    (
        'regex("x", "y")',
        '27-33: Error in function call; Call to function "regex" failed: pattern did not match any part of the given string.',
    ),
    (
        'format("%d", "x")',
        '27-34: Error in function call; Call to function "format" failed: unsupported value for "%d" at 0: a number is required.',
    ),
    (
        'format("%s")',
        '27-34: Error in function call; Call to function "format" failed: not enough arguments for "%s" at 0: need index 1 but have 0 total.',
    ),
    (
        'format("%s", "a", "b")',
        '46-47: Invalid function argument; Invalid value for "args" parameter: too many arguments; only 1 used by format string.',
    ),
    (
        'format("%z", 1)',
        '27-34: Error in function call; Call to function "format" failed: unsupported format verb \'z\' in "%z" at offset 0.',
    ),
    (
        'formatdate("QQ", "2024-01-01T00:00:00Z")',
        '39-41: Invalid function argument; Invalid value for "format" parameter: invalid date format verb "QQ".',
    ),
    (
        'cidrhost("x", 1)',
        '27-36: Error in function call; Call to function "cidrhost" failed: invalid CIDR expression: invalid CIDR address: x.',
    ),
    (
        'zipmap(["a"], [1, 2])',
        '27-34: Error in function call; Call to function "zipmap" failed: number of keys (1) does not match number of values (2).',
    ),
    (
        'merge(["a"], {})',
        '27-33: Error in function call; Call to function "merge" failed: arguments must be maps or objects, got "tuple".',
    ),
    (
        'keys(["a"])',
        '32-33: Invalid function argument; Invalid value for "inputMap" parameter: must have map or object type.',
    ),
    (
        'values(["a"])',
        '27-34: Error in function call; Call to function "values" failed: values() requires a map as the first argument.',
    ),
    (
        'length("abc")',
        '27-34: Error in function call; Call to function "length" failed: collection must be a list, a map or a tuple.',
    ),
    (
        'flatten("x")',
        '27-35: Error in function call; Call to function "flatten" failed: can only flatten lists, sets and tuples.',
    ),
    (
        'contains("x", "y")',
        '27-36: Error in function call; Call to function "contains" failed: argument must be list, tuple, or set.',
    ),
    ("coalesce(null)", '27-36: Error in function call; Call to function "coalesce" failed: no non-null arguments.'),
    ('indexof(["a"], "z")', '27-35: Error in function call; Call to function "indexof" failed: item not found.'),
    (
        'convert("x", number)',
        '36-37: Invalid function argument; Invalid value for "value" parameter: a number is required.',
    ),
    (
        "convert({}, object({a = string}))",
        '35-36: Invalid function argument; Invalid value for "value" parameter: attribute "a" is required.',
    ),
    (
        'convert(["a"], list(number))',
        '35-36: Invalid function argument; Invalid value for "value" parameter: a number is required.',
    ),
    (
        'chunklist(["a"], -1)',
        '27-37: Error in function call; Call to function "chunklist" failed: the size argument must be positive.',
    ),
    ("max()", '27-31: Error in function call; Call to function "max" failed: must pass at least one number.'),
    (
        'concat(["a"], "b")',
        '42-43: Invalid function argument; Invalid value for "seqs" parameter: all arguments must be lists or tuples; got string.',
    ),
    ("try()", '27-31: Error in function call; Call to function "try" failed: at least one argument is required.'),
    (
        'substr("a", 1.5, 1)',
        '27-34: Error in function call; Call to function "substr" failed: value must be a whole number, between -9223372036854775808 and 9223372036854775807.',
    ),
    ('int("x")', '32-33: Invalid function argument; Invalid value for "num" parameter: a number is required.'),
    ("tostring(1)", '27-35: Call to unknown function; There is no function named "tostring".'),
]


def file(expression: str) -> str:
    """A target whose only argument is the expression as JSON."""
    return f'target "default" {{\n  args = {{ v = jsonencode({expression}) }}\n}}\n'


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_value(printed: Callable[..., Any], expression: str, expected: str) -> None:
    """The real command's values."""
    assert printed(file(expression))["target"]["default"]["args"]["v"] == expected


@pytest.mark.parametrize(("expression", "expected"), ERRORS)
def test_error(printed: Callable[..., Any], expression: str, expected: str) -> None:
    """The real command's words, without the file's name and line."""
    with pytest.raises(BakeError) as caught:
        printed(file(expression))

    assert caught.value.printed == f"ERROR: docker-bake.hcl:2,{expected}, and 1 other diagnostic(s)"


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("timestamp()", '"2026-01-02T03:04:05Z"'),
        ("homedir()", '"/home/runner"'),
        ("uuidv4()", '"11111111-2222"'),
        ("BAKE_CMD_CONTEXT", '"cwd://"'),
        ("BAKE_LOCAL_PLATFORM", '"linux/amd64"'),
    ],
)
def test_what_comes_from_outside(printed: Callable[..., Any], expression: str, expected: str) -> None:
    """Time, chance and place are the caller's."""
    assert printed(file(expression))["target"]["default"]["args"]["v"] == expected
