// Any two samples of a question side by side.

/** Rows of lines that are made at once; more are made when asked for. */
const ROWS_AT_ONCE = 250;

/** What a sample is called: its mode, its chain where the mode has several, its round or draw. */
function sampleName(view, [group, member]) {
  const entry = view.question.groups[group];
  const sample = view.samples.groups[group].samples[member];
  return `${groupName(view, entry)}, ${roundWord(entry)} ${sample.round}`;
}

function groupName(view, entry) {
  const { index } = view;
  const model = index.models.length > 1 ? `${index.models[entry.model]}, ` : "";
  const alone = view.question.groups.filter((one) => one.model === entry.model && one.mode === entry.mode).length < 2;
  const chain = entry.chain === null || alone ? "" : ` chain ${entry.chain}`;
  return `${model}${index.modes[entry.mode].name}${chain}`;
}

/** Draws that saw no other have no order. */
function roundWord(entry) {
  return entry.chain === null ? "draw" : "round";
}

/** The position of a pair in the order (0,1), (0,2), …, (1,2), … */
function pairPosition(n, a, b) {
  const [low, high] = a < b ? [a, b] : [b, a];
  return low * n - (low * (low + 1)) / 2 + (high - low - 1);
}

/** The similarities of two samples of a group, as words; nothing across groups, where none was measured. */
function similarityWords(view, [groupA, a], [groupB, b]) {
  if (groupA !== groupB) return "The two are of different groups, between which no similarity was measured.";
  if (a === b) return "A and B are the same sample.";
  const group = view.samples.groups[groupA];
  if (group.too_many !== null) {
    return `${count(group.too_many, "pair")}: too many for the page; they are in tables/pairs.parquet.`;
  }
  const at = pairPosition(group.samples.length, a, b);
  const told = view.index.metrics.flatMap((metric, m) => {
    const value = group.pairs[m]?.[at];
    return value === null || value === undefined ? [] : [`${metricName(metric)} ${decimal(value)}`];
  });
  return told.length > 0 ? `${told.join(", ")}.` : "No similarity was measured of this pair.";
}

function metricName(metric) {
  return `${metric.title} (${metric.space})`;
}

/**
 * The pane with both samples: made once for a question, then given pair after pair by `show`. `choose(side, [group, member])`
 * is called when a reader picks another one.
 */
function comparePane(view, choose) {
  const pickers = ["a", "b"].map((side) => picker(view, side, choose));
  const measured = element("p", { class: "measured" });
  const texts = element("div");
  const pane = element(
    "section",
    { id: "compare", "aria-labelledby": "compare-h" },
    element("h4", { id: "compare-h", tabindex: "-1" }, "Question ", shown("span", view.question.id), ": two solutions side by side"),
    element("div", { class: "picks" }, ...pickers.map((one) => one.label), button("Swap A and B", () => choose("swap"))),
    measured,
    texts,
  );
  const show = (pair) => {
    pickers.forEach((one, at) => one.pick(pair[at]));
    measured.textContent = similarityWords(view, ...pair);
    const [a, b] = pair.map(([group, member]) => view.samples.groups[group].samples[member]);
    texts.replaceChildren(textBlock(view, "Solution", "solution", a, b));
    if (a.thinking !== null || b.thinking !== null) texts.append(foldedThinking(view, a, b));
  };
  return { pane, show };
}

/** Options that are made at once; thousands are made bit by bit, so that none of it is felt. */
const OPTIONS_AT_ONCE = 250;

/** A choice among all samples of the question. */
function picker(view, side, choose) {
  const select = element("select", { id: `pick-${side}` });
  const groups = view.samples.groups.map((group, g) => {
    const options = element("optgroup", { label: groupName(view, view.question.groups[g]) });
    select.append(options);
    return options;
  });
  const all = view.samples.groups.flatMap((group, g) => group.samples.map((sample, m) => [g, m]));
  const made = new Map();
  const option = ([g, m]) => {
    const sample = view.samples.groups[g].samples[m];
    const mark = sample.correct === true ? " ✓" : sample.correct === false ? " ✗" : "";
    const one = element("option", { value: `${g}.${m}`, text: `${groups[g].label}, ${roundWord(view.question.groups[g])} ${sample.round}${mark}` });
    made.set(`${g}.${m}`, one);
    return one;
  };
  let from = 0;
  const makeSome = () => {
    for (const next = from + OPTIONS_AT_ONCE; from < Math.min(next, all.length); from += 1) {
      const [g, m] = all[from];
      // One that was picked early stands last and goes to its place.
      groups[g].insertBefore(made.get(`${g}.${m}`) ?? option([g, m]), groups[g].children[m] ?? null);
    }
    if (from < all.length) setTimeout(makeSome);
  };
  makeSome();
  const pick = ([g, m]) => {
    if (!made.has(`${g}.${m}`)) groups[g].append(option([g, m]));
    select.value = `${g}.${m}`;
  };
  select.addEventListener("change", () => choose(side, select.value.split(".").map(Number)));
  return { label: element("label", { class: `pick-${side}` }, side.toUpperCase(), select), pick };
}

function foldedThinking(view, a, b) {
  const words = (sample) => (sample.thinking === null ? "none" : lengthWords(sample, "thinking"));
  const fold = element(
    "details",
    { class: "more thinking" },
    element("summary", { text: `Thinking (A: ${words(a)}; B: ${words(b)})` }),
  );
  fold.addEventListener("toggle", () => {
    if (fold.open && fold.children.length === 1) fold.append(textBlock(view, "Thinking", "thinking", a, b));
  });
  return fold;
}

function lengthWords(sample, kind) {
  const tokens = sample[`${kind}_tokens`];
  return tokens === null ? count(sample[`${kind}_chars`] ?? 0, "character") : count(tokens, "token");
}

/** One kind of text of both samples, with what differs marked, and what is not shown said. */
function textBlock(view, title, kind, a, b) {
  const [textA, textB] = [a, b].map((sample) => (sample[kind] === null ? null : view.samples.texts[sample[kind]]));
  const block = element("div", { class: "texts" });
  const { rows, method } = sideBySide(textA?.text ?? "", textB?.text ?? "");
  const remark = remarkOn(kind, textA, textB, a[kind] === b[kind], method);
  if (remark) block.append(element("p", { class: "notes remark", text: remark }));
  const grid = element("div", { class: `diff ${method}`, role: "group", "aria-label": `${title} of A and of B` });
  const head = (side, sample, text) =>
    element("div", { class: "side" }, element("b", { text: `${side} ` }), text ? lengthWords(sample, kind) : "");
  grid.append(element("div", { class: "row heads" }, head("A", a, textA), head("B", b, textB)));
  block.append(grid);
  appendRows(block, grid, rows, 0);
  for (const [side, text, sample] of [["A", textA, a], ["B", textB, b]]) {
    if (text?.left_out) block.append(leftOut(side, kind, text, sample));
  }
  return block;
}

function remarkOn(kind, textA, textB, same, method) {
  const missing = [["A", textA], ["B", textB]].filter(([, text]) => text === null).map(([side]) => side);
  if (missing.length > 0) return `${missing.join(" and ")} ${missing.length > 1 ? "have" : "has"} no ${kind}.`;
  if (same) return `The two are equal to the letter.`;
  if (method === "nothing") return "They differ in too much to be compared here; they stand side by side as they are.";
  if (method === "lines") return "They differ in so much that only whole lines are compared in places.";
  return "";
}

function leftOut(side, kind, text, sample) {
  const chars = count(text.left_out, "character");
  const note = `${side} goes on for ${chars} that this page leaves out; the whole ${kind} is in tables/samples.parquet, sample `;
  return element("p", { class: "notes left-out" }, note, shown("code", sample.id), ".");
}

/** Makes rows up to a bound, and a button for more. */
function appendRows(block, grid, rows, from) {
  for (const row of rows.slice(from, from + ROWS_AT_ONCE)) {
    const kind = row.same ? "row same" : "row";
    grid.append(element("div", { class: kind }, line(row.a, "del", row.same), line(row.b, "ins", row.same)));
  }
  const rest = rows.length - from - ROWS_AT_ONCE;
  if (rest <= 0) return;
  const more = button(`Show more lines (${count(rest, "line")} left)`, () => {
    const place = grid.children.length;
    more.remove();
    appendRows(block, grid, rows, from + ROWS_AT_ONCE);
    grid.children[place].setAttribute("tabindex", "-1");
    grid.children[place].focus();
  });
  grid.after(more);
}

function line(pieces, mark, same) {
  const made = element("div", { class: pieces === null ? "line none" : "line", dir: "auto" });
  for (const [text, own] of pieces ?? []) {
    if (own && !same && text !== "") made.append(appendVisible(element(mark), text));
    else appendVisible(made, text);
  }
  return made;
}
