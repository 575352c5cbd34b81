// Canvases: size, colors, and rows of pixels.

/** Colors of the style; asked once until the scheme changes. */
const palette = new Map();

function color(name) {
  if (!palette.has(name)) palette.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
  return palette.get(name);
}

/** The same as a pixel. */
function pixel(name) {
  const hex = color(name).slice(1);
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  const [red, green, blue] = [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** A color between two pixels. */
function blend(one, other, part) {
  let mixed = 255 << 24;
  for (const shift of [0, 8, 16]) {
    const [a, b] = [(one >> shift) & 255, (other >> shift) & 255];
    mixed |= Math.round(a + (b - a) * part) << shift;
  }
  return mixed >>> 0;
}

const PHASES = ["idle", "connect", "wait", "reasoning", "tools", "text", "backoff"];
const PHASE_WORDS = ["nothing", "connecting", "waiting", "reasoning", "tool calls", "text", "pause before a retry"];
const phasePixels = () => Uint32Array.from(PHASES, (name) => pixel(`--${name}`));

/** Gives a canvas as many pixels as it shows; null while it is not shown. */
function fit(canvas) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (!width || !height) return null;
  const scale = Math.min(2, window.devicePixelRatio || 1);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.setTransform(scale, 0, 0, scale, 0, 0);
  return { context, width, height, scale };
}

/** Draws canvases when they are shown, and again when their size or the colors change. */
const drawings = {
  all: new Map(),
  observer: new ResizeObserver((entries) => entries.forEach((entry) => drawings.draw(entry.target))),
  add(canvas, draw) {
    this.all.set(canvas, draw);
    this.observer.observe(canvas);
  },
  draw(canvas) {
    const draw = this.all.get(canvas);
    if (!canvas.isConnected) {
      // It was there before, and something else took its place.
      if (canvas.width !== 300 || canvas.height !== 150) {
        this.all.delete(canvas);
        this.observer.unobserve(canvas);
      }
      return;
    }
    if (draw) draw();
  },
  again() {
    palette.clear();
    for (const canvas of [...this.all.keys()]) this.draw(canvas);
  },
};

function legend(extra) {
  const shown = [1, 2, 3, 4, 5, 6];
  return el("div", { class: "legend" },
    shown.map((phase) => el("span", null, el("i", { style: { background: `var(--${PHASES[phase]})` } }), PHASE_WORDS[phase])), extra);
}

/** Shows what is under the pointer. */
function tip(event, ...lines) {
  const box = $("tip");
  box.hidden = !lines.length;
  if (!lines.length) return;
  put(box, lines.filter(Boolean).map((line, place) => el("div", { class: place ? "soft" : "" }, line)));
  const { innerWidth, innerHeight } = window;
  const [width, height] = [box.offsetWidth, box.offsetHeight];
  box.style.left = `${Math.max(8, Math.min(innerWidth - width - 8, event.clientX + 14))}px`;
  box.style.top = `${event.clientY + height + 24 > innerHeight ? event.clientY - height - 12 : event.clientY + 16}px`;
}

const caseLines = (run, row) => [
  run.id(row),
  `${run.stateName(row)}${run.kind[row] < 0 ? "" : ` (${run.kindName(row)})`}, ${duration(run.duration[row])}`,
  Number.isNaN(run.first_token[row]) ? "no text" : `first token after ${duration(run.first_token[row])}`,
];

/** Steps of an axis from a second on: round numbers of seconds, minutes and hours. */
const STEPS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 18000, 36000, 86400, 259200].map((seconds) => seconds * 1e3);

/** A few round numbers from `low` to `high`. */
function ticks(low, high, most) {
  const raw = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = raw > 1e3 ? STEPS.find((it) => it >= raw) || raw : [1, 2, 5, 10].map((factor) => factor * power).find((it) => it >= raw) || raw;
  const all = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step) all.push(at);
  return all;
}

/** A time on an axis: no more digits than it needs. */
function axisTime(ms) {
  if (ms === 0) return "0";
  const trim = (value) => String(+value.toFixed(2));
  if (ms < 1e3) return `${trim(ms)}${SPACE}ms`;
  if (ms < 12e4) return `${trim(ms / 1e3)}${SPACE}s`;
  if (ms < 72e5) return `${trim(ms / 6e4)}${SPACE}min`;
  return `${trim(ms / 36e5)}${SPACE}h`;
}

/** Draws the axis of a canvas below `floor`. */
function axis(view, low, high, floor) {
  const { context, width } = view;
  context.font = "11.5px system-ui, sans-serif";
  for (const at of ticks(low, high, Math.floor(width / 110))) {
    const x = ((at - low) / (high - low)) * width;
    context.fillStyle = color("--line");
    context.fillRect(Math.round(x), 0, 1, floor + 4);
    context.fillStyle = color("--soft");
    context.textAlign = x < 20 ? "left" : x > width - 24 ? "right" : "center";
    context.fillText(axisTime(at), x, floor + 15);
  }
}
