"""How the page looks: beside what it shares with the page about load, the first screen, the heat map, the findings."""

from ..load.style import DARK, LIGHT
from ..load.style import STYLE as SHARED

_LIGHT = """
  --violated: #fbd3d3; --on-violated: #7d0c14; --deviates: #fde2b8; --on-deviates: #6b3f00;
  --missing: #d6e4fa; --on-missing: #173c70; --holds: #cdecd6; --on-holds: #0b4f24;
  --unseen: #e6e9ef; --on-unseen: #464d5a;
  --mark: #ffe08a; --on-mark: #3a2a00; --critical: #8f0f3a; --high: #b3201f; --medium: #9a5200; --low: #31619c;
  --info: #59606e; --focus: #1d5fbf; --faint: #c3c9d4;
"""
_DARK = """
  --violated: #5d1f26; --on-violated: #ffd9da; --deviates: #533a12; --on-deviates: #ffe3b3;
  --missing: #1f3557; --on-missing: #cfe1ff; --holds: #17422a; --on-holds: #c5f2d3;
  --unseen: #2a303a; --on-unseen: #c2c9d6;
  --mark: #6a5310; --on-mark: #fff1c2; --critical: #d3346c; --high: #d2403f; --medium: #9c5a0c; --low: #3a6cab;
  --info: #626a79; --focus: #8fbcff; --faint: #4a5260;
"""
_OWN = """
a { color: var(--first); text-underline-offset: 0.15em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--ground); padding: 0.4rem 0.8rem; z-index: 3; }
.scripted { display: none; }
html.scripting .scripted { display: revert; } html.scripting .filters.scripted { display: flex; }
[hidden] { display: none !important; }
section { scroll-margin-top: 1.8rem; } header p.soft { max-width: none; }
section section h2 { border-top: 0; margin-top: 0.8rem; padding-top: 0; } details { scroll-margin-top: 3.2rem; }
.body h3 { margin: 1.1rem 0 0.35rem; font-size: 0.95rem; }
pre { margin: 0; font: 12.5px/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; white-space: pre-wrap; }
pre, code { overflow-wrap: anywhere; unicode-bidi: isolate; }
button, select, input { font: inherit; color: var(--ink); background: var(--card); border: 1px solid var(--faint); }
button, select, input { border-radius: 5px; padding: 0.25rem 0.6rem; min-height: 1.9rem; }
button[aria-pressed=true] { background: var(--first); color: var(--ground); }
button { cursor: pointer; } button:hover { border-color: var(--first); }
ul { margin: 0.25rem 0; padding-left: 1.2rem; } li { margin: 0.15rem 0; overflow-wrap: anywhere; }
.title { display: flex; justify-content: space-between; align-items: start; gap: 1rem; }
nav { position: sticky; top: 0; z-index: 2; background: var(--ground); border-bottom: 1px solid var(--rule); }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.1rem 1.1rem; margin: 0; padding: 0.45rem 0; }
main > section:first-child h2 { border-top: 0; margin-top: 0.8rem; padding-top: 0; }
div.verdict { display: flex; align-items: center; gap: 1.1rem; padding: 0.8rem 1.1rem; background: var(--card); }
div.verdict { border-left: 0.5rem solid currentColor; border-radius: 6px; margin: 0.8rem 0 0.6rem; }
div.verdict p { display: grid; max-width: none; } div.verdict span { color: var(--ink); font-weight: 500; }
div.verdict strong { font-size: 1.9rem; line-height: 1.2; letter-spacing: 0.02em; }
div.verdict span.soft { color: var(--soft); font-weight: 400; font-size: 0.95rem; }
svg.ring { width: 6.2rem; min-width: 6.2rem; flex: none; }
svg.ring circle { fill: none; stroke-width: 9; } svg.ring .track { stroke: var(--rule); }
svg.ring .part { stroke: currentColor; transform: rotate(-90deg); transform-origin: 50px 50px; }
svg.ring text { text-anchor: middle; font-size: 30px; font-weight: 700; fill: var(--ink); }
svg.ring text.of { font-size: 13px; font-weight: 500; fill: var(--soft); }
.thirds { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 0.9rem; }
.thirds > div { background: var(--card); border-top: 4px solid currentColor; border-radius: 6px; padding: 0.3rem 1rem; }
.thirds > div > * { color: var(--ink); } .thirds h3 { margin: 0.5rem 0 0.3rem; }
.thirds p { color: var(--soft); }
.lacking { color: var(--unsure); } .good { color: var(--good); }
.badge { display: inline-block; min-width: 4.6rem; padding: 0.05rem 0.5rem; border-radius: 4px; text-align: center; }
.badge { color: #ffffff; font-size: 0.8rem; font-weight: 600; background: var(--info); }
.badge.critical { background: var(--critical); } .badge.high { background: var(--high); }
.badge.medium { background: var(--medium); } .badge.low { background: var(--low); }
.thirds .badge { min-width: 0; }
.level { font-size: 0.75rem; padding: 0 0.3rem; color: var(--soft); }
.level { border: 1px solid var(--faint); border-radius: 3px; }
.filters { flex-wrap: wrap; align-items: center; gap: 0.5rem 0.9rem; margin: 0.6rem 0; }
.filters label { display: inline-flex; align-items: center; gap: 0.35rem; color: var(--soft); max-width: 100%; }
.filters select { max-width: 13rem; } .filters input { width: 12rem; }
.count { color: var(--soft); }
.finding { margin: 0.4rem 0; border: 1px solid var(--rule); border-left: 5px solid var(--info); border-radius: 5px; }
.finding.critical { border-left-color: var(--critical); } .finding.high { border-left-color: var(--high); }
.finding.medium { border-left-color: var(--medium); } .finding.low { border-left-color: var(--low); }
.finding > summary { padding: 0.45rem 0.8rem; overflow-wrap: anywhere; }
.finding .title { display: inline; font-weight: 600; } .finding .id { color: var(--soft); }
.finding[open] > summary { border-bottom: 1px solid var(--rule); background: var(--card); }
.finding .body { padding: 0.5rem 0.9rem 0.9rem; } .finding .body p { max-width: 95ch; overflow-wrap: anywhere; }
.message { font-size: 1.02rem; font-weight: 500; }
.exchange { margin: 0.5rem 0 0.9rem; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.6rem; }
.side { background: var(--card); border: 1px solid var(--rule); border-radius: 5px; padding: 0.4rem 0.7rem; }
.side pre { max-height: 26rem; overflow: auto; } .side .start { border-bottom: 1px solid var(--rule); }
mark { background: var(--mark); color: var(--on-mark); border-radius: 2px; padding: 0 0.15rem; }
.cut { color: var(--soft); font-style: italic; }
.notes { font-size: 0.9rem; }
.copyable { position: relative; } .copyable pre { background: var(--card); border: 1px solid var(--rule); }
.copyable pre { padding: 0.6rem 5rem 0.6rem 0.7rem; border-radius: 5px; max-height: 24rem; overflow: auto; }
.copy { position: absolute; right: 0.5rem; top: 0.4rem; background: var(--ground); }
.places pre, .trail pre { background: var(--card); border-radius: 4px; padding: 0.25rem 0.5rem; margin: 0.2rem 0; }
.heat { columns: 3 21rem; column-gap: 1.4rem; margin-top: 0.8rem; }
.heat table { break-inside: avoid; margin-bottom: 1.2rem; } thead span { white-space: nowrap; }
.heat caption { font-weight: 600; color: var(--ink); } .heat table { table-layout: fixed; }
.heat th, .heat td { vertical-align: middle; padding: 1px; }
.heat th, .heat td { border-bottom: 0; text-align: center; font-size: 0.85rem; line-height: 1.3; }
.heat thead th, .duties thead th { text-align: center; }
.heat thead th, .duties thead th { font-size: 0.75rem; white-space: normal; vertical-align: bottom; }
.heat th:first-child { width: 34%; text-align: left; white-space: normal; overflow-wrap: anywhere; }
.heat a { display: block; text-decoration: none; } .heat .s { padding: 0.2rem 0; border-radius: 3px; }
.heat a:hover { outline: 2px solid var(--ink); }
.s.f, .s.e { background: var(--violated); color: var(--on-violated); font-weight: 600; }
.s.d { background: var(--deviates); color: var(--on-deviates); }
.s.m, .s.t { background: var(--missing); color: var(--on-missing); }
.s.p { background: var(--holds); color: var(--on-holds); } .s.u { background: var(--unseen); color: var(--on-unseen); }
.s.n, .s.x { color: var(--soft); }
.unseen, .duties i { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.unseen, .duties i { white-space: nowrap; }
.marks { list-style: none; display: flex; flex-wrap: wrap; gap: 0.3rem 1.1rem; padding: 0; font-size: 0.9rem; }
.marks .s { display: inline-block; min-width: 1.6rem; text-align: center; border-radius: 3px; }
.area { margin: 0.3rem 0; } .area > summary { padding: 0.3rem 0; }
.duties { table-layout: fixed; } .duties th:first-child { text-align: left; width: auto; white-space: normal; }
.duties th, .duties td { padding: 0.3rem 0.4rem; } .duties thead th:not(:first-child) { width: 3.6rem; }
.duties tbody th { overflow-wrap: anywhere; } .duties small { display: block; color: var(--soft); margin-top: 0.1rem; }
.duties td { position: relative; text-align: center; border-left: 2px solid var(--ground); }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; margin: 0.5rem 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
.priority.high { color: var(--bad); font-weight: 600; } .priority.medium { color: var(--unsure); }
figure { max-width: 44rem; }
p + .charts, dl + .charts { margin-top: 0.7rem; } .charts + .wide { margin-top: 1rem; }
.faint { color: var(--soft); }
svg rect { fill: currentColor; } svg rect.warmup { fill: var(--rule); } svg rect.silent { fill: var(--bad); }
table p { margin: 0; }
footer { margin-top: 2.5rem; border-top: 1px solid var(--rule); padding-top: 0.6rem; color: var(--soft); }
@media (max-width: 45rem) {
  .pair { grid-template-columns: 1fr; } nav { position: static; } .duties thead th:not(:first-child) { width: 2.9rem; }
  .duties th, .duties td { padding: 0.3rem 0.15rem; } .filters label, .filters input { width: 100%; }
  .filters select { flex: 1; max-width: none; } div.verdict { align-items: start; }
}
@media print {
  nav, .filters, button, .skip { display: none !important; } body { background: #ffffff; }
  .side pre, .copyable pre { max-height: none; } .finding, .exchange, .thirds > div { break-inside: auto; }
  .finding > summary { break-after: avoid; } .heat { columns: 2; }
  .exchange ~ .exchange { display: none; } pre { font-size: 8pt; } .thirds, .tiles { gap: 0.4rem; }
  .thirds { grid-template-columns: repeat(3, 1fr); } .tiles { grid-template-columns: repeat(5, 1fr); }
  details:not([open]).area, #matrix h3:has(~ #duties):not(:has(~ #duties > [open])) { display: none; }
  * { print-color-adjust: exact; }
}
"""

STYLE = (
    f"{SHARED}:root {{{_LIGHT}}}\n@media screen and (prefers-color-scheme: dark) {{ :root {{{_DARK}}} }}\n"
    f"@media screen {{ :root[data-theme=light] {{ color-scheme: light;{LIGHT}{_LIGHT}}}\n"
    f":root[data-theme=dark] {{ color-scheme: dark;{DARK}{_DARK}}} }}\n{_OWN}"
)
"""The style sheet; nothing in it is fetched from anywhere."""
