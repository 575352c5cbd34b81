// What a comparison says: the figures with their intervals, and what else differs.

const CHANGES = { better: ["good", "better"], worse: ["bad", "worse"], different: ["odd", "differs"], unproven: ["soft", ""] };

function comparisonStamp(comparison) {
  const words = { better: "✓ B is better", worse: "✕ B is worse", unproven: "No proven difference" };
  const tone = { better: "good", worse: "bad", unproven: "odd" }[comparison.verdict] || "odd";
  return el("span", { class: `stamp ${tone}` }, words[comparison.verdict] || comparison.verdict);
}

function inUnit(unit, value) {
  if (unit === "share") return percentOf(value);
  if (unit === "ms") return duration(value);
  return unit === "tokens/s" ? `${digits(value)}/s` : digits(value);
}

function comparedRow(figure) {
  const { unit, a, b } = figure;
  const [tone, words] = CHANGES[figure.change];
  const name = el("th", { scope: "row" }, el("code", null, figure.metric));
  if (a === null) return el("tr", null, name, el("td", { colspan: 6, class: "soft" }, "too few inputs"));
  const isShare = unit === "share";
  const change = isShare ? `${signed((b - a) * 100)} pts` : a > 0 ? `${signed((b / a - 1) * 100)}${SPACE}%` : NONE;
  const interval = isShare ? figure.difference : figure.relative;
  const ends = interval ? interval.map((end) => signed(end * 100)).join(" to ") : NONE;
  const p = figure.p_value === null ? NONE : figure.p_value < 0.001 ? "<0.001" : figure.p_value >= 0.995 ? "1" : figure.p_value.toFixed(figure.p_value < 0.0995 ? 3 : 2);
  return el("tr", null, name, [inUnit(unit, a), inUnit(unit, b), change, ends, p].map((text) => el("td", null, text)), el("td", { class: tone }, words));
}

function showComparison(data) {
  const { comparison } = data.meta;
  if (!comparison) return;
  const section = $("comparison");
  section.hidden = false;
  const head = ["Figure", "A", "B", "Change", "Interval", "p", "Verdict"].map((text) => el("th", { scope: "col" }, text));
  const settings = comparison.settings.map((it) => el("tr", null, el("th", { scope: "row" }, it.name), el("td", { class: "words" }, it.a === null ? NONE : it.a), el("td", { class: "words" }, it.b === null ? NONE : it.b)));
  const box = (label, ...children) => el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, children);
  put(section,
    el("div", { class: "head" }, el("h2", { id: "comparison-title" }, "What changed"),
      el("p", null, "Inputs that both runs have; intervals hold at 95 %, p is corrected for all figures.")),
    box("Figures of both runs", el("table", { class: "plain" }, el("thead", null, el("tr", null, head)), el("tbody", null, comparison.figures.map(comparedRow)))),
    settings.length ? el("details", { open: settings.length < 8, style: { "margin-top": "16px" } }, el("summary", null, `What else differs (${settings.length})`),
      box("What else differs", el("table", { class: "plain" }, el("thead", null, el("tr", null, ["Setting", "A", "B"].map((text) => el("th", { scope: "col", class: text.length === 1 ? "words" : null }, text)))), el("tbody", null, settings)))) : null);
}
