"""Encodings, digests and addresses (hashicorp/go-cty-funcs; go-cty cty/function/stdlib/csv.go, json.go)."""

from __future__ import annotations

import base64
import binascii
import csv
import hashlib
import ipaddress
import uuid
from collections.abc import Mapping
from fractions import Fraction
from urllib.parse import quote_plus

from pytest_cicache.buildx.bake.functions._parameters import function, nullable, number, text, whole
from pytest_cicache.buildx.bake.hcl import HclFunction, Value, ValueProblem, from_json, to_json
from pytest_cicache.errors import UnsupportedError

__all__ = ["ENCODINGS"]

_NAMESPACES = {
    "dns": uuid.NAMESPACE_DNS,
    "url": uuid.NAMESPACE_URL,
    "oid": uuid.NAMESPACE_OID,
    "x500": uuid.NAMESPACE_X500,
}


def _decode64(written: str) -> str:
    try:
        return base64.b64decode(written, validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValueProblem(f'failed to decode base64 data "{written}"') from None


def _csv(written: str) -> Value:
    rows = list(csv.reader(written.splitlines()))
    if not rows:
        raise ValueProblem("missing header line")
    header = rows[0]
    found: list[Value] = []
    for row in rows[1:]:
        if row:
            if len(row) != len(header):
                raise ValueProblem("wrong number of fields")
            found.append(dict(zip(header, row, strict=True)))
    return found


def _json(written: str) -> Value:
    try:
        return from_json(written)
    except ValueError as error:
        raise ValueProblem(str(error)) from None


def _uuid5(namespace: str, name: str) -> str:
    space = _NAMESPACES.get(namespace)
    if space is None:
        try:
            space = uuid.UUID(namespace)
        except ValueError as error:
            raise ValueProblem(f"uuidv5() doesn't support namespace {namespace} ({error})") from None
    return str(uuid.uuid5(space, name))


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(prefix: str) -> _Network:
    try:
        return ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        raise ValueProblem(f"invalid CIDR expression: invalid CIDR address: {prefix}") from None


def _host(prefix: str, wanted: Fraction) -> str:
    network, place = _network(prefix), whole(wanted)
    size = network.num_addresses
    if not -size <= place < size:
        raise ValueProblem(f"prefix of {network.prefixlen} does not accommodate a host numbered {place}")
    return str(network[place])


def _netmask(prefix: str) -> str:
    return str(_network(prefix).netmask)


def _subnet(prefix: str, bits: Fraction, wanted: Fraction) -> str:
    network, longer, place = _network(prefix), whole(bits), whole(wanted)
    length = network.prefixlen + longer
    if length > network.max_prefixlen:
        raise ValueProblem(f"insufficient address space to extend prefix of {network.prefixlen} by {longer}")
    if not 0 <= place < 2**longer:
        raise ValueProblem(f"prefix extension of {longer} does not accommodate a subnet numbered {place}")
    return _sub(network, int(network.network_address) + place * 2 ** (network.max_prefixlen - length), length)


def _sub(network: _Network, start: int, length: int) -> str:
    kind = ipaddress.IPv4Network if network.version == 4 else ipaddress.IPv6Network
    return str(kind((start, length)))


def _subnets(prefix: str, *bits: Fraction) -> Value:
    network = _network(prefix)
    start, found = int(network.network_address), list[Value]()
    for count in bits:
        length = network.prefixlen + whole(count)
        size = 2 ** (network.max_prefixlen - length)
        start = -(-start // size) * size
        if start + size > int(network.network_address) + network.num_addresses:
            raise ValueProblem(f"not enough remaining address space for a subnet with a prefix of {length} bits")
        found.append(_sub(network, start, length))
        start += size
    return found


def _unsupported(name: str) -> HclFunction:
    def run(*values: Value) -> Value:
        raise UnsupportedError(f"the function '{name}' of bake files is not simulated; put its result into a variable")

    return function(run, more=nullable("value"))


ENCODINGS: Mapping[str, HclFunction] = {
    "base64decode": function(_decode64, text("str")),
    "base64encode": function(lambda value: base64.b64encode(value.encode()).decode(), text("str")),
    "bcrypt": _unsupported("bcrypt"),
    "cidrhost": function(_host, text("prefix"), number("hostnum")),
    "cidrnetmask": function(_netmask, text("prefix")),
    "cidrsubnet": function(_subnet, text("prefix"), number("newbits"), number("netnum")),
    "cidrsubnets": function(_subnets, text("prefix"), more=number("newbits")),
    "csvdecode": function(_csv, text("str")),
    "jsondecode": function(_json, text("str")),
    "jsonencode": function(to_json, nullable("val")),
    "md5": function(lambda value: hashlib.md5(value.encode()).hexdigest(), text("str")),  # noqa: S324 - their function
    "rsadecrypt": _unsupported("rsadecrypt"),
    "sha1": function(lambda value: hashlib.sha1(value.encode()).hexdigest(), text("str")),  # noqa: S324 - theirs too
    "sha256": function(lambda value: hashlib.sha256(value.encode()).hexdigest(), text("str")),
    "sha512": function(lambda value: hashlib.sha512(value.encode()).hexdigest(), text("str")),
    "urlencode": function(quote_plus, text("str")),
    "uuidv5": function(_uuid5, text("namespace"), text("name")),
}
