"""HCL and its JSON form: read into one tree, evaluated as cty and HCL do it, with their words for what is wrong."""

from pytest_cicache.buildx.bake.hcl import _calls, _loops, _operators  # noqa: F401 - they teach `evaluate` their expressions
from pytest_cicache.buildx.bake.hcl._evaluation import evaluate
from pytest_cicache.buildx.bake.hcl._json_body import parse_json
from pytest_cicache.buildx.bake.hcl._parser import parse_hcl
from pytest_cicache.buildx.bake.hcl._scope import FunctionProblem, HclFunction, HclScope, Parameter
from pytest_cicache.buildx.bake.hcl._syntax import (
    Attribute,
    BakeError,
    Body,
    HclBlock,
    HclCall,
    HclExpression,
    HclLiteral,
    Span,
    Variable,
)
from pytest_cicache.buildx.bake.hcl._traversal import references, start_span, walk
from pytest_cicache.buildx.bake.hcl._types import ANY, Type, convert, read_type
from pytest_cicache.buildx.bake.hcl._values import (
    MapValue,
    SetValue,
    Value,
    ValueProblem,
    elements,
    equal,
    from_json,
    number_text,
    to_bool,
    to_json,
    to_number,
    to_text,
    type_name,
)

__all__ = [
    "ANY",
    "Attribute",
    "BakeError",
    "Body",
    "FunctionProblem",
    "HclBlock",
    "HclCall",
    "HclExpression",
    "HclFunction",
    "HclLiteral",
    "HclScope",
    "MapValue",
    "Parameter",
    "SetValue",
    "Span",
    "Type",
    "Value",
    "ValueProblem",
    "Variable",
    "convert",
    "elements",
    "equal",
    "evaluate",
    "from_json",
    "number_text",
    "parse_hcl",
    "parse_json",
    "read_type",
    "references",
    "start_span",
    "to_bool",
    "to_json",
    "to_number",
    "to_text",
    "type_name",
    "walk",
]
