// Percentiles with their intervals, and how the values are spread.

const MEASURES = [
  { name: "first_output", label: "First output", shown: duration },
  { name: "first_token", label: "First token", shown: duration },
  { name: "tpot", label: "Per output token", shown: duration },
  { name: "duration", label: "Whole case", shown: duration },
  { name: "tokens_per_second", label: "Tokens per second", shown: digits },
];
const RANKS = ["p50", "p90", "p95", "p99", "max"];
/** Those that a phone has room for. */
const SMALL = ["p50", "p95", "max"];
const PARTS = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99, max: 1 };

/** What was sorted for the items that are shown. */
const sortedValues = { items: null, all: new Map() };

/** The values of succeeded cases, in order. */
function values(data, items, name, side) {
  if (sortedValues.items !== items) Object.assign(sortedValues, { items, all: new Map() });
  const key = `${name} ${side}`;
  if (sortedValues.all.has(key)) return sortedValues.all.get(key);
  const { succeeded, [name]: column } = data.runs[side];
  const rows = data.rows[side];
  const all = new Float64Array(items.length);
  let length = 0;
  for (let i = 0; i < items.length; i++) {
    const row = rows[items[i]];
    if (row >= 0 && succeeded[row] && column[row] === column[row]) all[length++] = column[row];
  }
  sortedValues.all.set(key, all.subarray(0, length).sort());
  return sortedValues.all.get(key);
}

/** A percentile by nearest rank. */
const rank = (sorted, part) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)];

function figureRow(data, items, measure, side) {
  const sorted = values(data, items, measure.name, side);
  if (!sorted.length) return null;
  const meta = data.runs[side].meta;
  // Without a filter, the figures are those of the summary.
  const percentiles = meta.summary.percentiles;
  const known = isFiltered() ? null : percentiles[`${measure.name}_ms`] || percentiles[measure.name];
  const intervals = isFiltered() ? {} : meta.summary.intervals;
  const cell = (label) => {
    const value = known ? known[label] : rank(sorted, PARTS[label]);
    const interval = intervals[`${measure.name}_${label}`];
    const few = interval === null;
    return el("td", { class: SMALL.includes(label) ? null : "wide" }, measure.shown(value),
      interval ? el("small", null, range(interval.low, interval.high, measure.shown)) : null,
      few ? el("small", null, "too few cases") : null);
  };
  const label = data.isTwo ? `${measure.label}, ${"AB"[side]}` : measure.label;
  return el("tr", null, el("th", { scope: "row" }, label), RANKS.map(cell));
}

function showFigures(data, items) {
  const section = $("figures");
  const shown = MEASURES.filter((measure) => data.runs.some((_, side) => values(data, items, measure.name, side).length));
  // Where nothing comes before the text, both are the same.
  const same = (item) => data.value(item, "first_output") === data.value(item, "first_token") || Number.isNaN(data.value(item, "first_output"));
  const isSame = items.every(same);
  const measures = shown.filter((it) => it.name !== "first_output" || !isSame);
  section.hidden = !measures.length;
  if (!measures.length) return;
  const rows = measures.flatMap((measure) => data.runs.map((_, side) => figureRow(data, items, measure, side)));
  const run = data.runs[data.main];
  const interval = run.meta.summary.intervals.passed;
  const about = data.isTwo || isFiltered() || !interval ? null
    : `Passed: ${range(interval.low, interval.high, percentOf)} in 95 of 100 such runs.`;
  put(section,
    el("div", { class: "head" }, el("h2", { id: "figures-title" }, "Latency"),
      el("p", null, `Over cases that succeeded${isFiltered() ? " and pass the filters" : ", with 95 % intervals"}. `, about)),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Percentiles" },
      el("table", { class: "plain" },
        el("thead", null, el("tr", null, el("th", { scope: "col" }, el("span", { class: "unseen" }, "Measure")), RANKS.map((label) => el("th", { scope: "col", class: SMALL.includes(label) ? null : "wide" }, label)))),
        el("tbody", null, rows))),
    el("div", { class: "graphs" }, measures.filter((it) => it.name !== "tpot").map((measure) => spread(data, items, measure))));
}

/** A histogram. */
function spread(data, items, measure) {
  const sides = data.runs.map((_, side) => values(data, items, measure.name, side));
  const all = sides.filter((side) => side.length);
  const low = Math.min(...all.map((side) => side[0]));
  const high = Math.max(...all.map((side) => rank(side, 0.995)));
  const top = high > low ? high : low + 1;
  const words = sides.map((side) => (side.length ? `median ${measure.shown(rank(side, 0.5))}, 95th percentile ${measure.shown(rank(side, 0.95))}` : "no values")).join("; ");
  const canvas = el("canvas", { role: "img", "aria-label": `${measure.label}: ${words}` });
  const draw = () => {
    const view = fit(canvas);
    if (!view) return;
    const { context, width, height } = view;
    const floor = height - 18;
    const bins = Math.max(12, Math.min(60, Math.floor(width / 7)));
    const counts = sides.map((side) => {
      const bin = new Float64Array(bins);
      for (const value of side) if (value <= top) bin[Math.min(bins - 1, Math.floor(((value - low) / (top - low)) * bins))] += 1 / side.length;
      return bin;
    });
    const most = Math.max(...counts.flatMap((bin) => [...bin]), 1e-9);
    counts.forEach((bin, side) => {
      context.fillStyle = color(data.isTwo ? ["--a", "--b"][side] : "--text");
      context.globalAlpha = data.isTwo ? 0.62 : 0.9;
      bin.forEach((part, i) => {
        const tall = (part / most) * (floor - 14);
        if (part) context.fillRect((i * width) / bins, floor - Math.max(1, tall), width / bins - 1, Math.max(1, tall));
      });
    });
    context.globalAlpha = 1;
    context.fillStyle = color("--line");
    context.fillRect(0, floor, width, 1);
    context.font = "11.5px system-ui, sans-serif";
    const mark = (value, label, tone) => {
      const x = Math.min(width - 1, ((value - low) / (top - low)) * width);
      context.fillStyle = color(tone);
      context.fillRect(Math.round(x), 12, 1, floor - 12);
      context.textAlign = x > width * 0.75 ? "right" : "left";
      context.fillText(label, x > width * 0.75 ? x - 4 : x + 4, 11);
    };
    const main = sides[data.main].length ? sides[data.main] : all[0];
    mark(rank(main, 0.5), "p50", "--ink");
    if (main.length >= 20) mark(rank(main, 0.95), "p95", "--soft");
    context.fillStyle = color("--soft");
    context.textAlign = "left";
    context.fillText(measure.shown(low), 0, height - 4);
    context.textAlign = "right";
    context.fillText(measure.shown(top), width, height - 4);
  };
  drawings.add(canvas, draw);
  return el("figure", null, el("figcaption", null, measure.label, data.isTwo ? " (gray: A, blue: B)" : ""), canvas);
}
