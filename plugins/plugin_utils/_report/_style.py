# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page's style sheet. The page's policy admits exactly this text, by its hash."""

from __future__ import annotations

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2330; --soft: #566072; --line: #dfe3ea; --fill: #eef1f5; --link: #0b57a4;
  --fail: #b3261e; --fail-bg: #fdebe9; --unknown: #8a5300; --unknown-bg: #fdf1dc; --manual: #2a57a5; --manual-bg: #e7effb;
  --waived: #6b4a9c; --waived-bg: #f1ebfa; --na: #566072; --na-bg: #eceff3; --pass: #1d6b3f; --pass-bg: #e4f4ea;
  --bar-fail: #c8382e; --bar-unknown: #dd9a2b; --bar-manual: #7ea3dc; --bar-waived: #a98bd0; --bar-na: #c6ccd6; --bar-pass: #4fa174;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1a2028; --ink: #e4e8ee; --soft: #9ba6b5; --line: #2d3642; --fill: #222a34; --link: #7fb6f2;
    --fail: #ff9c92; --fail-bg: #43201d; --unknown: #f2bd68; --unknown-bg: #3b2c12; --manual: #9cc1f7; --manual-bg: #1d2f4b;
    --waived: #c9aef0; --waived-bg: #33274a; --na: #a6b0be; --na-bg: #29313c; --pass: #7fd3a3; --pass-bg: #17382a;
    --bar-fail: #dc5a50; --bar-unknown: #d69a3a; --bar-manual: #5780bd; --bar-waived: #8a6bb8; --bar-na: #4a5462; --bar-pass: #439468;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
    "Helvetica Neue", "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums;
}
main, .top, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
h1, h2, h3, h4, p, dl, dd, ul, ol { margin: 0; padding: 0; }
h1 { font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -.015em; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; font-weight: 650; margin: 2.25rem 0 .7rem; }
h3 { font-size: 1rem; font-weight: 650; }
small { font-size: .87rem; font-weight: 400; color: var(--soft); margin-left: .45em; }
a { color: var(--link); text-underline-offset: .15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code, pre { font-family: var(--mono); font-size: .86em; }
code { overflow-wrap: anywhere; }
pre { background: var(--fill); border: 1px solid var(--line); border-radius: 6px; padding: .55rem .7rem; margin: .2rem 0 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
td { overflow-wrap: anywhere; }
th, td { text-align: left; vertical-align: top; font-weight: inherit; padding: .3rem .9rem .3rem 0; }
thead th { font-size: .8rem; color: var(--soft); padding-bottom: .1rem; }
/* Letters that run from right to left in a name must not turn round what stands beside it. */
.name { unicode-bidi: isolate; overflow-wrap: anywhere; }
.strong { font-weight: 600; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; z-index: 9; }
.top { padding-top: 2rem; }
.kicker { color: var(--soft); font-size: .9rem; margin-bottom: .15rem; }
.note { color: var(--soft); margin: .6rem 0; }
.plain { list-style: none; }

.banner { border: 1px solid; border-left-width: 6px; border-radius: 8px; padding: .85rem 1.1rem; margin-top: 1.25rem; }
.banner h2 { margin: 0 0 .15rem; font-size: 1.05rem; }
.banner table { margin-top: .5rem; }
.banner td, .banner th, .banner p, .banner li { color: var(--ink); }
.banner thead th { color: var(--soft); }
.banner.long { max-height: 32rem; overflow-y: auto; }
.banner tbody th { font-weight: 600; }
.banner tbody th, .banner tbody td:nth-child(2) { white-space: nowrap; }
.banner tbody th.name { white-space: normal; width: 24%; }
.banner td:nth-child(2) { width: 7rem; }
.banner td:last-child { overflow-wrap: anywhere; }
.replay { border-color: var(--waived); background: var(--waived-bg); color: var(--waived); }
.lost { border-color: var(--fail); background: var(--fail-bg); color: var(--fail); }

.summary { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.3rem; margin-top: 1.25rem; }
.score { display: flex; flex-wrap: wrap; gap: .3rem 3rem; margin-bottom: .9rem; }
.score p { display: flex; align-items: baseline; gap: .6rem; }
.figure { font-size: 2.4rem; line-height: 1.1; font-weight: 650; letter-spacing: -.02em; }
.soft, .of { color: var(--soft); }
.bar { display: block; width: 100%; height: .7rem; border-radius: 4px; background: var(--fill); }
rect.s-fail, .dot.s-fail { fill: var(--bar-fail); background: var(--bar-fail); }
rect.s-unknown, .dot.s-unknown { fill: var(--bar-unknown); background: var(--bar-unknown); }
rect.s-manual, .dot.s-manual { fill: var(--bar-manual); background: var(--bar-manual); }
rect.s-waived, .dot.s-waived { fill: var(--bar-waived); background: var(--bar-waived); }
rect.s-not_applicable, .dot.s-not_applicable { fill: var(--bar-na); background: var(--bar-na); }
rect.s-pass, .dot.s-pass { fill: var(--bar-pass); background: var(--bar-pass); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.5rem; margin-top: .65rem; font-size: .93rem; }
.dot { display: inline-block; width: .7rem; height: .7rem; border-radius: 3px; margin-right: .45rem; print-color-adjust: exact; }
.legend .nil { color: var(--soft); }

.first { list-style: none; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.first li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1.5rem; padding: .42rem 1.1rem; }
.first li + li { border-top: 1px solid var(--line); }
.first a { display: flex; text-decoration: none; color: inherit; font-weight: 500; }
.first a:hover { text-decoration: underline; }
.facts { color: var(--soft); font-size: .9rem; }
.number { display: inline-block; flex: none; min-width: 3.4rem; color: var(--soft); font-weight: 500; }

details > summary { cursor: pointer; list-style: none; }
details > summary::-webkit-details-marker { display: none; }
.hosts, .chapter { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.hosts { overflow: hidden; }
.hosts.long { max-height: 38rem; overflow-y: auto; }
.hosts.long .head { position: sticky; top: 0; background: var(--card); z-index: 1; }
.row { display: grid; align-items: baseline; gap: 0 .9rem; padding: .42rem 1.1rem;
  grid-template-columns: .7rem minmax(9rem, 1.5fr) minmax(7rem, 1fr) 11rem repeat(6, 3.9rem); }
.row.head { font-size: .8rem; color: var(--soft); border-bottom: 1px solid var(--line); }
.n { text-align: right; }
.row .label { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
a.row { color: inherit; text-decoration: none; }
a.row:hover { background: var(--fill); }
/* Of thousands of rows, a browser lays out those that are in sight. */
.rows { content-visibility: auto; contain-intrinsic-size: auto 230rem; }
.rows[hidden], .row.host[hidden] { display: none; }
.row.host.failed, .row.host.unreachable { background: var(--fail-bg); }
.alone, .own { padding: 0 1.1rem; }
.alone { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding-bottom: .9rem; margin-top: 1.25rem; }
.alone h2 { margin-top: .9rem; }
.own { padding-top: .6rem; padding-bottom: .6rem; }
.own + .own { border-top: 1px solid var(--line); }
.host + .host, .rows:not([hidden]) ~ .rows { border-top: 1px solid var(--line); }
.host > summary:hover, .rule > summary:hover { background: var(--fill); }
.mark::before, .rule > summary::before { content: ""; display: inline-block; width: .4rem; height: .4rem; border: solid var(--soft);
  border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); transition: transform .12s; }
[open] > summary .mark::before, .rule[open] > summary::before { transform: rotate(45deg); }
.engine, .rate span { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.engine.warn { color: var(--unknown); font-weight: 600; }
.rate span { margin-left: .4rem; }
.nil { color: var(--soft); }
.c-fail:not(.nil) { color: var(--fail); font-weight: 650; }
.c-unknown:not(.nil) { color: var(--unknown); font-weight: 600; }
.host.failed > summary, .host.unreachable > summary { background: var(--fail-bg); }
.lostnote { grid-column: 3 / -1; color: var(--fail); font-weight: 600; }
.tag { font-style: normal; font-size: .78rem; font-weight: 600; color: var(--waived); background: var(--waived-bg); border-radius: 4px; padding: .05rem .4rem; }
.host .inside { padding: .3rem 1.1rem 1rem 2.7rem; }
.facts-list { display: flex; flex-wrap: wrap; gap: .35rem 2rem; margin: .3rem 0 .7rem; }
.facts-list dt, .caption { font-size: .8rem; color: var(--soft); }
.facts-list dd { overflow-wrap: anywhere; }
.open-rules { margin: .35rem 0; line-height: 1.75; }
.open-rules a { margin-left: .35rem; }
.inside h3, .alone h3 { font-size: .93rem; margin: .8rem 0 .2rem; }
.gaps div { display: grid; grid-template-columns: minmax(10rem, 18rem) 1fr; gap: 0 1rem; padding: .12rem 0; font-size: .93rem; }
.gaps dd { overflow-wrap: anywhere; }
.links { margin-top: .7rem; display: flex; gap: 1rem; align-items: center; }
.links:empty { display: none; }

.by-section { margin-top: .6rem; }
.by-section .mark { margin: 0 .5rem 0 .2rem; }
.by-section > summary { color: var(--soft); font-size: .93rem; padding: .2rem 0; }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .5rem 1.1rem .8rem; }
.wide caption { text-align: left; margin: 0 0 .3rem; }
.wide td, .wide th { padding: .25rem .6rem; font-size: .9rem; }
.wide td { text-align: center; overflow-wrap: normal; border: 2px solid var(--card); border-radius: 6px; print-color-adjust: exact; }
.wide tbody th { font-weight: 600; min-width: 12rem; }
.wide .ids td, .wide .limits td { text-align: left; border: 0; vertical-align: top; }
.ids td:nth-child(2) { min-width: 13rem; }
.ids .drawn { min-width: 10rem; width: 50%; }
.limits td { min-width: 6rem; }
.ids .bar { height: 1rem; margin-top: .2rem; }
.limits .tag { margin-left: .3rem; }
.k-system { fill: var(--bar-manual); }
.k-daemon { fill: var(--bar-pass); }
.k-containers { fill: var(--bar-waived); }
.k-user, .k-account { fill: var(--bar-unknown); }
.k-shared { fill: var(--bar-fail); }
.shade-unknown { background: var(--unknown-bg); }
.shade-0 { background: var(--pass-bg); }
.shade-1 { background: color-mix(in srgb, var(--bar-fail) 14%, var(--card)); }
.shade-2 { background: color-mix(in srgb, var(--bar-fail) 28%, var(--card)); }
.shade-3 { background: color-mix(in srgb, var(--bar-fail) 42%, var(--card)); }
.shade-4 { background: color-mix(in srgb, var(--bar-fail) 56%, var(--card)); }

#filters { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .45rem; align-items: center;
  background: var(--page); padding: .6rem 0 .5rem; border-bottom: 1px solid var(--line); }
#filters[hidden] { display: none; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .35rem; }
select, input[type="search"], button { font: inherit; font-size: .93rem; color: inherit; background: var(--card); border: 1px solid var(--line);
  border-radius: 6px; padding: .28rem .6rem; max-width: 11.5rem; }
select, input[type="search"] { border-color: color-mix(in srgb, var(--soft) 65%, transparent); }
.search { flex: 1 1 12rem; }
.search input { width: 100%; max-width: none; }
button { cursor: pointer; }
button:hover { background: var(--fill); }
.toggle { cursor: pointer; }
.toggle input { position: absolute; opacity: 0; width: 1px; height: 1px; }
.toggle span { display: block; border: 1px solid color-mix(in srgb, var(--soft) 65%, transparent); border-radius: 99px; padding: .24rem .65rem;
  font-size: .9rem; background: var(--card); }
.toggle input:checked + span { border-color: currentColor; font-weight: 650; }
.toggle input:focus-visible + span { outline: 2px solid var(--link); outline-offset: 2px; }
.toggle input:disabled + span { opacity: .45; cursor: default; }
.foot { flex: 1 0 100%; display: flex; gap: .35rem; align-items: center; }
.matches { margin-right: auto; font-size: .87rem; color: var(--soft); }
button:disabled { color: var(--soft); cursor: default; opacity: .6; }

.chapter { margin-top: 1.1rem; }
.chapter > h3 { padding: .65rem 1.1rem; border-bottom: 1px solid var(--line); }
.rule + .rule { border-top: 1px solid var(--line); }
.rule > summary {
  display: grid; grid-template-columns: .7rem 3.2rem 1.7rem minmax(0, 1fr) minmax(6.5rem, auto); gap: 0 .9rem;
  align-items: baseline; padding: .42rem 1.1rem;
}
.rule:last-child > summary, .host:last-child > summary { border-radius: 0 0 9px 9px; }
.rule[open] { background: linear-gradient(var(--card), var(--card)) padding-box; box-shadow: inset 3px 0 0 var(--line); }
.rule.failing[open] { box-shadow: inset 3px 0 0 var(--bar-fail); }
.rule[open] > summary .title { font-weight: 600; }
.level { color: var(--soft); font-size: .87rem; }
.verdicts { display: flex; flex-wrap: wrap; gap: .3rem; justify-content: flex-end; }
.one .verdicts { justify-content: flex-start; }
.pill {
  display: inline-block; white-space: nowrap; font-size: .83rem; font-weight: 600; line-height: 1.35;
  border-radius: 5px; padding: .05rem .5rem; print-color-adjust: exact;
}
.pill b { font-weight: 700; }
.pill.s-fail, .toggle.s-fail input:checked + span { color: var(--fail); background: var(--fail-bg); }
.pill.s-unknown, .toggle.s-unknown input:checked + span { color: var(--unknown); background: var(--unknown-bg); }
.pill.s-manual, .toggle.s-manual input:checked + span { color: var(--manual); background: var(--manual-bg); }
.pill.s-waived, .toggle.s-waived input:checked + span { color: var(--waived); background: var(--waived-bg); }
.pill.s-not_applicable, .toggle.s-not_applicable input:checked + span { color: var(--na); background: var(--na-bg); }
.pill.s-pass, .toggle.s-pass input:checked + span { color: var(--pass); background: var(--pass-bg); }
.pill.dim { color: var(--soft); background: none; font-weight: 400; }
.rule .inside { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 1rem 2.2rem; padding: .3rem 1.1rem 1.2rem 2.7rem; }
.why { margin-bottom: .7rem; }
.about dl > div { margin-bottom: .6rem; }
.about dt, .evidence th { font-size: .8rem; color: var(--soft); }
.about dd, .reason, .because { overflow-wrap: anywhere; }
.caption { margin-top: .45rem; }
.impact {
  display: inline-block; font-size: .8rem; font-weight: 600; border: 1px solid var(--line); border-radius: 5px;
  padding: 0 .45rem; margin-left: .25rem; white-space: nowrap;
}
.i-restart { color: var(--unknown); }
.i-disruptive { color: var(--fail); }
.group:not([hidden]) ~ .group:not([hidden]) { border-top: 1px solid var(--line); margin-top: .8rem; padding-top: .8rem; }
.group h4 { font-size: 1rem; font-weight: 500; margin-bottom: .25rem; }
.group .on { margin-left: .35rem; }
.evidence { font-size: .93rem; margin-top: .25rem; }
.evidence td:first-child:not(:only-child) { width: 42%; }
.evidence tbody tr + tr td { border-top: 1px solid var(--line); }
.because { display: block; color: var(--soft); }
.rest { display: inline; }
.rest > summary { display: inline; color: var(--link); font-size: .93rem; white-space: nowrap; }
.rest > summary:hover { text-decoration: underline; }
.aside { font-size: .87rem; color: var(--soft); margin-top: .25rem; }

.fix + .fix { border-top: 1px solid var(--line); }
.fix > summary { display: grid; grid-template-columns: .7rem minmax(0, 5fr) minmax(0, 6fr) 11rem; gap: 0 .9rem;
  align-items: baseline; padding: .42rem 1.1rem; }
.fix > summary:hover { background: var(--fill); }
.fix > summary > span:last-child { text-align: right; }
.fix > .inside { padding: .3rem 1.1rem 1rem 2.7rem; }
.fix .evidence td:first-child { width: 14rem; }
.fix .evidence td:nth-child(2) { width: 7rem; }
.warned { border-color: var(--unknown); background: var(--unknown-bg); margin: 0 0 .7rem; }

footer { margin-top: 2.5rem; padding-top: 1px; padding-bottom: 3rem; color: var(--soft); font-size: .9rem; }
footer h2 { font-size: 1rem; color: var(--ink); }
footer dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: .35rem 2rem; margin-bottom: 1rem; }
footer dt { display: inline; font-weight: 600; color: var(--ink); }
footer dt::after { content: ". "; }
footer dd { display: inline; }

@media (max-width: 62rem) {
  .row.head { display: none; }
  .row { display: flex; flex-wrap: wrap; gap: .1rem .8rem; }
  .row .name { flex: 1 0 60%; }
  .row .label { position: static; width: auto; height: auto; clip-path: none; font-weight: 400; }
  .row .n { font-size: .9rem; text-align: left; }
  .row .n.nil { display: none; }
  .rule .inside { grid-template-columns: minmax(0, 1fr); }
}
@media (max-width: 40rem) {
  main, .top, footer { padding-left: .8rem; padding-right: .8rem; }
  .rule > summary { grid-template-columns: .7rem 2.9rem 1.5rem minmax(0, 1fr); padding: .5rem .8rem; }
  .rule > summary .verdicts { grid-column: 4 / -1; justify-content: flex-start; }
  .fix > summary { grid-template-columns: .7rem minmax(0, 1fr); }
  .fix > summary > span:not(.mark) { grid-column: 2; }
  .fix > summary > span:last-child { text-align: left; }
  .rule .inside, .fix .inside, .host .inside { padding-left: .8rem; padding-right: .8rem; }
  .gaps div { grid-template-columns: minmax(0, 1fr); }
  footer dl { grid-template-columns: minmax(0, 1fr); }
  #filters { position: static; }
  .banner table, .banner tbody, .banner tr, .banner td, .banner tbody th { display: block; width: auto; padding: 0; white-space: normal; }
  .banner thead { display: none; }
  .banner tr + tr { margin-top: .6rem; }
  .wide caption { max-width: calc(100vw - 5rem); }
  .wide tbody th { min-width: 7rem; max-width: 9rem; overflow-wrap: anywhere; }
  .ids thead { display: none; }
  .ids caption { display: block; }
  .ids, .ids tbody, .ids tr, .ids td, .ids tbody th { display: block; width: auto; min-width: 0; max-width: none; padding: 0 .3rem; }
  .ids .drawn { width: 100%; padding-bottom: .6rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
@media print {
  :root { color-scheme: light; --page: #fff; }
  body { font-size: 10pt; }
  main, .top, footer { max-width: none; padding: 0; }
  #filters, .skip, .links button { display: none !important; }
  .rule.failing::details-content, .rest::details-content, .host::details-content, .fix::details-content { content-visibility: visible; height: auto; }
  .rows { content-visibility: visible; }
  .hosts.long, .banner.long { max-height: none; overflow: visible; }
  .rule .inside { grid-template-columns: minmax(0, 1fr); }
  .rule > summary, .group, .first li, tr { break-inside: avoid; }
  .rule > summary, h2, h3 { break-after: avoid; }
}
"""
