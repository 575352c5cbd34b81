// What is filtered, sorted and open; it stands in the fragment of the address, so that a link leads back.

const SORTS = ["index", "state", "id", "first_token", "duration", "tokens", "tokens_per_second", "attempts", "group"];

const state = { q: "", state: new Set(), kind: new Set(), group: new Set(), from: NaN, to: NaN, sort: "index", down: false, open: "" };

function readState() {
  const params = new URLSearchParams(location.hash.slice(1));
  const set = (name) => new Set((params.get(name) || "").split(",").filter(Boolean));
  const sort = (params.get("sort") || "index").replace(/^-/, "");
  Object.assign(state, {
    q: params.get("q") || "",
    state: set("state"),
    kind: set("kind"),
    group: set("group"),
    from: parseFloat(params.get("from")),
    to: parseFloat(params.get("to")),
    sort: SORTS.includes(sort) ? sort : "index",
    down: (params.get("sort") || "").startsWith("-"),
    open: params.get("case") || "",
  });
}

function fragment(open) {
  const params = new URLSearchParams();
  if (state.q) params.set("q", state.q);
  for (const name of ["state", "kind", "group"]) if (state[name].size) params.set(name, [...state[name]].join(","));
  for (const name of ["from", "to"]) if (Number.isFinite(state[name])) params.set(name, state[name].toFixed(1));
  if (state.sort !== "index" || state.down) params.set("sort", (state.down ? "-" : "") + state.sort);
  if (open) params.set("case", open);
  return `#${params}`;
}

/** Puts the state into the address; opening a case is a step that the browser can take back. */
function writeState(isStep) {
  const url = fragment(state.open);
  if (url === location.hash || (url === "#" && location.hash === "")) return;
  if (isStep) history.pushState(null, "", url);
  else history.replaceState(null, "", url);
}

const isFiltered = () => Boolean(state.q || state.state.size || state.kind.size || state.group.size || Number.isFinite(state.from));

/** The items that pass the filters, in order. */
function chosen(data) {
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  const texts = new Map();
  const says = (run, row) => {
    if (!words.length) return true;
    const key = run.input[row];
    if (!texts.has(key)) texts.set(key, `${run.names.ids[key]} ${run.names.questions[key]}`.toLowerCase());
    const all = `${texts.get(key)} ${run.kindName(row)} ${run.persona[row] < 0 ? "" : run.names.personas[run.persona[row]].toLowerCase()}`;
    const id = words.length === 1 && words[0].includes("/") ? run.id(row).toLowerCase() : "";
    return words.every((word) => all.includes(word) || id.includes(word));
  };
  const items = [];
  for (let item = 0; item < data.count; item++) {
    const [run, row] = data.of(item);
    if (state.state.size && !state.state.has(run.stateName(row))) continue;
    if (state.kind.size && !state.kind.has(run.kindName(row))) continue;
    if (data.isTwo && state.group.size && !state.group.has(GROUPS[data.group[item]])) continue;
    if (Number.isFinite(state.from) && (run.start[row] + run.duration[row] < state.from || run.start[row] > state.to)) continue;
    if (says(run, row)) items.push(item);
  }
  return sorted(data, items);
}

function sorted(data, items) {
  const { sort, down } = state;
  if (sort === "index" && !down) return items;
  const sign = down ? -1 : 1;
  const key = {
    index: (item) => item,
    id: (item) => data.id(item),
    state: (item) => { const [run, row] = data.of(item); return run.state[row] * 100 + run.kind[row]; },
    group: (item) => (data.isTwo ? data.group[item] : 0),
  }[sort] || ((item) => data.value(item, sort));
  const keys = new Map(items.map((item) => [item, key(item)]));
  // What has no value stands last in both directions.
  const isAbsent = (value) => typeof value === "number" && Number.isNaN(value);
  return items.sort((one, other) => {
    const [a, b] = [keys.get(one), keys.get(other)];
    if (isAbsent(a) || isAbsent(b)) return isAbsent(a) - isAbsent(b) || one - other;
    return (a < b ? -sign : a > b ? sign : 0) || one - other;
  });
}
