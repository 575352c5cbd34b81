// The answer first: whether the run is good, and why.

const percentOf = (share) => `${+(Math.floor(share * 1e4) / 100).toFixed(2)}${SPACE}%`;

/** A value of a threshold in its unit. */
function amount(metric, value) {
  if (value === undefined || value === null) return "no data";
  if (/^(success|expectations|passed|slo_attainment)$/.test(metric)) return percentOf(value);
  if (metric === "goodput_per_s") return `${digits(value)} cases/s`;
  if (metric.startsWith("tokens_per_second")) return `${digits(value)} tokens/s`;
  return duration(value);
}

const STATUS = { running: "Running", interrupted: "Interrupted", ended_early: "Ended early", partial: "Partial" };

function stamp(meta) {
  const { status } = meta.summary;
  if (meta.is_unreadable) return el("span", { class: "stamp odd" }, "Not readable");
  if (meta.is_good) return el("span", { class: "stamp good" }, "✓ Passed");
  if (status !== "complete") return el("span", { class: "stamp odd" }, `${STATUS[status]}`);
  return el("span", { class: "stamp bad" }, "✕ Not passed");
}

function sentence({ summary, is_unreadable: isUnreadable }) {
  const { passed, success } = summary.shares;
  const { total_runs: total, duration_seconds: seconds } = summary.results;
  if (isUnreadable) return "The cases of this run cannot be read.";
  if (total === 0) return "No case was closed.";
  const words = summary.shares.expectations ? "passed" : "succeeded";
  const good = summary.shares.expectations ? passed : success;
  const cases = counted(total, "case", "cases");
  const share = good.cases === total ? `All ${cases} ${words}` : `${count(good.cases)} of ${cases} ${words} (${percent(good.cases, total)})`;
  return `${share} in ${duration(seconds * 1e3)}.`;
}

function runFacts(meta) {
  const { summary } = meta;
  const date = new Date(summary.date);
  const facts = [
    Number.isNaN(date.getTime()) ? null : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`,
    meta.models.length ? meta.models.slice(0, 3).join(", ") + (meta.models.length > 3 ? " …" : "") : null,
    summary.achieved_parallelism > 1 ? `at most ${count(summary.achieved_parallelism)} at once` : null,
    summary.tokens.cases ? `${count(summary.tokens.output)} output tokens` : null,
    summary.status === "complete" || summary.status === "partial" || summary.status === "ended_early"
      ? `exit code ${meta.is_good ? 0 : 10}` : null,
    meta.folder,
  ];
  return el("div", { class: "facts" }, facts.filter(Boolean).map((fact) => el("span", null, fact)));
}

const BOUNDS = { at_least: "≥", at_most: "≤" };

function thresholds({ summary }) {
  const all = summary.thresholds || [];
  if (!all.length) return null;
  const row = (it) => el("tr", null,
    el("th", { scope: "row" }, el("code", null, it.metric)),
    el("td", null, amount(it.metric, it.value)),
    el("td", null, `${BOUNDS[it.bound]}${SPACE}${amount(it.metric, it.limit)}`),
    el("td", { class: it.met ? "good" : "bad" }, it.met ? "✓ met" : "✕ not met"));
  const head = ["Threshold", "Value", "Limit", "Verdict"].map((text) => el("th", { scope: "col" }, text));
  return el("div", { class: "scroll", style: { "max-width": "640px", "margin-top": "14px" }, tabindex: 0, role: "region", "aria-label": "Thresholds" },
    el("table", { class: "plain" }, el("thead", null, el("tr", null, head)), el("tbody", null, all.map(row))));
}

const STATE_COLORS = { passed: "--good", unmet: "--bad", unjudged: "--odd", failed: "--bad", stopped: "--odd", interrupted: "--odd" };

/** Shown before the data are unpacked: what `summary.json` says. */
function showVerdict(meta) {
  const [first, second] = meta.runs;
  if (second) {
    put($("verdict"),
      el("div", { class: "answer" }, comparisonStamp(meta.comparison), el("h1", { id: "title" }, first.summary.name === second.summary.name ? `${first.summary.name}, two runs` : `${first.summary.name} and ${second.summary.name}`)),
      el("p", { class: "sentence" }, `${meta.comparison.sentence}.`),
      el("div", { class: "twin", style: { "margin-top": "14px" } }, meta.runs.map((run, side) => el("div", null,
        el("h3", null, `${"AB"[side]}: ${run.summary.name} `, stamp(run)), el("p", null, sentence(run)), runFacts(run), notes(run)))));
    return;
  }
  put($("verdict"),
    el("div", { class: "answer" }, stamp(first), el("h1", { id: "title" }, first.summary.name)),
    el("p", { class: "sentence" }, sentence(first)),
    runFacts(first),
    thresholds(first),
    el("div", { id: "outcomes" }),
    notes(first));
}

function notes(meta) {
  const warnings = (meta.summary.warnings || []).map((it) => it.message + (it.hint ? ` (${it.hint})` : ""));
  const all = [...meta.notes, ...warnings];
  return all.length ? el("ul", { class: "notes", "aria-label": "Notes" }, all.map((note) => el("li", null, note))) : null;
}

/** The outcomes as a bar, and buttons that filter by them. */
function showOutcomes(data, change) {
  if (data.isTwo || !data.count) return;
  const run = data.runs[0];
  const states = new Map();
  const kinds = new Map();
  for (let row = 0; row < run.count; row++) {
    states.set(run.stateName(row), (states.get(run.stateName(row)) || 0) + 1);
    if (run.kind[row] >= 0) kinds.set(run.kind[row], (kinds.get(run.kind[row]) || 0) + 1);
  }
  const list = run.names.states.filter((name) => states.has(name));
  const part = (name) => el("i", { style: { flex: `${states.get(name)} 0 0`, background: `var(${STATE_COLORS[name]})` } });
  const toggle = (set, name) => () => { if (!state[set].delete(name)) state[set].add(name); change(); };
  const button = (set, name, shown, number, title) => el("button", {
    type: "button", title, "aria-pressed": String(state[set].has(name)), onclick: toggle(set, name),
  }, set === "state" ? el("span", { class: `dot ${name}` }) : null, el("b", null, count(number)), ` ${shown}`);
  // Where all failed alike, the kind is said along with the outcome.
  const all = [...kinds].sort((one, other) => other[1] - one[1]);
  const rest = all.length > 1 ? all : [];
  const words = (name) => (name === "failed" && all.length === 1 ? `failed (${run.names.kinds[all[0][0]]})` : name);
  put($("outcomes"),
    el("div", { class: "bar", role: "img", "aria-label": list.map((name) => `${states.get(name)} ${name}`).join(", ") }, list.map(part)),
    el("div", { class: "chips", role: "group", "aria-label": "Filter by outcome" },
      list.map((name) => button("state", name, words(name), states.get(name))),
      rest.map(([kind, number]) => button("kind", run.names.kinds[kind], run.names.kinds[kind], number, run.names.kind_meanings[kind]))));
}
