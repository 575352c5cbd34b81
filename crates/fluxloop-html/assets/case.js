// One case, or the two of both runs.

/** A heading and what stands below it; nothing where that is empty. */
const part = (title, ...children) => {
  const all = children.flat(3).filter(Boolean);
  return all.length ? el("section", null, el("h3", null, title), all) : null;
};

const said = (text, className) => el("div", { class: `said ${className || ""}` }, text || "");

/** What is JSON as lines that a person reads. */
const shownJson = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

function definitions(pairs) {
  const shown = pairs.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== NONE);
  return el("dl", null, shown.map(([name, value]) => el("div", null, el("dt", null, name), el("dd", null, String(value)))));
}

function tape(run, row) {
  const total = run.duration[row] || 1;
  const parts = [];
  for (let i = run.phaseAt[row]; i < run.phaseAt[row + 1]; i++) {
    const kind = run.phaseKind[i];
    const took = run.phaseMs[i];
    parts.push(el("i", { title: `${PHASE_WORDS[kind]}: ${duration(took)}`, style: { width: `${(took / total) * 100}%`, background: `var(--${PHASES[kind]})` } }));
  }
  const words = [];
  for (let i = run.phaseAt[row]; i < run.phaseAt[row + 1]; i++) if (run.phaseKind[i]) words.push(`${PHASE_WORDS[run.phaseKind[i]]} ${duration(run.phaseMs[i])}`);
  const line = el("i", { class: "head-line", hidden: true });
  const node = el("div", null,
    el("div", { class: "tape", role: "img", "aria-label": words.join(", ") }, parts, line),
    el("div", { class: "tape-scale" }, el("span", null, "0"), el("span", null, duration(total))));
  return { node, line, total };
}

function failureBox(failure) {
  if (!failure) return null;
  return el("div", { class: "box bad" },
    el("p", null, el("b", null, failure.kind), `: ${failure.message}`),
    failure.hint ? el("p", { class: "hint" }, failure.hint) : null,
    failure.body ? el("details", null, el("summary", null, "What the server answered"), said(failure.body, "mono")) : null);
}

/** The place of the first difference is marked in what came. */
function expectation(it, isUnmet) {
  const pairs = [["channel", it.channel], ["path", it.path], ["expected", it.expected], ["actual", it.actual], ["at", it.pointer]];
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  return el("div", { class: `box ${isUnmet ? "bad" : "odd"}` },
    el("p", null, el("b", null, it.kind || "expectation"), `: ${it.message}`),
    shown.length ? el("div", { class: "pairs" }, shown.map(([name, value]) => [el("span", { class: "soft" }, name), el("code", null, String(value))])) : null);
}

function expectations(record) {
  const all = record.expectations;
  if (!all) return null;
  const met = Object.entries(all.met || {}).map(([kind, times]) => (times > 1 ? `${kind} (${times})` : kind));
  return part("Expectations",
    (all.unmet || []).map((it) => expectation(it, true)),
    (all.unjudged || []).map((it) => expectation(it, false)),
    met.length ? el("p", { class: "soft", style: { "margin-top": "8px" } }, `Met: ${met.join(", ")}`) : null);
}

function toolCalls(record) {
  const calls = record.turns.flatMap((turn) => turn.tool_calls || []);
  return calls.map((call) => el("div", { class: `box ${call.error ? "bad" : ""}` },
    el("p", null, el("b", null, call.name || "a tool without a name"), el("span", { class: "soft" }, ` from ${duration(call.first_ms)} to ${duration(call.done_ms)}`)),
    call.arguments || call.parsed ? said(shownJson(call.parsed !== undefined ? call.parsed : call.arguments), "mono small") : null,
    call.result ? el("details", null, el("summary", null, "Result"), said(call.result, "mono small")) : null,
    call.error ? el("p", { class: "bad" }, call.error) : null));
}

const CHANNEL_TITLES = { reasoning: "Reasoning", refusal: "Refusal" };

function otherChannels(record) {
  const all = [];
  for (const turn of record.turns) {
    for (const [name, channel] of Object.entries(turn.channels || {})) {
      if (name === "text") continue;
      const text = channel.items ? channel.items.join("\n") : channel.text;
      const about = `${counted(channel.characters, "character", "characters")}, from ${duration(channel.first_ms)} to ${duration(channel.last_ms)}`;
      all.push(el("details", { open: name === "refusal" }, el("summary", null, `${CHANNEL_TITLES[name] || name} `, el("span", { class: "soft" }, about)),
        text === undefined ? el("p", { class: "soft" }, "The record has the length alone (record_channels: counts).") : said(text, "thought")));
    }
  }
  return all;
}

function attempts(record) {
  const all = record.turns.flatMap((turn) => turn.attempts);
  if (!all.length) return null;
  const row = (it) => el("tr", null,
    el("th", { scope: "row" }, it.number),
    el("td", { class: "words" }, it.outcome === "succeeded" ? "succeeded" : it.cause || it.guard || it.outcome, it.status ? ` ${it.status}` : ""),
    el("td", null, it.number > 1 ? duration(it.wait_before_ms) : NONE),
    el("td", null, duration(it.timings.connect_ms)),
    el("td", null, duration(it.timings.first_byte_ms)),
    el("td", null, duration(it.timings.first_token_ms)),
    el("td", null, duration(it.timings.total_ms)),
    el("td", null, bytesOf(it.bytes)),
    el("td", null, count(it.events)));
  const head = ["Attempt", "End", "Wait before", "Connect", "First byte", "First token", "Total", "Bytes", "Events"];
  const gaveUp = record.turns.map((turn) => turn.gave_up).filter(Boolean).map((it) => it.reason);
  return part("Attempts",
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Attempts" },
      el("table", { class: "plain small" }, el("thead", null, el("tr", null, head.map((text) => el("th", { scope: "col", class: text === "End" ? "words" : null }, text)))), el("tbody", null, all.map(row)))),
    all.filter((it) => it.message).map((it) => el("p", { class: "small soft" }, `Attempt ${it.number}: ${it.message}`)),
    all.slice(0, -1).filter((it) => it.text).map((it) => el("details", null, el("summary", null, `Text of attempt ${it.number}, which was discarded`), said(it.text, "thought"))),
    gaveUp.length ? el("p", { class: "small soft" }, `No further attempt: ${gaveUp.join(", ")}.`) : null);
}

function headers(detail) {
  const heads = (detail.recording || []).map((it, place) => [it.head, place + 1]).filter(([head]) => head);
  return heads.map(([head, number]) => el("details", null,
    el("summary", null, `Headers of the answer${heads.length > 1 ? ` to attempt ${number}` : ""} (${head.status})`),
    el("div", { class: "said mono small" }, head.headers.map(([name, value]) => `${name}: ${value}`).join("\n"))));
}

function warningBoxes(record) {
  return (record.warnings || []).map((it) => el("div", { class: "box odd" },
    el("p", null, el("b", null, it.code), `: ${it.message}`),
    it.example ? el("p", { class: "small soft" }, it.example) : null,
    it.hint ? el("p", { class: "hint" }, it.hint) : null));
}

function usage(record) {
  const turn = record.turns[record.turns.length - 1];
  const tokens = turn && turn.usage;
  if (!tokens) return null;
  const more = [tokens.reasoning ? `${count(tokens.reasoning)} reasoning` : "", tokens.cached ? `${count(tokens.cached)} cached` : ""].filter(Boolean).join(", ");
  return `${count(tokens.input)} in, ${count(tokens.output)} out${more ? ` (${more})` : ""}`;
}

/** One side of the view. `parts` is the difference to the other side's text. */
function caseSide(run, row, detail, parts, kind) {
  const line = tape(run, row);
  const record = detail && detail.record;
  const output = record ? record.output : "";
  const text = said(null);
  const whole = () => put(text, parts ? marked(parts, kind) : output);
  whole();
  const arrivals = arrivalsOf(detail);
  const show = (time) => {
    line.line.hidden = time === null;
    text.classList.toggle("caret", time !== null && Boolean(arrivals));
    if (time === null) return whole();
    line.line.style.left = `${Math.min(100, (time / line.total) * 100)}%`;
    if (arrivals) put(text, output.slice(0, lengthAt(arrivals, time)));
    return undefined;
  };
  const turn = record && record.turns[record.turns.length - 1];
  const facts = [
    ["First token", duration(run.first_token[row])],
    ["Duration", duration(run.duration[row])],
    ["Tokens", (record && usage(record)) || (Number.isNaN(run.tokens[row]) ? "" : count(run.tokens[row]))],
    ["Tokens per second", Number.isNaN(run.tokens_per_second[row]) ? "" : digits(run.tokens_per_second[row])],
    ["Model", record && record.model], ["Finish reason", record && record.finish_reason],
    ["Persona", record && record.persona], ["Needs input", turn && turn.needs_input],
    ["Masked places", record && record.redactions ? count(record.redactions) : ""],
  ];
  const state = el("p", null, el("span", { class: `dot ${run.stateName(row)}` }), run.stateName(row), run.kind[row] < 0 ? "" : ` (${run.kindName(row)})`);
  const node = el("div", { class: "side" }, state, line.node, definitions(facts),
    record ? [
      record.error ? failureBox(record.error) : null,
      expectations(record),
      part("Answer", text, record.turns.some((it) => it.discarded) ? el("p", { class: "small soft" }, "The server took text back while it came.") : null, otherChannels(record)),
      part("Tool calls", toolCalls(record)),
      part("Warnings", warningBoxes(record)),
      attempts(record),
      headers(detail),
      record.expected !== undefined ? el("details", null, el("summary", null, "Expected answer"), said(shownJson(record.expected))) : null,
      Object.keys(record.metadata || {}).length ? el("details", null, el("summary", null, "Metadata of the input"), said(shownJson(record.metadata), "mono small")) : null,
      turn && turn.captures ? el("details", null, el("summary", null, "Captured values"), said(shownJson(turn.captures), "mono small")) : null,
    ] : [
      el("p", { class: "soft" }, "The page does not have the texts of this case. This shows its record:"),
      el("pre", { class: "said" }, `jq 'select(.case_index == ${run.index[row]})' traces.jsonl`),
    ]);
  return { node, show, total: line.total, canPlay: Boolean(arrivals), record };
}

class CaseView {
  constructor(data, table, change) {
    Object.assign(this, { data, table, change, box: $("case") });
    this.box.addEventListener("close", () => this.closed());
    this.box.addEventListener("click", (event) => { if (event.target === this.box) this.box.close(); });
  }

  /** Opens, changes or closes the view as the state says. */
  async sync() {
    const item = state.open ? this.data.find(state.open) : -1;
    if (item < 0) {
      if (state.open) announce(`There is no case ${state.open}.`);
      state.open = "";
      if (this.box.open) this.box.close();
      return;
    }
    if (this.shown === state.open && this.box.open) return;
    this.shown = state.open;
    await this.show(item);
  }

  async show(item) {
    const { data } = this;
    const wanted = this.shown;
    if (this.player) this.player.stop();
    const sides = data.rows.map((rows, side) => [data.runs[side], rows[item]]);
    const details = await Promise.all(sides.map(([run, row]) => (row < 0 ? null : run.detail(row))));
    if (wanted !== this.shown) return;
    const [a, b] = details.map((detail) => (detail ? detail.record.output : ""));
    const parts = data.isTwo && a && b && a !== b ? diff(a, b) : null;
    const shown = sides.map(([run, row], side) => (row < 0 ? null : caseSide(run, row, details[side], parts, ["del", "ins"][side])));
    const playing = shown.filter((side) => side && side.canPlay);
    this.player = playing.length ? new Player(playing) : null;
    const known = shown.find((side) => side && side.record);
    const question = known ? known.record.input : sides.map(([run, row]) => (row < 0 ? "" : run.question(row))).find(Boolean);
    const step = (by, label) => {
      const id = this.table.neighbor(this.shown, by);
      return el("button", { type: "button", disabled: !id, "aria-label": label, onclick: () => this.go(by) }, by < 0 ? "↑" : "↓");
    };
    const place = [this.table.cursor, this.table.isMoving];
    const buttons = [step(-1, "Previous case"), step(1, "Next case")];
    [this.table.cursor, this.table.isMoving] = place;
    const sideNode = (side, place) => el("div", null, el("h3", null, `${"AB"[place]}: ${data.runs[place].meta.summary.name}`), side ? side.node : el("p", { class: "soft" }, "This run does not have the case."));
    put(this.box,
      el("div", { class: "top" }, el("h2", { id: "case-title", tabindex: -1, autofocus: true }, this.shown),
        data.isTwo ? el("span", { class: "soft" }, GROUP_WORDS[data.group[item]]) : null, buttons,
        el("button", { type: "button", onclick: () => this.box.close() }, "Close")),
      el("div", { class: "inner" },
        part("Question", said(question, "asked")),
        this.player ? this.player.node : null,
        data.isTwo ? el("div", { class: "sides" }, shown.map(sideNode)) : shown[0].node));
    this.box.classList.toggle("both", data.isTwo);
    if (!this.box.open) this.box.showModal();
    this.box.scrollTop = 0;
    announce(`Case ${this.shown}`);
  }

  go(by) {
    const id = this.table.neighbor(this.shown, by);
    if (!id) return;
    state.open = id;
    writeState(false);
    this.table.render();
    this.sync();
  }

  closed() {
    if (this.player) this.player.stop();
    this.player = null;
    this.shown = "";
    if (state.open) {
      state.open = "";
      writeState(false);
    }
    this.table.focus();
  }
}
