// What everything uses: elements, numbers in words, unpacking.

const $ = (id) => document.getElementById(id);

/** Makes an element. Texts become text nodes; a property that begins with `on` is a listener. */
function el(name, props, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "style") for (const name in value) node.style.setProperty(name, value[name]);
    else node.setAttribute(key, value === true ? "" : value);
  }
  put(node, ...children);
  return node;
}

/** Puts children into an element, in the place of those it has. */
function put(node, ...children) {
  const all = children.flat(5).filter((child) => child !== null && child !== undefined && child !== false);
  node.replaceChildren(...all);
  return node;
}

const SPACE = "\u00a0";
const NONE = "–";

/** A number with three digits that matter. */
function digits(value) {
  if (value < 9.995) return value.toFixed(2);
  if (value < 99.95) return value.toFixed(1);
  return value.toFixed(0);
}

/** A duration in milliseconds, in the unit that suits it. */
function duration(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NONE;
  const seconds = ms / 1e3;
  if (ms === 0) return `0${SPACE}ms`;
  if (ms < 0.9995) return `${Math.round(ms * 1e3)}${SPACE}µs`;
  if (ms < 999.5) return `${digits(ms)}${SPACE}ms`;
  if (seconds < 99.95) return `${digits(seconds)}${SPACE}s`;
  const [of, [large, small]] = seconds < 3599.5 ? [seconds, ["m", "s"]] : [seconds / 60, ["h", "m"]];
  const whole = Math.round(of);
  const rest = String(whole % 60).padStart(2, "0");
  return `${Math.floor(whole / 60)}${SPACE}${large} ${rest}${SPACE}${small}`;
}

/** Both ends of an interval; the unit stands once where it is the same. */
function range(low, high, shown) {
  const [from, to] = [shown(low), shown(high)];
  const [value, unit] = from.split(SPACE);
  return unit && to.endsWith(SPACE + unit) && to.split(SPACE).length === 2 ? `${value}–${to}` : `${from}–${to}`;
}

/** A count with separators. */
const count = (value) => Math.round(value).toLocaleString("en-US");
const counted = (value, one, many) => `${count(value)} ${value === 1 ? one : many}`;

/** A share; never rounded to all or nothing. */
function percent(part, whole) {
  if (whole === 0) return NONE;
  if (part === whole) return `100${SPACE}%`;
  const share = (part * 100) / whole;
  const shown = share > 99 || (share < 1 && part > 0) ? Math.min(99.9, Math.max(0.1, share)).toFixed(1) : share.toFixed(0);
  return `${shown}${SPACE}%`;
}

function bytesOf(value) {
  if (value < 1024) return `${value}${SPACE}B`;
  let [scaled, unit] = [value / 1024, 0];
  while (scaled >= 999.5 && unit < 3) [scaled, unit] = [scaled / 1024, unit + 1];
  return `${digits(scaled)}${SPACE}${["KiB", "MiB", "GiB", "TiB"][unit]}`;
}

/** A number with its sign. */
function signed(value) {
  const shown = Math.abs(value) < 9.95 ? value.toFixed(1) : value.toFixed(0);
  if (/^-?[0.]+$/.test(shown)) return "0.0";
  return value > 0 ? `+${shown}` : shown.replace("-", "−");
}

/** Bytes of base64. */
function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

/** Unpacks a block of the page (raw deflate), and forgets how it stood there. */
async function unpack(number) {
  const node = $(`block-${number}`);
  const packed = fromBase64(node.textContent);
  node.remove();
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const unpackJson = async (number) => JSON.parse(new TextDecoder().decode(await unpack(number)));

/** Says something to those who listen to the page. */
const announce = (text) => { $("live").textContent = text; };
