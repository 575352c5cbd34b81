// The runs of the page, as columns.

/** The numbers of a column (LEB128). This is the hottest loop of the page: it allocates nothing. */
function decoded(bytes, from, length) {
  const all = new Float64Array(length);
  let at = from;
  for (let i = 0; i < length; i++) {
    let byte = bytes[at++];
    let number = byte & 127;
    let factor = 128;
    while (byte > 127) {
      byte = bytes[at++];
      number += (byte & 127) * factor;
      factor *= 128;
    }
    all[i] = number;
  }
  return all;
}

/** The same as an array of a kind, each number put through `map`. */
function numbers(bytes, place, Kind, map) {
  const all = decoded(bytes, place[0], place[1]);
  if (!map && Kind === Float64Array) return all;
  const mapped = new Kind(all.length);
  for (let i = 0; i < all.length; i++) mapped[i] = map ? map(all[i]) : all[i];
  return mapped;
}

class Run {
  constructor(meta, bytes, names) {
    this.meta = meta;
    this.names = names;
    this.count = meta.count;
    const column = (name, Kind, map) => numbers(bytes, meta.index[name], Kind, map);
    const some = (factor) => (number) => (number === 0 ? NaN : (number - 1) / factor);
    this.index = column("index", Uint32Array);
    this.input = column("input", Uint32Array);
    this.iteration = column("iteration", Uint32Array);
    this.state = column("state", Uint8Array);
    this.kind = column("kind", Int16Array, (number) => number - 1);
    this.persona = column("persona", Int32Array, (number) => number - 1);
    this.start = column("start", Float64Array, (number) => number / 1e3);
    this.duration = column("duration", Float64Array, (number) => number / 1e3);
    this.first_output = column("first_output", Float64Array, some(1e3));
    this.first_token = column("first_token", Float64Array, some(1e3));
    this.tpot = column("tpot", Float64Array, some(1e3));
    this.tokens_per_second = column("tokens_per_second", Float64Array, some(1e3));
    this.tokens = column("tokens", Float64Array, some(1));
    this.attempts = column("attempts", Uint32Array);
    this.tools = column("tools", Uint32Array);
    this.warnings = column("warnings", Uint32Array);
    this.characters = column("characters", Float64Array);
    this.succeeded = column("succeeded", Uint8Array);
    this.chunk = column("text", Int32Array, (number) => number - 1);
    const counts = column("phase_count", Uint32Array);
    const packed = column("phases", Float64Array);
    this.phaseAt = new Uint32Array(this.count + 1);
    for (let i = 0; i < this.count; i++) this.phaseAt[i + 1] = this.phaseAt[i] + counts[i];
    this.phaseKind = new Uint8Array(packed.length);
    this.phaseMs = new Float32Array(packed.length);
    packed.forEach((value, i) => {
      this.phaseKind[i] = value % 8;
      this.phaseMs[i] = Math.floor(value / 8) / 100;
    });
    const ticks = column("tick_count", Uint32Array);
    this.tickAt = new Uint32Array(this.count + 1);
    this.tickMs = Float32Array.from(column("ticks", Float64Array));
    for (let i = 0; i < this.count; i++) {
      this.tickAt[i + 1] = this.tickAt[i] + ticks[i];
      let at = 0;
      for (let k = this.tickAt[i]; k < this.tickAt[i + 1]; k++) {
        at += this.tickMs[k];
        this.tickMs[k] = at / 1e3;
      }
    }
    let end = 0;
    for (let i = 0; i < this.count; i++) end = Math.max(end, this.start[i] + this.duration[i]);
    this.end = end;
    this.chunks = new Map();
  }

  static async load(meta) {
    const [bytes, names] = await Promise.all([unpack(meta.blocks.columns), unpackJson(meta.blocks.names)]);
    return new Run(meta, bytes, names);
  }

  id(row) { return `${this.names.ids[this.input[row]]}/${this.iteration[row]}`; }
  question(row) { return this.names.questions[this.input[row]]; }
  stateName(row) { return this.names.states[this.state[row]]; }
  kindName(row) { return this.kind[row] < 0 ? "" : this.names.kinds[this.kind[row]]; }
  passed(row) { return this.state[row] === 0; }
  models() { return this.meta.models; }

  /** The row of a case by its id; -1 without such a case. */
  find(id) {
    if (!this.rows) {
      this.rows = new Map();
      for (let row = 0; row < this.count; row++) this.rows.set(this.id(row), row);
    }
    const row = this.rows.get(id);
    return row === undefined ? -1 : row;
  }

  /** Record and recording of a case; null where the page does not have its texts. */
  async detail(row) {
    const chunk = this.chunk[row];
    if (chunk < 0) return null;
    const [first] = this.meta.blocks.texts;
    if (!this.chunks.has(chunk)) {
      this.chunks.set(chunk, unpackJson(first + chunk).then((cases) => new Map(cases.map((it) => [it.record.case_index, it]))));
    }
    return (await this.chunks.get(chunk)).get(this.index[row]) || null;
  }
}

const GROUPS = ["regressions", "fixed", "changed", "unchanged", "input_changed", "only_a", "only_b"];
const GROUP_WORDS = ["regressed", "fixed", "changed", "unchanged", "other input", "only in A", "only in B"];

/** All that the page shows: one or two runs, and what belongs together. An item has a row in each run, or -1. */
class Data {
  static async load(meta) {
    const data = new Data();
    data.meta = meta;
    data.runs = await Promise.all(meta.runs.map((run) => Run.load(run)));
    data.isTwo = data.runs.length === 2;
    if (data.isTwo) {
      const bytes = await unpack(meta.pairs.columns);
      const column = (name, map) => numbers(bytes, meta.pairs.index[name], Int32Array, map);
      data.rows = [column("a", (number) => number - 1), column("b", (number) => number - 1)];
      data.group = column("group");
    } else {
      data.rows = [Int32Array.from({ length: data.runs[0].count }, (_, row) => row)];
    }
    data.count = data.rows[0].length;
    // The run whose figures sort and filter: of two, the second.
    data.main = data.runs.length - 1;
    return data;
  }

  /** Run and row that stand for an item. */
  of(item) {
    const row = this.rows[this.main][item];
    return row >= 0 ? [this.runs[this.main], row] : [this.runs[0], this.rows[0][item]];
  }

  value(item, name) {
    const row = this.rows[this.main][item];
    return row < 0 ? NaN : this.runs[this.main][name][row];
  }

  id(item) {
    const [run, row] = this.of(item);
    return run.id(row);
  }

  find(id) {
    for (let item = 0; item < this.count; item++) if (this.id(item) === id) return item;
    return -1;
  }
}
