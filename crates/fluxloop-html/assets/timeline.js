// All cases in time: a lane for each case that was under way at the same moment.

/** Gives each row a lane: the first one that is free when the case begins. */
function lanes(run, rows) {
  const order = Uint32Array.from(rows);
  const { start } = run;
  // Most runs begin their cases in the order of the inputs.
  if (order.some((row, i) => i > 0 && start[row] < start[order[i - 1]])) order.sort((one, other) => start[one] - start[other] || one - other);
  const free = [];
  const lane = new Uint32Array(run.count);
  for (const row of order) {
    let place = 0;
    while (place < free.length && free[place] > run.start[row] + 0.001) place++;
    free[place] = run.start[row] + run.duration[row];
    lane[row] = place;
  }
  return { order, lane, count: free.length };
}

class Timeline {
  constructor(data, change, open) {
    Object.assign(this, { data, change, open, parts: [] });
    this.keys = data.runs.map(() => new Map());
  }

  show(items) {
    const section = $("timeline");
    section.hidden = !this.data.count;
    if (!this.data.count) return;
    this.items = items;
    this.parts = this.data.runs.map((run, side) => this.part(run, side));
    const clear = Number.isFinite(state.from) ? el("button", { type: "button", onclick: () => { state.from = state.to = NaN; this.change(); } }, "Show the whole time") : null;
    put(section,
      el("div", { class: "head" }, el("h2", { id: "timeline-title" }, "Timeline"),
        el("p", null, "Each case from the moment when it was due. Drag to select a time; click to open a case."), clear),
      this.parts.map((part) => el("figure", null,
        this.data.isTwo ? el("figcaption", null, `${"AB"[part.side]}: ${part.run.meta.summary.name}`) : null, part.canvas)),
      legend(el("span", null, el("i", { style: { background: "var(--bad)" } }), "did not pass")));
  }

  part(run, side) {
    const rows = this.items.map((item) => this.data.rows[side][item]).filter((row) => row >= 0);
    const { order, lane, count: laneCount } = lanes(run, rows);
    const [low, high] = Number.isFinite(state.from) ? [state.from, state.to] : [0, Math.max(run.end, 1)];
    const label = `${counted(rows.length, "case", "cases")} from ${axisTime(low)} to ${axisTime(high)}, at most ${laneCount} at once. The table below lists them.`;
    const canvas = el("canvas", { role: "img", "aria-label": label });
    const part = { run, side, order, lane, laneCount, low, high, canvas };
    drawings.add(canvas, () => this.draw(part));
    this.listen(part);
    return part;
  }

  draw(part) {
    const view = fit(part.canvas);
    if (!view) return;
    const { run, order, lane, laneCount, low, high } = part;
    const floor = view.height - 20;
    axis(view, low, high, floor);
    const wide = part.canvas.width;
    const tall = Math.round(floor * view.scale);
    const image = view.context.getImageData(0, 0, wide, tall);
    const pixels = new Uint32Array(image.data.buffer);
    const colors = phasePixels();
    const bad = pixel("--bad");
    const each = Math.min(tall / Math.max(1, laneCount), 22 * view.scale);
    const gap = each >= 4 ? 1 : 0;
    const factor = wide / (high - low);
    const paint = (row) => {
      const top = Math.floor(lane[row] * each);
      const bottom = Math.min(tall, Math.max(top + 1, Math.floor((lane[row] + 1) * each) - gap));
      const fill = (from, to, value) => {
        const [x0, x1] = [Math.max(0, Math.floor(from)), Math.min(wide, Math.max(Math.floor(from) + 1, Math.floor(to)))];
        for (let y = top; y < bottom; y++) pixels.fill(value, y * wide + x0, y * wide + x1);
      };
      let at = run.start[row];
      for (let i = run.phaseAt[row]; i < run.phaseAt[row + 1]; i++) {
        const end = at + run.phaseMs[i];
        if (end >= low && at <= high && run.phaseKind[i]) fill((at - low) * factor, (end - low) * factor, colors[run.phaseKind[i]]);
        at = end;
      }
      if (run.state[row] !== 0) {
        const end = (run.start[row] + run.duration[row] - low) * factor;
        if (end >= 0 && end <= wide + 3) fill(end - 3 * view.scale, end, bad);
      }
    };
    for (const row of order) if (run.state[row] === 0) paint(row);
    for (const row of order) if (run.state[row] !== 0) paint(row);
    view.context.putImageData(image, 0, 0);
    Object.assign(part, { each: each / view.scale, width: view.width });
  }

  /** The case at a place of the canvas. */
  at(part, event) {
    const box = part.canvas.getBoundingClientRect();
    const time = part.low + ((event.clientX - box.left) / box.width) * (part.high - part.low);
    const wanted = Math.floor((event.clientY - box.top) / part.each);
    const slack = ((part.high - part.low) / box.width) * 3;
    let [best, nearest] = [-1, slack];
    for (const row of part.order) {
      const { start, duration: took } = part.run;
      if (start[row] > time + slack) break;
      if (part.lane[row] !== wanted) continue;
      const away = time < start[row] ? start[row] - time : Math.max(0, time - start[row] - took[row]);
      if (away <= nearest) [best, nearest] = [row, away];
    }
    return [best, time];
  }

  listen(part) {
    const { canvas } = part;
    let from = null;
    const mark = el("div", { style: { position: "absolute", background: "var(--accent)", opacity: ".25", "pointer-events": "none", "z-index": 5 } });
    canvas.addEventListener("pointerdown", (event) => { from = { x: event.clientX, time: this.at(part, event)[1] }; });
    canvas.addEventListener("pointermove", (event) => {
      if (from && Math.abs(event.clientX - from.x) > 5 && event.buttons) {
        const box = canvas.getBoundingClientRect();
        if (!mark.isConnected) document.body.append(mark);
        const [left, right] = [Math.min(from.x, event.clientX), Math.max(from.x, event.clientX)];
        for (const [name, value] of Object.entries({ left: left + scrollX, top: box.top + scrollY, width: right - left, height: box.height - 20 })) mark.style[name] = `${value}px`;
        tip(event);
        return;
      }
      const [row] = this.at(part, event);
      if (row < 0) tip(event);
      else tip(event, ...caseLines(part.run, row));
    });
    const drop = () => { mark.remove(); from = null; };
    canvas.addEventListener("pointerup", (event) => {
      if (!from) return;
      const [row, time] = this.at(part, event);
      const isDrag = Math.abs(event.clientX - from.x) > 5;
      const [low, high] = [Math.min(from.time, time), Math.max(from.time, time)];
      drop();
      if (isDrag) {
        [state.from, state.to] = [Math.max(0, low), high];
        this.change();
      } else if (row >= 0) this.open(part.run.id(row));
    });
    canvas.addEventListener("pointercancel", drop);
    canvas.addEventListener("pointerleave", (event) => { tip(event); if (!event.buttons) drop(); });
  }
}
