"""The template of the HTML report: no script, colours by the reader's scheme, one column on a narrow screen."""

from __future__ import annotations

__all__ = ["PAGE"]

_STYLE = """
:root {
  color-scheme: light dark;
  --text: #1f2328; --soft: #59636e; --back: #ffffff; --card: #f6f8fa; --line: #d1d9e0; --link: #0969da;
  --good: #1a7f37; --bad: #cf222e; --odd: #9a6700; --none: #59636e;
  --good-back: #dafbe1; --bad-back: #ffebe9; --odd-back: #fff8c5; --none-back: #eaeef2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --soft: #9198a1; --back: #0d1117; --card: #151b23; --line: #3d444d; --link: #58a6ff;
    --good: #3fb950; --bad: #ff7b72; --odd: #d29922; --none: #9198a1;
    --good-back: #12261e; --bad-back: #2d1316; --odd-back: #272115; --none-back: #212830;
  }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem 1rem 4rem; background: var(--back); color: var(--text);
  font: 15px/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
a { color: var(--link); text-decoration: none } a:hover { text-decoration: underline }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
h1 { font-size: 1.6rem; margin: 0 0 .3rem } h2 { font-size: 1.2rem; margin: 2.2rem 0 .7rem }
h3 { font-size: 1rem; margin: 0; overflow-wrap: break-word } h4 { font-size: .85rem; margin: 1.1rem 0 .35rem }
h4 { color: var(--soft); font-weight: 600 }
code, pre, .name { font: 12.5px/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.facts { color: var(--soft); display: flex; flex-wrap: wrap; gap: 0 1.2rem }
.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem; margin: 1.2rem 0 }
.total { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .55rem .8rem }
.total b { display: block; font-size: 1.25rem; line-height: 1.3; white-space: nowrap }
.total span { color: var(--soft); font-size: .82rem }
.good { color: var(--good) } .bad { color: var(--bad) } .odd { color: var(--odd) } .none { color: var(--none) }
.badge { border-radius: 1rem; font-size: .78rem; font-weight: 600; padding: .1rem .6rem; white-space: nowrap }
.badge.good { background: var(--good-back) } .badge.bad { background: var(--bad-back) }
.badge.odd { background: var(--odd-back) } .badge.none { background: var(--none-back) }
.failure { background: var(--bad-back); border-left: 4px solid var(--bad); border-radius: .3rem; margin: .6rem 0;
  padding: .6rem .9rem; overflow-wrap: break-word }
.failure p { margin: .2rem 0 }
.card { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: .9rem 1rem }
.head { align-items: baseline; display: flex; flex-wrap: wrap; gap: .3rem .7rem }
.run { border-top: 1px solid var(--line); margin-top: .8rem; padding-top: .8rem }
details { margin: .5rem 0 } summary { cursor: pointer; color: var(--soft) }
details > .run { border-left: 3px solid var(--line); border-top: 0; margin-left: .2rem; padding: .2rem 0 .2rem .9rem }
table { border-collapse: collapse; width: 100%; font-size: .85rem }
th { color: var(--soft); font-weight: 600 }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top }
td.why { color: var(--soft); overflow-wrap: break-word }
.matrix td, .matrix th { padding: .4rem .7rem .4rem 0 }
ul { margin: .2rem 0; padding-left: 1.2rem } li { overflow-wrap: break-word }
pre { background: var(--card); border-radius: .4rem; margin: .4rem 0; padding: .7rem; white-space: pre-wrap;
  overflow-wrap: break-word }
svg { display: block; height: auto; margin: .6rem 0; max-width: 100% }
svg text { fill: var(--text); font: 12px system-ui, "DejaVu Sans", sans-serif }
svg rect { fill: var(--card); stroke: var(--line) } svg line { stroke: var(--soft) }
svg .good { fill: var(--good) } svg .bad { fill: var(--bad) }
svg .odd { fill: var(--odd) } svg .none { fill: var(--none) }
.traffic { display: flex; flex-wrap: wrap; gap: 2px; margin: .3rem 0 }
.traffic i { border-radius: 2px; height: 14px; width: 8px }
.traffic .good { background: var(--good) } .traffic .bad { background: var(--bad) }
.traffic .odd { background: var(--odd) } .traffic .none { background: var(--none) }
@media (max-width: 640px) {
  body { padding: 1rem .7rem 3rem } .card { padding: .7rem }
  thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; width: 1px }
  table, tbody, tr { display: block } td { border: 0; display: block; padding: .05rem 0 }
  tr { border-bottom: 1px solid var(--line); display: block; padding: .4rem 0 }
  td[data-label]::before { color: var(--soft); content: attr(data-label) ": " }
  td:empty { display: none }
}
@media print { details > * { display: block } }
"""

_RUN = """
{% macro badge(word, mood) %}<span class="badge {{ mood }}">{{ word }}</span>{% endmacro %}
{% macro name(text, length=40) %}
<span class="name" title="{{ text }}">{{ text | middle(length) }}</span>
{%- endmacro %}

{% macro why(test) %}
{% if test.where %}<code>{{ test.where | breakable }}</code> {% endif %}{{ (test.reason or "") | breakable }}
{%- endmacro %}

{% macro jobs(run) %}
{% if run.graph %}
<svg viewBox="-1 -1 {{ run.graph.width + 2 }} {{ run.graph.height + 2 }}" width="{{ run.graph.width + 2 }}" role="img"
  aria-label="The jobs, each below those it waits for">
{% for x1, y1, x2, y2 in run.graph.lines %}
<line x1="{{ x1 }}" y1="{{ y1 }}" x2="{{ x2 }}" y2="{{ y2 }}"/>
{% endfor %}
{% for box in run.graph.boxes %}
<g><title>{{ box.title }}: {{ box.conclusion }}</title>
<rect x="{{ box.x }}" y="{{ box.y }}" width="{{ run.graph.box_width }}" height="{{ run.graph.box_height }}" rx="6"/>
<circle class="{{ box.conclusion | mood }}" cx="{{ box.x + 14 }}" cy="{{ box.y + 17 }}" r="5"/>
<text x="{{ box.x + 25 }}" y="{{ box.y + 21 }}">{{ box.name }}</text></g>
{% endfor %}
</svg>
{% endif %}
{% endmacro %}

{% macro job(item) %}
<h4>Job {{ item.name }} {{ badge(item.conclusion, item.conclusion | mood) }}</h4>
{% if item.reason %}<p>{{ item.reason }}</p>{% endif %}
{% if item.token.because %}
<details><summary>token: packages {{ item.token.permissions.packages or "none" }}</summary>
<ul>{% for reason in item.token.because.packages or [] %}<li>{{ reason | breakable }}</li>{% endfor %}</ul></details>
{% endif %}
{% if item.steps %}
<details><summary>{{ item.steps | length }} steps</summary>
<table><thead><tr><th>step</th><th>ended</th><th>how</th><th>note</th></tr></thead><tbody>
{% for step in item.steps %}
<tr><td>{{ name(step.name.split("\\n")[0]) }}</td>
<td>{{ badge(step.conclusion, step.conclusion | mood) }}</td>
<td data-label="how">{{ step.mode }}</td><td class="why">{{ (step.note or "") | breakable }}</td></tr>
{% endfor %}
</tbody></table></details>
{% endif %}
{% if item.operations %}
<table><thead><tr><th>registry and caches</th><th>what</th><th>came to</th><th>where</th></tr></thead><tbody>
{% for done in item.operations %}
<tr><td>{{ done.op }}</td><td>{{ name(done.ref or ("%s:%s" | format(done.type, done.scope))) }}</td>
{% set status = " " ~ done.status if done.result == "denied" and done.status else "" %}
<td>{{ badge(done.result ~ status, done.result | mood) }}
{% if done.fatal %}<span class="bad">fails the build</span>{% endif %}</td>
<td data-label="where">{{ name(done.where, 48) }}</td></tr>
{% endfor %}
</tbody></table>
{% endif %}
{% for build in item.builds %}
<details{% if build.misses %} open{% endif %}>
<summary>build {{ build.dockerfile }}{% if build.target %} target {{ build.target }}{% endif %}:
{{ build.hits }} of {{ build.vertices | length }} steps cached</summary>
<table><thead><tr><th>build step</th><th>cached</th><th>from or why not</th></tr></thead><tbody>
{% for vertex in build.vertices %}
{% set word = "cached" if vertex.cached else "unknown" if vertex.cached is none else "ran" %}
<tr><td>{{ name(vertex.name, 48) }}</td>
<td>{{ badge(word, "good" if vertex.cached else "odd") }}</td>
<td class="why">
{%- if vertex.source %}{{ name(vertex.source) }}
{%- elif vertex.why and not loop.first and loop.previtem.why == vertex.why %}the same
{%- elif vertex.why %}{{ vertex.why.what | breakable }}{% endif %}</td></tr>
{% endfor %}
</tbody></table></details>
{% endfor %}
{% endmacro %}

{% macro traffic(run) %}
{% if run.requests %}
<h4>Requests to registries, in order</h4>
<div class="traffic">
{%- for item in run.requests %}<i class="{{ item.status | mood }}"
title="{{ item.purpose }}: {{ item.method }} {{ item.name }} {{ item.reference or "" }}: {{ item.status }}"></i>
{%- endfor %}</div>
<details><summary>{{ run.requests | length + run.more_requests }} requests</summary>
<table><thead><tr><th>for</th><th>request</th><th>status</th><th>size</th></tr></thead><tbody>
{% for item in run.requests %}
<tr><td>{{ item.purpose }}</td><td>{{ name(item.method ~ " " ~ item.name ~ " " ~ (item.reference or ""), 48) }}</td>
<td>{{ badge(item.status, item.status | mood) }}</td><td data-label="size">{{ item.bytes | size }}</td></tr>
{% endfor %}
</tbody></table>
{% if run.more_requests %}<p>{{ run.more_requests }} more are not shown.</p>{% endif %}</details>
{% endif %}
{% endmacro %}

{% macro show(run) %}
{% set data = run.entry.data %}
<div class="run" id="{{ run.anchor }}">
<div class="head"><b>{{ data.scenario.workflow }} on {{ data.scenario.event }}</b>
{{ badge(run.word, run.mood) }}
{% if run.entry.sha %}<code class="none">{{ run.entry.sha[:7] }}</code>{% endif %}
<span class="none">{{ data.bytes.uploaded | size }} sent, {{ data.bytes.downloaded | size }} received</span></div>
{% if data.reason and not data.triggered %}<p>{{ data.reason }}</p>{% endif %}
{% if data.error %}<pre>{{ data.error }}</pre>{% endif %}
{{ jobs(run) }}
{% for item in data.jobs %}{{ job(item) }}{% endfor %}
{{ traffic(run) }}
{% if data.tags %}
<h4>Tags</h4>
<table><thead><tr><th>package</th><th>before</th><th>after</th></tr></thead><tbody>
{% for package, change in data.tags.items() %}
<tr><td>{{ name(package) }}</td>
<td data-label="before">{% for tag in change.before %}<div>{{ name(tag) }}</div>{% endfor %}</td>
<td data-label="after">{% for tag in change.after %}
<div>{{ name(tag) }}
{%- if tag in change.added %} <span class="good">added</span>
{%- elif tag in change.moved %} <span class="odd">moved</span>
{%- endif %}</div>
{% endfor %}
{% for tag in change.removed %}<div>{{ name(tag) }} <span class="bad">removed</span></div>{% endfor %}
{% for tag in change.uncertain %}<div>{{ name(tag) }} <span class="odd">uncertain</span></div>{% endfor %}</td></tr>
{% endfor %}
</tbody></table>
{% endif %}
{% if data.assumptions %}
<h4>Assumed</h4>
<ul>
{% for item in data.assumptions %}
<li><code>{{ item.where | breakable }}</code> {{ item.what | breakable }}</li>
{% endfor %}
</ul>
{% endif %}
<details><summary>the story</summary><pre>{{ run.entry.lines | join("\\n") }}</pre></details>
</div>
{% endmacro %}
"""

_BODY = (
    """
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Image caches in CI{% if facts.repository %} of {{ facts.repository }}{% endif %}</title>
<style>"""
    + _STYLE
    + """</style>
</head>
<body>
<header>
<h1>Image caches in CI</h1>
<div class="facts">{% for label, value in facts.items() %}<span>{{ label }} <b>{{ value }}</b></span>{% endfor %}</div>
<div class="totals">
{% for label, value, mood in totals %}
<div class="total"><b class="{{ mood if mood != "none" else "" }}">{{ value }}</b><span>{{ label }}</span></div>
{% endfor %}
</div>
</header>
<main>
{% for shown in tests if shown.is_bad %}
{% if loop.first %}<section><h2>What failed</h2>{% endif %}
<div class="failure"><p><a href="#{{ shown.anchor }}">{{ shown.test.test | breakable }}</a>
{{ badge(shown.test.outcome, "bad") }}</p>
<p>{{ why(shown.test) }}</p></div>
{% if loop.last %}</section>{% endif %}
{% endfor %}
{% if matrix.rows %}
<section><h2>Workflows and events</h2>
<table class="matrix"><thead><tr><th>workflow</th>{% for event in matrix.events %}<th>{{ event }}</th>{% endfor %}</tr>
</thead><tbody>
{% for workflow, cells in matrix.rows.items() %}
<tr><td><b>{{ workflow }}</b></td>
{% for event in matrix.events %}
<td data-label="{{ event }}">
{%- for word, runs in cells.get(event, {}).items() -%}
<a href="#{{ runs[0].anchor }}" class="{{ runs[0].mood }}">{{ word }}{% if runs | length > 1 %} × {{ runs | length }}
{%- endif %}</a>{% if not loop.last %}, {% endif %}
{%- endfor -%}
</td>
{% endfor %}</tr>
{% endfor %}
</tbody></table></section>
{% endif %}
<section><h2>Tests</h2>
{% for shown in tests %}
<article class="card" id="{{ shown.anchor }}">
<div class="head"><h3 title="{{ shown.test.test }}">{{ shown.test.test | breakable }}</h3>
{{ badge(shown.test.outcome, shown.test.outcome | mood) }}</div>
{% if shown.is_bad %}
<p>{{ why(shown.test) }}</p>
{% endif %}
{% if shown.last %}
{{ show(shown.last) }}
{% if shown.seeds %}
<details><summary>{{ shown.seeds | length }} run{{ "s" if shown.seeds | length > 1 }} before it</summary>
{% for seed in shown.seeds %}{{ show(seed) }}{% endfor %}
</details>
{% endif %}
{% endif %}
</article>
{% endfor %}
</section>
</main>
</body>
</html>
"""
)

PAGE = _RUN + _BODY
