// The table of cases: only the rows that are in sight are there.

const ROW_HEIGHT = 36;
const PRINTED = 400;

class Table {
  constructor(data, change, open) {
    Object.assign(this, { data, change, open, items: [], cursor: 0, isPrinting: false });
    const isTwo = data.isTwo;
    const main = (name, shown) => (item) => {
      const value = data.value(item, name);
      const text = Number.isNaN(value) ? NONE : shown(value);
      return isTwo ? [text, this.delta(item, name)] : [text];
    };
    this.columns = [
      { sort: "state", label: "Outcome", cell: (item) => this.outcome(item) },
      isTwo ? { sort: "group", label: "Change", cell: (item) => [GROUP_WORDS[data.group[item]]] } : null,
      { sort: "id", label: "Case", cell: (item) => [el("a", { href: fragment(data.id(item)), "data-item": item, tabindex: -1 }, data.id(item))] },
      { label: "Question", className: "wide", cell: (item) => { const [run, row] = data.of(item); return [el("span", { class: "soft" }, run.question(row))]; } },
      { sort: "first_token", label: "First token", className: "n", cell: main("first_token", duration) },
      { sort: "duration", label: "Duration", className: "n", cell: main("duration", duration) },
      { sort: "tokens", label: "Tokens", className: "n wide", cell: main("tokens", count) },
      isTwo ? null : { sort: "tokens_per_second", label: "Tokens/s", className: "n wide mid", cell: main("tokens_per_second", digits) },
      isTwo ? null : { sort: "attempts", label: "Attempts", className: "n wide mid", cell: main("attempts", count) },
    ].filter(Boolean);
    this.build();
  }

  delta(item, name) {
    const [a, b] = this.data.rows.map((rows, side) => (rows[item] < 0 ? NaN : this.data.runs[side][name][rows[item]]));
    if (Number.isNaN(a) || Number.isNaN(b) || a <= 0) return null;
    return el("span", { class: "delta" }, `${signed((b / a - 1) * 100)}${SPACE}%`);
  }

  outcome(item) {
    const { data } = this;
    const words = (run, row) => [el("span", { class: `dot ${run.stateName(row)}` }), run.kindName(row) || run.stateName(row)];
    if (!data.isTwo) return words(...data.of(item));
    const sides = data.rows.map((rows, side) => (rows[item] < 0 ? null : [data.runs[side], rows[item]]));
    const [a, b] = sides;
    if (a && b && a[0].stateName(a[1]) !== b[0].stateName(b[1])) {
      return [el("span", { class: `dot ${a[0].stateName(a[1])}`, title: a[0].stateName(a[1]) }), "→ ", ...words(...b)];
    }
    return words(...(b || a));
  }

  build() {
    const { data } = this;
    const search = el("input", {
      id: "search", type: "search", placeholder: "Search ids and questions", "aria-label": "Search ids and questions",
      autocomplete: "off", value: state.q,
      oninput: () => { state.q = search.value; this.change(); },
    });
    this.search = search;
    this.groups = data.isTwo ? el("div", { class: "chips", role: "group", "aria-label": "Filter by change", style: { margin: "0 0 10px" } }) : null;
    this.clear = el("button", { type: "button", onclick: () => { clearFilters(); this.search.value = ""; this.change(); } }, "Clear filters");
    this.number = el("p", { id: "number" });
    this.body = el("tbody");
    this.head = el("tr");
    this.box = el("div", { class: data.isTwo ? "list two" : "list", tabindex: 0, role: "region", "aria-label": "Cases", onscroll: () => this.render() },
      el("table", { "aria-labelledby": "cases-title" },
        el("colgroup", null, this.columns.map((it) => el("col", { class: `c-${it.sort || "text"} ${(it.className || "").replace(/^n/, "")}` }))),
        el("thead", null, this.head), this.body));
    this.body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-item]");
      if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.open(data.id(Number(row.dataset.item)));
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.items.length && !event.target.closest("button")) {
        event.preventDefault();
        this.open(data.id(this.items[this.cursor]));
      }
    });
    put($("cases"),
      el("div", { class: "head" }, el("h2", { id: "cases-title" }, "Cases"), this.number,
        el("p", { class: "keys wide" }, el("kbd", null, "/"), " search ", el("kbd", null, "j"), " ", el("kbd", null, "k"), " move ", el("kbd", null, "Enter"), " open")),
      this.groups,
      el("div", { class: "tools" }, search, this.clear),
      this.box);
    new ResizeObserver(() => this.render()).observe(this.box);
  }

  sortBy(name) {
    const isRank = ["id", "index", "state", "group"].includes(name);
    if (state.sort !== name) [state.sort, state.down] = [name, !isRank];
    else if (state.down !== !isRank) [state.sort, state.down] = ["index", false];
    else state.down = isRank;
    this.change();
  }

  show(items) {
    this.items = items;
    this.cursor = Math.min(this.cursor, Math.max(0, items.length - 1));
    $("cases").hidden = false;
    if (this.search.value !== state.q && document.activeElement !== this.search) this.search.value = state.q;
    this.clear.hidden = !isFiltered();
    this.number.textContent = items.length === this.data.count ? counted(items.length, "case", "cases") : `${count(items.length)} of ${counted(this.data.count, "case", "cases")}`;
    put(this.head, this.columns.map((column) => {
      const isOn = column.sort && state.sort === column.sort;
      const button = column.sort ? el("button", { type: "button", onclick: () => this.sortBy(column.sort) }, column.label, isOn ? (state.down ? " ↓" : " ↑") : "") : el("button", { type: "button", disabled: true }, column.label);
      return el("th", { scope: "col", class: column.className, "aria-sort": isOn ? (state.down ? "descending" : "ascending") : null }, column.sort ? button : el("span", { class: "plain-head" }, column.label));
    }));
    if (this.groups) this.showGroups();
    this.box.querySelector("table").setAttribute("aria-rowcount", items.length + 1);
    this.render();
  }

  showGroups() {
    const numbers = GROUPS.map(() => 0);
    for (const group of this.data.group) numbers[group]++;
    const toggle = (name) => () => { if (!state.group.delete(name)) state.group.add(name); this.change(); };
    put(this.groups, GROUPS.map((name, place) => (numbers[place]
      ? el("button", { type: "button", "aria-pressed": String(state.group.has(name)), onclick: toggle(name) }, el("b", null, count(numbers[place])), ` ${GROUP_WORDS[place]}`)
      : null)));
  }

  render() {
    const { items } = this;
    if (!items.length) {
      put(this.body, el("tr", null, el("td", { class: "none", colspan: 4 }, this.data.count ? "No case passes the filters." : "The run has no closed case.")));
      return;
    }
    const height = this.box.clientHeight || 600;
    const first = this.isPrinting ? 0 : Math.max(0, Math.min(items.length - 1, Math.floor(this.box.scrollTop / ROW_HEIGHT) - 8));
    const last = this.isPrinting ? Math.min(items.length, PRINTED) : Math.min(items.length, first + Math.ceil(height / ROW_HEIGHT) + 18);
    const gap = (rows) => (rows > 0 && !this.isPrinting ? el("tr", { class: "gap", "aria-hidden": "true" }, el("td", { style: { height: `${rows * ROW_HEIGHT}px` } })) : null);
    const focused = this.body.contains(document.activeElement);
    put(this.body, gap(first), items.slice(first, last).map((item, place) => this.row(item, first + place)), gap(items.length - last),
      this.isPrinting && items.length > PRINTED ? el("tr", null, el("td", { class: "none", colspan: 4 }, `${count(items.length - PRINTED)} more cases are not printed.`)) : null);
    if (focused) this.focus();
  }

  row(item, place) {
    const isOn = place === this.cursor && this.isMoving;
    return el("tr", { class: isOn ? "row on" : "row", "data-item": item, "aria-rowindex": place + 2 },
      this.columns.map((column) => el("td", { class: column.className }, column.cell(item))));
  }

  /** Moves the cursor, and what is in sight with it. */
  move(by) {
    if (!this.items.length) return;
    this.cursor = this.isMoving ? Math.max(0, Math.min(this.items.length - 1, this.cursor + by)) : 0;
    this.isMoving = true;
    const top = this.cursor * ROW_HEIGHT;
    const room = this.box.clientHeight - 2 * ROW_HEIGHT;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top > this.box.scrollTop + room) this.box.scrollTop = top - room;
    this.render();
    this.focus();
  }

  focus() {
    const link = this.body.querySelector("tr.on a");
    if (link) link.focus({ preventScroll: false });
  }

  /** The case before or after one, in the order of the table. */
  neighbor(id, by) {
    const place = this.items.findIndex((item) => this.data.id(item) === id);
    const item = this.items[place + by];
    if (place < 0 || item === undefined) return null;
    [this.cursor, this.isMoving] = [place + by, true];
    return this.data.id(item);
  }
}

function clearFilters() {
  Object.assign(state, { q: "", from: NaN, to: NaN });
  for (const name of ["state", "kind", "group"]) state[name].clear();
}
