#pragma once

namespace geod::trainer {

/// Style sheet of html_report: colours of light and dark, type, layout, and the classes that
/// SvgCanvas elements carry.
inline constexpr const char* kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #fafaf8; --panel: #ffffff; --ink: #1b2230; --soft: #59616f; --hair: #dfe1e6;
  --accent: #1d5fa7; --on-accent: #ffffff;
  --p: var(--c0); --s: var(--c1); --trace: #2b3342;
  --c0: #1d5fa7; --c1: #c8611a; --c2: #2c8a57; --c3: #8a4fb0; --c4: #a38a12; --c5: #b0325f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1b1f26; --ink: #e7eaf0; --soft: #a2aab8; --hair: #333a46;
    --accent: #74b0f2; --on-accent: #0e1319;
    --trace: #cdd4df;
    --c0: #74b0f2; --c1: #f5a45c; --c2: #6fce9b; --c3: #c79af0; --c4: #dcc45a; --c5: #f387b0;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 76rem; padding: 2.2rem 1.4rem 4rem;
  background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
}
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .6rem; padding-top: .9rem; border-top: 1px solid var(--hair); }
p { margin: .4rem 0; max-width: 70ch; overflow-wrap: anywhere; }
.subtitle { color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .8rem; margin: 1.4rem 0 0; }
.card { background: var(--panel); border: 1px solid var(--hair); border-radius: .5rem; padding: .8rem 1rem; }
.card .what { color: var(--soft); font-size: .82rem; }
.card .value { font-size: 1.55rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.3; }
.card .note { color: var(--soft); font-size: .78rem; line-height: 1.35; }
.tables { display: flex; flex-wrap: wrap; gap: 0 3rem; align-items: flex-start; }
.wide { overflow-x: auto; margin: .9rem 0; max-width: 100%; }
figure img { max-width: 100%; height: auto; display: block; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; min-width: 18rem; }
caption { text-align: left; font-weight: 600; padding: .2rem 0 .4rem; }
th, td { padding: .32rem .9rem .32rem 0; border-bottom: 1px solid var(--hair); text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
table.numbers th + th, table.numbers td + td { text-align: right; padding-left: .9rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1.2rem; margin: 1rem 0; align-items: flex-start; }
figure { margin: 0; background: var(--panel); border: 1px solid var(--hair); border-radius: .5rem; padding: 1rem; max-width: 100%; }
figcaption { color: var(--soft); font-size: .82rem; line-height: 1.4; margin-top: .4rem; max-width: 40rem; overflow-wrap: anywhere; }
svg { display: block; max-width: 100%; height: auto; font-size: 12px; }
pre { background: var(--panel); border: 1px solid var(--hair); border-radius: .5rem; padding: .8rem 1rem; font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
svg text { fill: var(--ink); }
svg .title { font-size: 14px; font-weight: 600; }
svg .label, svg .tick { fill: var(--soft); }
svg .tick { font-size: 11px; }
svg .count { font-size: 15px; font-weight: 600; }
svg .on-dark { fill: var(--on-accent); }
svg .grid { stroke: var(--hair); stroke-width: 1; }
svg .axis { stroke: var(--soft); stroke-width: 1; }
svg .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
svg .reference { stroke: var(--soft); stroke-width: 1.1; stroke-dasharray: 4 4; fill: none; }
svg .s0 { --own: var(--c0); } svg .s1 { --own: var(--c1); } svg .s2 { --own: var(--c2); }
svg .s3 { --own: var(--c3); } svg .s4 { --own: var(--c4); } svg .s5 { --own: var(--c5); }
svg .phase-p { --own: var(--p); } svg .phase-s { --own: var(--s); }
svg .line:not(.reference) { stroke: var(--own); }
svg .point, svg .bar { fill: var(--own); }
svg .point { fill-opacity: .75; }
svg .trace { fill: none; stroke: var(--trace); stroke-width: .9; stroke-linejoin: round; }
svg .score { fill: none; stroke: var(--own); stroke-width: 1.6; }
svg .mark { stroke: var(--own); stroke-width: 1.4; }
svg .picked { stroke-dasharray: 5 3; }
svg .name { fill: var(--own); font-weight: 600; }
@media print { body { padding: 0; } figure, table, .card { break-inside: avoid; } }
)css";

}  // namespace geod::trainer
