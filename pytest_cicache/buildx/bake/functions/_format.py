"""`format` and `formatlist` (go-cty cty/function/stdlib/format.go)."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from pytest_cicache.buildx.bake.hcl import (
    FunctionProblem,
    SetValue,
    Value,
    ValueProblem,
    number_text,
    to_bool,
    to_json,
    to_number,
    to_text,
)

__all__ = ["format_list", "format_text"]

_VERB = re.compile(
    r"%(?P<flags>[-+# 0]*)(?P<width>\d+)?(?:\.(?P<precision>\d+))?(?:\[(?P<index>\d+)\])?(?P<mode>[^\W\d]|%)?"
)
_MODES = "vtbdoxXeEfgGsq"


def format_text(pattern: str, *arguments: Value) -> str:
    """`pattern` with its verbs replaced. Raises ValueProblem."""
    found: list[str] = []
    place = used = 0
    highest = 0
    for match in _VERB.finditer(pattern):
        found.append(pattern[place : match.start()])
        place = match.end()
        if match["mode"] == "%":
            found.append("%")
            continue
        used = int(match["index"]) if match["index"] else used + 1
        highest = max(highest, used)
        found.append(_formatted(match, used, arguments))
    found.append(pattern[place:])
    if highest < len(arguments):
        message = f"too many arguments; only {highest} used by format string"
        raise FunctionProblem("too many arguments; no verbs in format string" if not highest else message, highest + 1)
    return "".join(found)


def format_list(pattern: str, *arguments: Value) -> Value:
    """One text for each element of the lists among the arguments. Raises ValueProblem."""
    lists = [argument for argument in arguments if isinstance(argument, (list, tuple, SetValue))]
    if not lists:
        return [format_text(pattern, *arguments)]
    length = len(lists[0])
    for index, argument in enumerate(arguments):
        if isinstance(argument, (list, tuple, SetValue)) and len(argument) != length:
            raise FunctionProblem(
                f"argument {index + 1} has length {len(argument)}, which is inconsistent with argument 1 of length "
                f"{length}",
                index + 1,
            )
    return [format_text(pattern, *(_element(argument, row) for argument in arguments)) for row in range(length)]


def _element(argument: Value, row: int) -> Value:
    return list(argument)[row] if isinstance(argument, (list, tuple, SetValue)) else argument


def _formatted(match: re.Match[str], used: int, arguments: tuple[Value, ...]) -> str:
    raw, offset, mode = match[0], match.start(), match["mode"] or ""
    if not mode:
        raise FunctionProblem(f"unrecognized format character {raw[-1:]!r} at offset {offset}", 0)
    if used > len(arguments):
        raise ValueProblem(
            f'not enough arguments for "{raw}" at {offset}: need index {used} but have {len(arguments)} total'
        )
    if mode not in _MODES:
        raise ValueProblem(f"unsupported format verb '{mode}' in \"{raw}\" at offset {offset}")
    value = arguments[used - 1]
    lead = f'unsupported value for "{raw}" at {offset}'
    if value is None and mode != "v":
        raise ValueProblem(f"{lead}: null value cannot be formatted")
    try:
        return _verb(match, mode, value)
    except ValueProblem as problem:
        raise ValueProblem(f"{lead}: {problem}") from None


def _verb(match: re.Match[str], mode: str, value: Value) -> str:
    if mode == "v":
        plain = "#" not in match["flags"] and isinstance(value, (str, Fraction)) and not isinstance(value, bool)
        return _padded(match, _general(value) if plain else to_json(value))
    if mode == "t":
        return "true" if to_bool(value) else "false"
    if mode in "sq":
        written = to_text(value)
        if match["precision"] and int(match["precision"]) > 0:
            written = written[: int(match["precision"])]
        return _padded(match, written if mode == "s" else to_json(written))
    return _numeric(match, mode, to_number(value))


def _general(value: Value) -> str:
    """Text as it is; a number as Go's %g writes it: with an exponent below -4 and from 6 digits on."""
    if isinstance(value, str):
        return value
    assert isinstance(value, Fraction)
    written = number_text(value)
    digits = written.lstrip("-")
    whole, _, rest = digits.partition(".")
    mantissa = (whole + rest).strip("0")
    exponent = len(whole) - 1 if whole != "0" else -1 - (len(rest) - len(rest.lstrip("0")))
    if not mantissa or -4 <= exponent < 6:
        return written
    tail = f".{mantissa[1:]}" if len(mantissa) > 1 else ""
    return f"{'-' if value < 0 else ''}{mantissa[0]}{tail}e{exponent:+03}"


def _padded(match: re.Match[str], written: str) -> str:
    width = int(match["width"] or 0)
    fill = "0" if "0" in match["flags"] else " "
    return written.ljust(width, fill) if "-" in match["flags"] else written.rjust(width, fill)


def _numeric(match: re.Match[str], mode: str, value: Fraction) -> str:
    flags, width, precision = match["flags"], int(match["width"] or 0), match["precision"]
    sign = "-" if value < 0 else "+" if "+" in flags else " " if " " in flags else ""
    size = abs(value)
    if mode in "bdoxX":
        if value.denominator != 1:
            raise ValueProblem("an integer is required")
        prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(mode, "") if "#" in flags else ""
        digits = prefix + format(int(size), mode)
        digits = digits.rjust(int(precision), "0") if precision else digits
    elif mode in "gG" and precision is None:
        digits = _general(size) if mode == "g" else _general(size).upper()
    else:
        writers: dict[str, Callable[[], str]] = {"f": lambda: _fixed(size, int(precision or 6))}
        digits = writers.get(mode, lambda: format(float(size), f".{precision or 6}{mode}"))()
    if "-" in flags:
        return (sign + digits).ljust(width)
    return sign + digits.rjust(width - len(sign), "0") if "0" in flags else (sign + digits).rjust(width)


def _fixed(size: Fraction, places: int) -> str:
    scaled = round(size * 10**places)
    whole, rest = divmod(scaled, 10**places)
    return f"{whole}.{rest:0{places}}" if places else str(whole)
