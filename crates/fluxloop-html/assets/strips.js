// A strip for each of a thousand answers, sorted by the first token.

const MOST_STRIPS = 1000;

/** The rows with text, those with the earliest first token first; evenly chosen where there are too many. */
function stripRows(data, items, side) {
  const run = data.runs[side];
  let all = items.map((item) => data.rows[side][item]).filter((row) => row >= 0 && !Number.isNaN(run.first_token[row]));
  // Of very many, a part is sorted: its strips are spread in the same way.
  if (all.length > 20 * MOST_STRIPS) all = Array.from({ length: 10 * MOST_STRIPS }, (_, i) => all[Math.floor((i * all.length) / (10 * MOST_STRIPS))]);
  all.sort((one, other) => run.first_token[one] - run.first_token[other] || run.duration[one] - run.duration[other]);
  if (all.length <= MOST_STRIPS) return all;
  return Array.from({ length: MOST_STRIPS }, (_, i) => all[Math.floor((i * all.length) / MOST_STRIPS)]);
}

function showStrips(data, items, open) {
  const section = $("strips");
  const rows = data.runs.map((_, side) => stripRows(data, items, side));
  const most = Math.max(...rows.map((side) => side.length));
  section.hidden = most < 2;
  if (most < 2) return;
  // The same scale for both runs; a few very long answers do not squeeze all others.
  const ends = rows.map((side, place) => rank(Float64Array.from(side, (row) => data.runs[place].duration[row]).sort(), 0.99) || 0);
  const end = Math.max(...ends) * 1.02 || 1;
  const figure = (side) => {
    const run = data.runs[side];
    if (!rows[side].length) return null;
    const firsts = Float64Array.from(rows[side], (row) => run.first_token[row]);
    const words = `${counted(rows[side].length, "answer", "answers")}, sorted by time to first token: from ${duration(firsts[0])} to ${duration(firsts[firsts.length - 1])}, median ${duration(rank(firsts, 0.5))}.`;
    const canvas = el("canvas", { role: "img", "aria-label": words });
    drawings.add(canvas, () => drawStrips(canvas, run, rows[side], end));
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return rows[side][Math.floor(((event.clientY - box.top) / (box.height - 20)) * rows[side].length)];
    };
    canvas.addEventListener("pointermove", (event) => (at(event) === undefined ? tip(event) : tip(event, ...caseLines(run, at(event)))));
    canvas.addEventListener("pointerleave", (event) => tip(event));
    canvas.addEventListener("click", (event) => at(event) !== undefined && open(run.id(at(event))));
    return el("figure", null, data.isTwo ? el("figcaption", null, `${"AB"[side]}: ${run.meta.summary.name}`) : null, canvas);
  };
  const total = Math.max(...data.runs.map((_, side) => values(data, items, "first_token", side).length));
  const number = total > most ? `${count(most)} of ${count(total)} answers` : counted(most, "answer", "answers");
  put(section,
    el("div", { class: "head" }, el("h2", { id: "strips-title" }, "When the answers arrived"),
      el("p", null, `${number}, one line each, sorted by time to first token.`)),
    el("div", { class: data.isTwo ? "twin" : "" }, data.runs.map((_, side) => figure(side))),
    legend());
}

function drawStrips(canvas, run, rows, end) {
  const view = fit(canvas);
  if (!view) return;
  const floor = view.height - 20;
  const wide = canvas.width;
  const tall = Math.round(floor * view.scale);
  view.context.fillStyle = color("--strip");
  view.context.fillRect(0, 0, view.width, floor);
  const image = view.context.getImageData(0, 0, wide, tall);
  const pixels = new Uint32Array(image.data.buffer);
  const colors = phasePixels();
  // Where pieces are known, they stand out of the time between them.
  const faint = blend(colors[5], pixel("--strip"), 0.55);
  const factor = wide / end;
  const gap = tall / rows.length >= 5 ? 1 : 0;
  const perRow = tall / rows.length;
  for (let y = 0; y < tall; y++) {
    const place = Math.min(rows.length - 1, Math.floor(y / perRow));
    if (gap && Math.floor((y + 1) / perRow) !== place) continue;
    const row = rows[place];
    let at = 0;
    for (let i = run.phaseAt[row]; i < run.phaseAt[row + 1]; i++) {
      const next = at + run.phaseMs[i];
      const from = Math.floor(at * factor);
      const to = Math.min(wide, Math.max(Math.floor(next * factor), from + (run.phaseKind[i] > 2 ? 1 : 0)));
      const kind = run.phaseKind[i];
      const isKnown = kind === 5 && run.tickAt[row + 1] > run.tickAt[row];
      if (from < wide && kind) pixels.fill(isKnown ? faint : colors[kind], y * wide + from, y * wide + to);
      at = next;
    }
    for (let i = run.tickAt[row]; i < run.tickAt[row + 1]; i++) {
      const x = Math.floor(run.tickMs[i] * factor);
      if (x < wide) pixels.fill(colors[5], y * wide + x, y * wide + Math.min(wide, x + Math.max(1, Math.floor(view.scale))));
    }
  }
  view.context.putImageData(image, 0, 0);
  axis(view, 0, end, floor);
}
