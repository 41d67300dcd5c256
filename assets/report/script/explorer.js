// The list of questions: filtered, sorted, a page at a time; one opens in its place. The address says what is open.

/** Rows of the list that are shown at once. */
const ROWS_PER_PAGE = 50;

const state = { metric: 0, mode: "", model: "", judged: "", text: "", column: "question", order: 1, page: 0 };
let index = null;
/** A question under one model: what the list has rows of. */
let entries = [];
let listed = [];
/** What is open: a position in `entries` with a pair of samples. */
let open = null;
/** Counts openings, so that what was asked for last wins. */
let openings = 0;

function makeEntries() {
  const made = [];
  index.questions.forEach((question) => {
    const models = new Set(question.groups.map((group) => group.model));
    for (const model of models) made.push({ question, model, groups: question.groups.filter((g) => g.model === model) });
  });
  return made;
}

function modesShown() {
  const all = index.modes.map((_, mode) => mode);
  return state.mode === "" ? all : all.filter((mode) => mode === Number(state.mode));
}

function mean(values) {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
}

/** What the list shows of an entry under the filter. */
function facts(entry) {
  const modes = modesShown();
  const groups = entry.groups.filter((group) => modes.includes(group.mode));
  const sum = (field) => groups.reduce((total, group) => total + group[field], 0);
  const values = modes.map((mode) => mean(groups.filter((g) => g.mode === mode).map((g) => g.values[state.metric])));
  const known = values.filter((value) => value !== null);
  return {
    entry,
    groups,
    values,
    spread: known.length > 1 ? Math.max(...known) - Math.min(...known) : null,
    repeats: sum("repeats"),
    couldRepeat: sum("could_repeat"),
    correct: sum("correct"),
    judged: sum("judged"),
  };
}

function passes(fact) {
  const { entry, correct, judged } = fact;
  if (fact.groups.length === 0) return false;
  if (state.model !== "" && entry.model !== Number(state.model)) return false;
  if (state.text !== "" && !entry.question.id.toLowerCase().includes(state.text.toLowerCase())) return false;
  switch (state.judged) {
    case "all": return judged > 0 && correct === judged;
    case "some": return correct > 0 && correct < judged;
    case "none": return judged > 0 && correct === 0;
    case "unjudged": return judged === 0;
    default: return true;
  }
}

/** The columns of the list under the filter. */
function listColumns() {
  const modes = modesShown().map((mode, at) => ({
    name: `mode-${mode}`, head: () => element("span", { class: "mode-name" }, swatch({ index }, mode), index.modes[mode].name),
    key: (fact) => fact.values[at], cell: (fact) => decimal(fact.values[at]),
  }));
  const columns = [
    { name: "question", head: () => "question", key: (fact) => fact.entry.question.id, cell: openButton },
    ...modes,
    { name: "spread", head: () => "difference", key: (fact) => fact.spread, cell: (fact) => decimal(fact.spread) },
    {
      name: "repeats", head: () => "repeats", key: (fact) => (fact.couldRepeat > 0 ? fact.repeats / fact.couldRepeat : null),
      cell: (fact) => percent(fact.repeats, fact.couldRepeat),
    },
    {
      name: "correct", head: () => "correct", key: (fact) => (fact.judged > 0 ? fact.correct / fact.judged : null),
      cell: (fact) => (fact.judged > 0 ? `${fact.correct} of ${fact.judged}` : "–"),
    },
  ];
  return columns.filter((column) => column.name !== "spread" || modes.length > 1);
}

function openButton(fact) {
  const { question, model } = fact.entry;
  const made = button("", () => openEntry(entries.indexOf(fact.entry)), { class: "open", "data-question": question.key });
  appendVisible(made, question.id);
  const place = [index.places.length > 1 ? index.places[question.place] : null, index.models.length > 1 ? index.models[model] : null];
  const words = place.filter(Boolean).join(" · ");
  return element("span", {}, made, words === "" ? null : element("span", { class: "place", text: words }));
}

/** Filters and sorts, then shows the page that the state names. */
function updateList() {
  const columns = listColumns();
  const column = columns.find((one) => one.name === state.column) ?? columns[0];
  listed = entries.map(facts).filter(passes);
  const keyed = listed.map((fact) => [column.key(fact), fact]);
  listed = keyed.sort((a, b) => compareKeys(a[0], b[0], state.order)).map(([, fact]) => fact);
  state.page = Math.min(state.page, Math.max(0, Math.ceil(listed.length / ROWS_PER_PAGE) - 1));
  const from = state.page * ROWS_PER_PAGE;
  const rows = listed.slice(from, from + ROWS_PER_PAGE);
  const of = listed.length > ROWS_PER_PAGE ? `, ${from + 1} to ${from + rows.length} shown` : "";
  const what = index.models.length > 1 ? `${count(listed.length, "row")}, one for each question of a model` : count(listed.length, "question");
  byId("explorer-count").textContent = `${what}${of}.`;
  byId("explorer-list").replaceChildren(listTable(columns, rows));
  byId("explorer-pages").hidden = listed.length <= ROWS_PER_PAGE;
  byId("explorer-previous").disabled = state.page === 0;
  byId("explorer-next").disabled = from + ROWS_PER_PAGE >= listed.length;
}

function listTable(columns, rows) {
  const head = (column) => {
    const order = column.name !== state.column ? "none" : state.order > 0 ? "ascending" : "descending";
    const sort = button("", () => sortBy(column.name), { class: "sort", "data-column": column.name });
    sort.append(column.head());
    return element("th", { scope: "col", "aria-sort": order }, sort);
  };
  const row = (fact) => {
    const [first, ...rest] = columns.map((column) => column.cell(fact));
    return element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell)));
  };
  const metric = index.metrics[state.metric];
  return element(
    "table",
    { class: "numbers", id: "question-list" },
    element("caption", { text: metric ? metricName(metric) : "Questions" }),
    element("thead", {}, element("tr", {}, ...columns.map(head))),
    element("tbody", {}, ...rows.map(row)),
  );
}

function sortBy(column) {
  state.order = state.column === column ? -state.order : 1;
  state.column = column;
  state.page = 0;
  updateList();
  document.querySelector(`#question-list [data-column="${column}"]`).focus();
}

function turnPage(step) {
  state.page += step;
  updateList();
  byId("explorer-list").focus();
}

/** A labeled choice that is part of the state. */
function choice(id, label, field, options) {
  const select = element("select", { id });
  for (const [value, text] of options) select.append(element("option", { value, text }));
  select.addEventListener("change", () => {
    state[field] = field === "metric" ? Number(select.value) : select.value;
    state.page = 0;
    updateList();
  });
  return element("label", {}, element("span", { text: label }), select);
}

function filters() {
  const named = (names) => names.map((name, at) => [String(at), name]);
  const search = element("input", { type: "search", id: "filter-text", autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", () => {
    state.text = search.value;
    state.page = 0;
    updateList();
  });
  const judged = [["", "all"], ["all", "all solutions right"], ["some", "some right, some wrong"], ["none", "all wrong"], ["unjudged", "not judged"]];
  const bar = element("form", { class: "filters", role: "search", "aria-label": "Questions" });
  bar.addEventListener("submit", (event) => event.preventDefault());
  bar.append(element("label", {}, element("span", { text: "Question" }), search));
  if (index.modes.length > 1) bar.append(choice("filter-mode", "Mode", "mode", [["", "all"], ...named(index.modes.map((mode) => mode.name))]));
  if (index.models.length > 1) bar.append(choice("filter-model", "Model", "model", [["", "all"], ...named(index.models)]));
  if (index.questions.some((question) => question.groups.some((group) => group.judged > 0))) bar.append(choice("filter-correct", "Correctness", "judged", judged));
  if (index.metrics.length > 1) bar.append(choice("filter-metric", "Similarity", "metric", named(index.metrics.map(metricName))));
  return bar;
}

function buildExplorer() {
  const list = element("div", { id: "explorer-list", class: "scroll", tabindex: "0", role: "region", "aria-label": "Questions" });
  const pages = element(
    "p",
    { id: "explorer-pages" },
    button("Previous page", () => turnPage(-1), { id: "explorer-previous" }),
    button("Next page", () => turnPage(1), { id: "explorer-next" }),
  );
  const browse = element("div", { id: "explorer-browse" }, filters(), element("p", { id: "explorer-count", class: "notes", role: "status" }), list, pages);
  byId("explorer-body").replaceChildren(browse, element("div", { id: "explorer-question", hidden: true }));
  moveWithArrows(list, ".open");
  byId("explorer").addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open !== null && event.target.tagName !== "SELECT") closeQuestion();
  });
}

/** Opens an entry; without a pair, the most alike one of its groups. */
async function openEntry(position, pair = null) {
  const entry = entries[position];
  openings += 1;
  const opening = openings;
  const block = await chunk(`samples-${entry.question.chunk}`);
  if (opening !== openings) return;
  const at = listed.findIndex((fact) => fact.entry === entry);
  const view = {
    index, question: entry.question, model: entry.model, metric: state.metric,
    samples: block[entry.question.slot], isFirst: at <= 0, isLast: at < 0 || at >= listed.length - 1,
  };
  // From the list it is a step that the browser's way back undoes.
  if (open === null && !location.hash.startsWith("#q=")) history.pushState(null, "", "#q=");
  open = { position, view, pair: validPair(view, pair) ?? firstPair(view), compare: comparePane(view, choose) };
  const go = (step) => openEntry(entries.indexOf(listed[at + step].entry));
  byId("explorer-question").replaceChildren(questionView(view, { choose, back: () => closeQuestion(), go }));
  byId("compare-holder").replaceChildren(open.compare.pane);
  byId("explorer-browse").hidden = true;
  byId("explorer-question").hidden = false;
  showPair();
  // Who asked for a pair wants to see it; who opened a question reads it from its beginning.
  const [heading, start] = pair === null ? ["question-h", "explorer"] : ["compare-h", "compare"];
  byId(heading).focus({ preventScroll: true });
  byId(start).scrollIntoView({ behavior: "instant" });
}

function validPair(view, pair) {
  const exists = ([group, member]) => view.samples.groups[group]?.samples[member] !== undefined;
  return pair !== null && pair.every(exists) ? pair : null;
}

/**
 * The most alike pair of the group in which two are most alike; without values the first two samples of a group, or of two
 * groups where each has one.
 */
function firstPair(view) {
  let best = null;
  const groups = groupsOf(view).filter(([, entry]) => state.mode === "" || entry.mode === Number(state.mode));
  for (const [position] of groups) {
    const most = extremePairs(view, position)?.most;
    if (most && (best === null || most[2] > best.value)) best = { value: most[2], pair: [[position, most[0]], [position, most[1]]] };
  }
  if (best !== null) return best.pair;
  const all = groups.length > 0 ? groups : groupsOf(view);
  const several = all.find(([position]) => view.samples.groups[position].samples.length > 1);
  if (several) return [[several[0], 0], [several[0], 1]];
  const [[first], [second]] = all.length > 1 ? all : groupsOf(view).length > 1 ? groupsOf(view) : [all[0], all[0]];
  return [[first, 0], [second, 0]];
}

function choose(side, chosen) {
  const [a, b] = open.pair;
  open.pair = { a: () => [chosen, b], b: () => [a, chosen], pair: () => chosen, swap: () => [b, a] }[side]();
  showPair();
  if (side === "pair") byId("compare").scrollIntoView({ block: "start" });
}

function showPair() {
  const { view, pair, position, compare } = open;
  compare.show(pair);
  markPicked(pair);
  const address = new URLSearchParams({ q: view.question.key });
  if (index.models.length > 1) address.set("m", String(entries[position].model));
  address.set("a", pair[0].join("."));
  address.set("b", pair[1].join("."));
  history.replaceState(null, "", `#${address}`);
}

/** Back to the list; who leaves for another place of the page, `target`, goes there. */
function closeQuestion(target = null) {
  const key = open.view.question.key;
  open = null;
  openings += 1;
  if (target === null) history.replaceState(null, "", "#explorer");
  byId("explorer-question").hidden = true;
  byId("explorer-question").replaceChildren();
  byId("explorer-browse").hidden = false;
  if (target !== null) return target.scrollIntoView({ behavior: "instant" });
  const row = [...document.querySelectorAll("#question-list .open")].find((one) => one.dataset.question === key);
  (row ?? byId("explorer-list")).focus();
}

/** Opens what the address asks for, if it asks for a question. */
function followAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  const key = address.get("q");
  if (key === null) {
    const isList = ["", "#explorer"].includes(location.hash);
    if (open !== null) closeQuestion(isList ? null : byId(address.keys().next().value));
    return;
  }
  const sides = ["a", "b"].map((side) => address.get(side));
  const pair = sides.includes(null) ? null : sides.map((side) => side.split(".").map(Number));
  const question = index.questions.find((one) => one.key === key);
  const model = Number(address.get("m") ?? question?.groups[pair?.[0][0] ?? 0]?.model ?? 0);
  const position = entries.findIndex((one) => one.question === question && one.model === model);
  if (position >= 0) openEntry(position, pair);
}

async function setUpExplorer() {
  if (!byId("explorer")) return;
  try {
    index = await chunk("index");
  } catch {
    const words = "This browser cannot unpack the samples. They are in the table tables/samples.parquet.";
    byId("explorer-body").replaceChildren(element("p", { text: words }));
    return;
  }
  entries = makeEntries();
  buildExplorer();
  updateList();
  followAddress();
  window.addEventListener("hashchange", followAddress);
}
setUpExplorer();
