"""Evaluate random expressions; anything but a value or an ExpressionError is a crash.

    python benchmarks/fuzz_expressions.py [COUNT] [SEED]

The same count and seed generate the same inputs.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from typing import Any

from pytest_cicache.expressions import ExpressionError, evaluate, interpolate

NUMBERS = ("0", "1", "-1", "2.5", ".5", "1e308", "1e999", "0xFF", "0xFFFFFFFF", "0o17", "NaN", "-Infinity")
STRINGS = (
    "''",
    "'a'",
    "'it''s'",
    "'{0}'",
    "'{0}{0}'",
    "'{{'",
    "'{9}'",
    "'[1,{\"a\":2}]'",
    "'0x1'",
    "'\u0131'",
)
ACCESS = (".a", ".b", ".*", "[*]", "[0]", "[-1]", "[1.5]", "['a']", "[null]")
OPERATORS = (" == ", " != ", " < ", " <= ", " > ", " >= ", " && ", " || ", "&&", "==")
CALLS = (
    *(
        "contains(%s, %s)",
        "startsWith(%s, %s)",
        "endsWith(%s, %s)",
        "format(%s, %s)",
        "format('{0}{1}', %s, %s)",
    ),
    *("join(%s, %s)", "join(%s)", "toJSON(%s)", "fromJSON(%s)", "case(%s, %s, 1)", "fromJSON(toJSON(%s))"),
)
NOISE = "()[],.*!='<>&|{}$ \t\n\"\\+-~^%#@;:`?/09eExXoOaZ_\x00\x85\u00a0\u2028\u00df\u0130\ud800\U0001f600"
CONTEXT_NAMES = ("github", "a", "list", "text", "number", "nothing", "deep")


def _contexts(source: random.Random) -> dict[str, Any]:
    return {name: _json(source, depth=3) for name in CONTEXT_NAMES} | {"deep": _deep(source)}


def _deep(source: random.Random) -> Any:
    value: Any = None
    for _ in range(source.choice((1, 60, 3000))):
        value = [value] if source.random() < 0.5 else {"a": value}
    return value


def _json(source: random.Random, *, depth: int) -> Any:
    choice = source.random()
    if depth == 0 or choice < 0.5:
        texts = ("", "a", "A", "\ud800", "\u0131", "0x1", "x" * 300, '{"a": [1]}', "[" * 80)
        return source.choice((None, True, False, 0, -1, 10**400, 1.5, float("nan"), *texts))
    count = source.randrange(4)
    if choice < 0.75:
        return [_json(source, depth=depth - 1) for _ in range(count)]
    return {source.choice(("a", "b", "A", "", "0")): _json(source, depth=depth - 1) for _ in range(count)}


def _expression(source: random.Random, depth: int) -> str:
    if depth == 0:
        return source.choice((source.choice(NUMBERS), source.choice(STRINGS), source.choice(CONTEXT_NAMES)))
    match source.randrange(6):
        case 0:
            return "!" + _expression(source, depth - 1)
        case 1:
            return f"({_expression(source, depth - 1)})"
        case 2:
            left, right = (_expression(source, depth - 1) for _ in range(2))
            return left + source.choice(OPERATORS) + right
        case 3:
            target = source.choice((source.choice(CONTEXT_NAMES), f"({_expression(source, depth - 1)})"))
            return target + "".join(source.choice(ACCESS) for _ in range(source.randrange(1, 4)))
        case 4:
            return f"{source.choice(CONTEXT_NAMES)}[{_expression(source, depth - 1)}]"
    call = source.choice(CALLS)
    return call % tuple(_expression(source, depth - 1) for _ in range(call.count("%s")))


def _damaged(source: random.Random, text: str) -> str:
    for _ in range(source.randrange(1, 4)):
        at = source.randrange(len(text) + 1)
        match source.randrange(4):
            case 0:
                text = text[:at] + source.choice(NOISE) + text[at:]
            case 1:
                text = text[:at] + text[at + 1 :]
            case 2:
                text = text[:at]
            case 3:
                text = text[at:] + text[:at]
    return text


def _repeated(source: random.Random) -> str:
    piece = source.choice(("!", "(", "a[", "a.", "join(", "1 == ", "1 && ", "'", "''", "{", "-", "format('{0}{0}', "))
    count = source.choice((10, 49, 51, 500, 4000))
    return (piece * count)[:22_000] + source.choice(("1", "", "'x'" + ")" * count))


def _text(source: random.Random) -> str:
    choice = source.random()
    if choice < 0.002:
        return _repeated(source)
    if choice < 0.1:
        return "".join(source.choice(NOISE) for _ in range(source.randrange(30)))
    text = _expression(source, source.randrange(4))
    if choice < 0.4:
        text = _damaged(source, text)
    if choice > 0.8:
        text = f"{source.choice(('', 'x ', '{'))}${{{{ {text} }}}}{source.choice(('', ' y', '${{ a }}'))}"
    return text


def main(count: int, seed: int) -> int:
    """Run `count` inputs and print what came of them; the exit status is 1 after a crash."""
    source = random.Random(seed)
    contexts = _contexts(source)
    values = errors = crashes = 0
    started = time.perf_counter()
    for number in range(count):
        if number % 1000 == 0:
            contexts = _contexts(source)
        text = _text(source)
        call = interpolate if number % 4 == 0 else evaluate
        try:
            call(text, contexts)
            values += 1
        except ExpressionError:
            errors += 1
        except Exception:
            crashes += 1
            print(f"input {number}: {text[:200]!r}")
            traceback.print_exc()
    seconds = time.perf_counter() - started
    print(f"{count} inputs, seed {seed}: {values} values, {errors} errors, {crashes} crashes, {seconds:.0f} s")
    return 1 if crashes else 0


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(arguments + [100_000, 1][len(arguments) :])))
