// What differs between two texts: lines first, then words within lines that changed. All work has a bound, so that no
// text can stop the page: beyond it lines are told without their words, and beyond that nothing is told at all.

/** Most edits that are looked for between two lists of lines, and between the words of two lines. */
const MOST_LINE_EDITS = 1200;
const MOST_WORD_EDITS = 400;
/** Steps of the search for one pair of texts, some tens of milliseconds of work. */
const MOST_STEPS = 1_500_000;
/** Words of a line beyond which it is not taken apart. */
const MOST_WORDS = 5000;

/**
 * E. Myers, "An O(ND) difference algorithm and its variations" (1986), the greedy form: the stretches that two lists have
 * in common, as [start in a, start in b, length]. Null where it would take more edits than `most` or more steps than
 * are left in `budget`.
 */
function commonRuns(a, b, most, budget) {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  const room = Math.min(a.length, b.length) - start;
  while (end < room && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const middle = editPath(a.slice(start, a.length - end), b.slice(start, b.length - end), most, budget);
  if (middle === null) return null;
  const runs = middle.map(([x, y, length]) => [x + start, y + start, length]);
  if (start > 0) runs.unshift([0, 0, start]);
  if (end > 0) runs.push([a.length - end, b.length - end, end]);
  return runs;
}

/** The furthest reaching points for each number of edits, until the end of both lists is reached; then back. */
function editPath(a, b, most, budget) {
  const limit = Math.min(a.length + b.length, most);
  const reach = new Int32Array(2 * limit + 3);
  const origin = limit + 1;
  const history = [];
  for (let edits = 0; edits <= limit; edits += 1) {
    budget.steps -= edits + 1;
    if (budget.steps < 0) return null;
    history.push(reach.slice(origin - edits - 1, origin + edits + 2));
    for (let k = -edits; k <= edits; k += 2) {
      const down = k === -edits || (k !== edits && reach[origin + k - 1] < reach[origin + k + 1]);
      let x = down ? reach[origin + k + 1] : reach[origin + k - 1] + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      reach[origin + k] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(history, a.length, b.length);
    }
  }
  return null;
}

function walkBack(history, x, y) {
  const runs = [];
  for (let edits = history.length - 1; edits >= 0; edits -= 1) {
    const reach = history[edits];
    const at = (k) => reach[k + edits + 1];
    const k = x - y;
    const down = k === -edits || (k !== edits && at(k - 1) < at(k + 1));
    const fromX = edits === 0 ? 0 : at(down ? k + 1 : k - 1);
    const fromY = edits === 0 ? 0 : fromX - (down ? k + 1 : k - 1);
    const startX = edits === 0 ? 0 : down ? fromX : fromX + 1;
    const startY = edits === 0 ? 0 : down ? fromY + 1 : fromY;
    if (x > startX) runs.unshift([startX, startY, x - startX]);
    [x, y] = [fromX, fromY];
  }
  return runs;
}

/** Strings as numbers, the same for the same string: comparing them then costs nothing. */
function numbered(...lists) {
  const known = new Map();
  const number = (item) => {
    if (!known.has(item)) known.set(item, known.size);
    return known.get(item);
  };
  return lists.map((list) => Int32Array.from(list, number));
}

const WORDS = /\s+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu;

/**
 * Both lines in pieces, [text, whether it is theirs alone]; null where they have so little in common that marking all of
 * them is clearer, or where it would take too long.
 */
function wordPieces(a, b, budget) {
  const [wordsA, wordsB] = [a.match(WORDS) ?? [], b.match(WORDS) ?? []];
  if (Math.max(wordsA.length, wordsB.length) > MOST_WORDS) budget.cut = true;
  if (budget.cut) return null;
  const runs = commonRuns(...numbered(wordsA, wordsB), MOST_WORD_EDITS, budget);
  if (runs === null) {
    budget.cut ||= budget.steps < 0;
    return null;
  }
  const common = runs.reduce((sum, [x, , length]) => sum + wordsA.slice(x, x + length).join("").trim().length, 0);
  if (common < 0.25 * Math.max(a.trim().length, b.trim().length)) return null;
  return [pieces(wordsA, runs, 0), pieces(wordsB, runs, 1)];
}

function pieces(words, runs, side) {
  const made = [];
  let from = 0;
  for (const run of [...runs, [words.length, words.length, 0]]) {
    const [start, length] = [run[side], run[2]];
    if (start > from) made.push([words.slice(from, start).join(""), true]);
    if (length > 0) made.push([words.slice(start, start + length).join(""), false]);
    from = start + length;
  }
  return made;
}

/**
 * Two texts as rows of lines that stand beside one another: { a, b, same }, each side in pieces or null. `method` says what
 * was compared: "words", "lines" (words took too long somewhere) or "nothing".
 */
function sideBySide(textA, textB) {
  const [linesA, linesB] = [textA.split("\n"), textB.split("\n")];
  const budget = { steps: MOST_STEPS, cut: false };
  const runs = commonRuns(...numbered(linesA, linesB), MOST_LINE_EDITS, budget);
  if (runs === null) return { rows: plainRows(linesA, linesB), method: "nothing" };
  const rows = [];
  let [fromA, fromB] = [0, 0];
  for (const [x, y, length] of [...runs, [linesA.length, linesB.length, 0]]) {
    rows.push(...changedRows(linesA.slice(fromA, x), linesB.slice(fromB, y), budget));
    for (let at = 0; at < length; at += 1) {
      const piece = [[linesA[x + at], false]];
      rows.push({ a: piece, b: piece, same: true });
    }
    [fromA, fromB] = [x + length, y + length];
  }
  return { rows, method: budget.cut ? "lines" : "words" };
}

function changedRows(linesA, linesB, budget) {
  const rows = [];
  for (let at = 0; at < Math.max(linesA.length, linesB.length); at += 1) {
    const [a, b] = [linesA[at], linesB[at]];
    const taken = a !== undefined && b !== undefined ? wordPieces(a, b, budget) : null;
    const whole = (line) => (line === undefined ? null : [[line, true]]);
    rows.push({ a: taken ? taken[0] : whole(a), b: taken ? taken[1] : whole(b), same: false });
  }
  return rows;
}

function plainRows(linesA, linesB) {
  const side = (line) => (line === undefined ? null : [[line, false]]);
  const n = Math.max(linesA.length, linesB.length);
  return Array.from({ length: n }, (_, at) => ({ a: side(linesA[at]), b: side(linesB[at]), same: false }));
}
