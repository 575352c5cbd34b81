// Plays an answer, or two in lockstep, as their pieces arrived.

const SPEEDS = [1, 4, 16];

/** When the text of a case had which length: `at` in milliseconds since it was due. */
function arrivalsOf(detail) {
  const attempts = (detail && detail.recording) || [];
  const last = attempts[attempts.length - 1];
  if (!last || !last.arrivals.length) return null;
  const all = { at: [], length: [] };
  let [at, length] = [last.started, 0];
  for (let i = 0; i < last.arrivals.length; i += 2) {
    at += last.arrivals[i];
    length += last.arrivals[i + 1];
    all.at.push(at / 1e3);
    all.length.push(length);
  }
  return all;
}

/** How long the text was at a moment. */
function lengthAt(arrivals, time) {
  let [low, high] = [0, arrivals.at.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (arrivals.at[middle] <= time) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : arrivals.length[low - 1];
}

class Player {
  /** `sides` have `total`, the length of a case in milliseconds, and `show(time)`; null shows the end. */
  constructor(sides) {
    this.sides = sides;
    this.total = Math.max(...sides.map((side) => side.total));
    this.time = this.total;
    this.speed = 1;
    this.button = el("button", { type: "button", onclick: () => this.toggle() }, "▶ Play");
    this.speeds = SPEEDS.map((speed) => el("button", { type: "button", "aria-pressed": String(speed === 1), onclick: () => this.setSpeed(speed) }, `${speed}×`));
    this.range = el("input", { type: "range", min: 0, max: 1000, step: 1, value: 1000, "aria-label": "Moment of the answer", oninput: () => { this.stop(); this.seek((this.range.value / 1000) * this.total); } });
    this.output = el("output", null, this.words());
    this.node = el("div", { class: "player", role: "group", "aria-label": "Player" }, this.button,
      el("span", { class: "chips", style: { margin: 0 }, role: "group", "aria-label": "Speed" }, this.speeds), this.range, this.output);
  }

  words() { return `${duration(this.time)} of ${duration(this.total)}`; }

  setSpeed(speed) {
    this.speed = speed;
    this.speeds.forEach((button, place) => button.setAttribute("aria-pressed", String(SPEEDS[place] === speed)));
  }

  toggle() {
    if (this.frame) return this.stop();
    if (this.time >= this.total) this.time = 0;
    this.button.replaceChildren("❚❚ Pause");
    let before = performance.now();
    const step = (now) => {
      this.seek(Math.min(this.total, this.time + (now - before) * this.speed));
      before = now;
      if (this.time >= this.total) this.stop();
      else this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
    return undefined;
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.button.replaceChildren("▶ Play");
  }

  seek(time) {
    this.time = time;
    this.range.value = Math.round((time / this.total) * 1000);
    this.output.textContent = this.words();
    this.range.setAttribute("aria-valuetext", this.words());
    const isOver = time >= this.total;
    for (const side of this.sides) side.show(isOver ? null : time);
  }
}
