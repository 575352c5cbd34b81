// Where two texts part, word by word.

const MOST_WORDS = 1200;

/** The words of a text, each with the white space after it. */
const wordsOf = (text) => text.match(/\S+\s*|^\s+/g) || [];

/** Parts of both texts: `[kind, text]`, where kind is `same`, `del` or `ins`. */
function diff(one, other) {
  const [a, b] = [wordsOf(one), wordsOf(other)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const parts = [];
  const add = (kind, words) => { if (words.length) parts.push([kind, words.join("")]); };
  add("same", a.slice(0, start));
  // Far from each other, texts are not compared word by word: that would take the square of their length.
  if (left.length > MOST_WORDS || right.length > MOST_WORDS) {
    add("del", left);
    add("ins", right);
  } else {
    for (const [kind, word] of steps(left, right)) {
      const last = parts[parts.length - 1];
      if (last && last[0] === kind && parts.length > 1) last[1] += word;
      else parts.push([kind, word]);
    }
  }
  add("same", a.slice(a.length - end));
  return parts;
}

/** The steps from one list of words to the other, by their longest common subsequence. */
function steps(a, b) {
  const wide = b.length + 1;
  const table = new Uint16Array((a.length + 1) * wide);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * wide + j] = a[i] === b[j] ? table[(i + 1) * wide + j + 1] + 1 : Math.max(table[(i + 1) * wide + j], table[i * wide + j + 1]);
    }
  }
  const found = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) { found.push(["same", a[i++]]); j++; }
    else if (j >= b.length || (i < a.length && table[(i + 1) * wide + j] >= table[i * wide + j + 1])) found.push(["del", a[i++]]);
    else found.push(["ins", b[j++]]);
  }
  return found;
}

/** One side of two texts, with what only this side has. */
function marked(parts, kind) {
  return parts.filter(([of]) => of === "same" || of === kind).map(([of, text]) => (of === "same" ? text : el(of, null, text)));
}
