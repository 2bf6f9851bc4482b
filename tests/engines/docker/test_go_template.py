"""Templates of `--format`."""

from __future__ import annotations

import pytest

from pytest_cicache.engines.docker._go_template import render_template
from pytest_cicache.errors import UnsupportedError

DATA = {
    "Name": "n",
    "Config": {"Labels": {"org.x/y": "<v>"}, "Env": ["A=1", "B=2"]},
    "list": [{"digest": "d0", "ok": True}, {"digest": "d1", "ok": False}],
    "none": None,
    "number": 3,
}


@pytest.mark.parametrize(
    ("template", "shown"),
    [
        pytest.param("plain", "plain", id="text"),
        pytest.param("{{.Name}}-{{ .Name }}", "n-n", id="field"),
        pytest.param("{{.Config.Env}}", "[A=1 B=2]", id="list"),
        pytest.param("{{.Config.Labels}}", "map[org.x/y:<v>]", id="map"),
        pytest.param("{{.none}} {{.number}} {{.missing}}", "<no value> 3 ", id="nothing"),
        pytest.param("{{json .Config}}", '{"Labels":{"org.x/y":"<v>"},"Env":["A=1","B=2"]}', id="json"),
        pytest.param("{{.Config.Env | json}}", '["A=1","B=2"]', id="pipe"),
        pytest.param('{{index .Config.Labels "org.x/y"}}', "<v>", id="index of a map"),
        pytest.param("{{(index .List 1).Digest}}", "d1", id="index of a list, and its field"),
        pytest.param("{{range .List}}{{.Digest}},{{end}}", "d0,d1,", id="range"),
        pytest.param("{{range .List}}{{$.Name}}{{end}}", "nn", id="root"),
        pytest.param("{{range .missing}}x{{else}}y{{end}}", "y", id="range over nothing"),
        pytest.param("{{range .List}}{{if .ok}}+{{else}}-{{end}}{{end}}", "+-", id="if"),
        pytest.param('{{if eq .Name "n"}}yes{{end}}', "yes", id="eq"),
        pytest.param("a {{- .Name -}} b", "anb", id="trim"),
        pytest.param('{{join .Config.Env ";"}} {{len .List}} {{upper .Name}}', "A=1;B=2 2 N", id="functions"),
        pytest.param('{{index (split .Name "n") 0}}', "", id="nested call"),
        pytest.param("{{not .missing}}", "true", id="boolean"),
    ],
)
def test_a_template_is_filled_in(template, shown):
    """As Go does."""
    assert render_template(template, DATA) == shown


def test_json_with_an_indent_is_escaped():
    """buildx's `json` is Go's encoder as it is."""
    shown = render_template("{{json .Config.Labels}}", DATA, indent=2)

    assert shown == '{\n  "org.x/y": "\\u003cv\\u003e"\n}'


@pytest.mark.parametrize(
    "template",
    [
        "{{frobnicate .Name}}",
        "{{.Name.More}}",
        "{{range .List}}",
        "{{}}",
        "{{index .List 7}}",
        "{{.Name + 1}}",
        "{{(.a}}",
    ],
)
def test_what_is_not_known_is_named(template):
    """Anything else is no guess."""
    with pytest.raises(UnsupportedError, match="is not simulated"):
        render_template(template, DATA)
