"""How the page looks: in light, in dark, on a narrow screen and on paper."""

LIGHT = """
  --ground: #ffffff; --card: #f6f7f9; --ink: #16181d; --soft: #5b6270; --rule: #d9dde4;
  --first: #1d5fbf; --second: #b4530a; --third: #8a5fb0; --fourth: #0b7a6f; --bad: #c0262d; --good: #1a7a37;
  --unsure: #8a6100;
"""
DARK = """
  --ground: #111418; --card: #1a1e25; --ink: #e7eaf0; --soft: #a0a8b6; --rule: #343b47;
  --first: #6ea8fe; --second: #f0a35e; --third: #c4a1ec; --fourth: #4fd0c1; --bad: #ff7b80; --good: #63d188;
  --unsure: #e5b94d;
"""
"""The colours on light ground and on dark."""
_REST = """
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem clamp(0.75rem, 3vw, 2rem) 3rem; max-width: 84rem;
  background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif;
}
h1 { font-size: 1.5rem; margin: 0 0 0.25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 0.75rem; padding-top: 1rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.75rem 0 0.5rem; }
p { margin: 0.25rem 0; max-width: 75ch; }
.soft, .unit, caption { color: var(--soft); }
.unit { font-weight: normal; font-size: 0.85rem; }
.verdict { font-size: 1.1rem; font-weight: 600; margin: 0.75rem 0; }
.pass { color: var(--good); } .fail { color: var(--bad); } .unsure { color: var(--unsure); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.6rem; margin: 1rem 0; }
.tiles div { background: var(--card); border-radius: 6px; padding: 0.6rem 0.8rem; }
.tiles dt { color: var(--soft); font-size: 0.85rem; }
.tiles dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles small { display: block; font-size: 0.8rem; font-weight: normal; color: var(--soft); }
p.warning { font-weight: 600; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.3rem; }
th, td { text-align: right; padding: 0.3rem 0.7rem; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
th:not(.text), td:not(.text) { white-space: nowrap; }
tbody th { color: var(--ink); font-weight: normal; }
th:first-child, td:first-child, .text { text-align: left; }
.text { overflow-wrap: anywhere; min-width: 8rem; }
code { font: 0.9em ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); gap: 1rem; }
figure { margin: 0; padding: 0.8rem; background: var(--card); border-radius: 6px; break-inside: avoid; }
figure h3 { margin: 0; }
.legend { list-style: none; margin: 0.2rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; }
.legend { font-size: 0.85rem; overflow-wrap: anywhere; }
.legend li::before {
  content: ""; display: inline-block; width: 1.3rem; margin-right: 0.4rem; vertical-align: middle;
  border-top: 3px solid currentColor;
}
.legend .offered::before, .legend .limit::before { border-top-style: dashed; border-top-width: 2px; }
.legend .warmup::before, .legend .silent::before { border-top-width: 0.7rem; opacity: 0.5; width: 0.9rem; }
.legend .warmup::before { border-top-color: var(--rule); opacity: 1; }
.warmup { color: var(--soft); } .silent { color: var(--bad); }
.first { color: var(--first); } .second { color: var(--second); } .third { color: var(--third); }
.fourth { color: var(--fourth); } .bad { color: var(--bad); } .offered, .limit { color: var(--soft); }
.plot { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 26rem; height: auto; }
svg text { font-size: 12px; fill: var(--soft); }
svg .end { text-anchor: end; } svg .middle { text-anchor: middle; } svg .note { font-size: 11px; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg path { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; }
svg circle { fill: currentColor; }
svg path.area { fill: currentColor; fill-opacity: 0.14; stroke: none; }
svg .limit { stroke: var(--soft); stroke-width: 1.4; stroke-dasharray: 6 4; }
svg .offered { stroke-dasharray: 5 4; stroke-width: 1.6; }
svg .warmup { fill: var(--rule); fill-opacity: 0.45; } svg .silent { fill: var(--bad); fill-opacity: 0.13; }
h3 + .wide { margin-top: 0; }
details { margin: 1rem 0; } summary { cursor: pointer; }
@media print {
  :root { --ground: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444; --rule: #bbbbbb; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .charts { grid-template-columns: 1fr 1fr; } figure { border: 1px solid var(--rule); }
  h2, h3 { break-after: avoid; } tr { break-inside: avoid; } svg { min-width: 0; } .wide, .plot { overflow: visible; }
}
"""

STYLE = (
    f":root {{ color-scheme: light dark;{LIGHT}}}\n"
    f"@media screen and (prefers-color-scheme: dark) {{ :root {{{DARK}}} }}{_REST}"
)
"""The style sheet; nothing in it is fetched from anywhere."""
