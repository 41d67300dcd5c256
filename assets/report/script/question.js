// One question: its groups, its chains as timelines, the pairs that stand out, and two samples side by side.

/** Samples of a group that are listed at once. */
const SAMPLES_AT_ONCE = 50;

/** The most and the least alike pair of a group by the chosen metric: [a, b, value] each; null without values. */
function extremePairs(view, group) {
  const pairs = view.samples.groups[group].extremes[view.metric];
  if (!pairs) return null;
  const [largest, smallest] = pairs;
  const isSimilarity = view.index.metrics[view.metric].similarity;
  return isSimilarity ? { most: largest, least: smallest } : { most: smallest, least: largest };
}

/** The groups of the view's model, as [position, entry]. */
function groupsOf(view) {
  const all = view.question.groups.map((entry, position) => [position, entry]);
  return all.filter(([, entry]) => entry.model === view.model);
}

/** The whole question. `choose(side, sample)` picks what is compared; `back` closes it; `go(step)` opens a neighbor. */
function questionView(view, { choose, back, go }) {
  const { index, question } = view;
  const body = element("article", { id: "question", "aria-labelledby": "question-h" });
  const place = [index.places[question.place], index.models.length > 1 ? index.models[view.model] : null];
  body.append(
    element(
      "p",
      { class: "steps" },
      button("‹ All questions", back, { id: "question-back" }),
      button("Previous", () => go(-1), { id: "question-previous", disabled: view.isFirst }),
      button("Next", () => go(1), { id: "question-next", disabled: view.isLast }),
    ),
    element("h3", { id: "question-h", tabindex: "-1" }, "Question ", shown("span", question.id)),
    element("p", { class: "lede" }, place.filter(Boolean).join(" · "), goldWords(view)),
  );
  body.append(groupTable(view));
  const timelines = element("div", { class: "timelines" });
  for (const [position, entry] of groupsOf(view)) timelines.append(timeline(view, position, entry, choose));
  body.append(timelines, element("div", { id: "compare-holder" }));
  moveWithArrows(timelines, ".pick");
  return body;
}

function goldWords(view) {
  const gold = view.samples.groups.flatMap((group) => group.samples).find((sample) => sample.gold !== null)?.gold;
  return gold === undefined ? null : element("span", {}, " · right answer: ", shown("b", gold));
}

/** What the groups of the question look like beside one another. */
function groupTable(view) {
  const metric = view.index.metrics[view.metric];
  const heads = ["mode", "samples", metric ? metricName(metric) : null, "repeats", "answers", "correct"];
  const row = ([, entry]) => [
    modeName(view, entry),
    String(entry.n),
    metric ? decimal(entry.values[view.metric]) : null,
    percent(entry.repeats, entry.could_repeat),
    entry.answers > 0 ? String(entry.answers) : "–",
    entry.judged > 0 ? `${entry.correct} of ${entry.judged}` : "–",
  ];
  const cells = (all, tag, traits) => all.filter((cell) => cell !== null).map((cell) => element(tag, traits, cell));
  const table = element("table", { class: "numbers", id: "question-groups" });
  table.append(
    element("caption", { text: "Its groups" }),
    element("thead", {}, element("tr", {}, ...cells(heads, "th", { scope: "col" }))),
    element(
      "tbody",
      {},
      ...groupsOf(view).map((group) => {
        const [name, ...rest] = row(group);
        return element("tr", {}, element("th", { scope: "row" }, name), ...cells(rest, "td", {}));
      }),
    ),
  );
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Groups of the question" }, table);
}

function swatch(view, mode) {
  const made = element("span", { class: "swatch", "aria-hidden": "true" });
  made.style.backgroundColor = view.index.modes[mode].color;
  return made;
}

function modeName(view, entry) {
  return element("span", { class: "mode-name" }, swatch(view, entry.mode), groupName(view, entry));
}

/** A group as a timeline: a row for each sample, with the pairs that stand out in front. */
function timeline(view, position, entry, choose) {
  const group = view.samples.groups[position];
  const table = element("table", { class: "timeline", "data-group": position });
  const name = groupName(view, entry);
  const draws = entry.chain === null ? `${count(entry.n, "draw")} that saw no other` : count(entry.n, "round");
  table.append(element("caption", {}, modeName(view, entry), element("span", { class: "unit", text: ` ${draws}` })));
  const columns = timelineColumns(view, entry, group, choose, position);
  table.append(
    element("thead", {}, element("tr", {}, ...columns.map((column) => element("th", { scope: "col", class: column.class, text: column.head })))),
  );
  const body = element("tbody");
  table.append(body);
  const holder = element("section", { class: "chain" });
  const extremes = extremePairs(view, position);
  const scroll = element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Timeline of ${name}` }, table);
  holder.append(scroll);
  if (extremes) holder.append(extremesLine(view, position, entry, extremes, choose));
  const rest = button("", () => addRows());
  const addRows = () => {
    const from = body.rows.length;
    const next = group.samples.slice(from, from + SAMPLES_AT_ONCE);
    next.forEach((sample, at) => body.append(timelineRow(columns, sample, from + at)));
    const left = group.samples.length - body.rows.length;
    rest.textContent = `Show more (${left} left)`;
    if (left === 0) rest.remove();
  };
  if (group.samples.length > SAMPLES_AT_ONCE) scroll.after(rest);
  addRows();
  return holder;
}

function timelineRow(columns, sample, member) {
  const cells = columns.map((column, at) => {
    const tag = at === 0 ? "th" : "td";
    return element(tag, { scope: at === 0 ? "row" : null, class: column.class }, column.cell(sample, member));
  });
  return element("tr", {}, ...cells);
}

/** The columns that a question has something for. */
function timelineColumns(view, entry, group, choose, position) {
  const all = view.samples.groups.flatMap((one) => one.samples);
  const [thinking, solution] = ["thinking", "solution"].map((kind) => lengthUnit(all, kind));
  const longest = all.reduce((most, sample) => Math.max(most, sample[`thinking_${thinking}`] ?? 0), 1);
  const clusters = group.clusters[0];
  const pick = (side) => (_, member) =>
    button(side.toUpperCase(), () => choose(side, [position, member]), {
      class: "pick",
      "data-side": side,
      "data-sample": `${position}.${member}`,
      "aria-pressed": "false",
      "aria-label": `${side.toUpperCase()}: compare ${sampleName(view, [position, member])}`,
    });
  return [
    { head: roundWord(entry), cell: (sample) => String(sample.round) },
    {
      head: `thinking (${thinking})`,
      class: "bar-cell",
      cell: (sample) => bar(sample, sample[`thinking_${thinking}`], longest),
      when: (sample) => sample.thinking !== null,
    },
    { head: `solution (${solution})`, cell: (sample) => solutionCell(sample, sample[`solution_${solution}`]) },
    { head: "repeats", class: "text", cell: (sample) => repeatCell(entry, group, sample) },
    { head: "answer", class: "text", cell: answerCell, when: (sample) => sample.answer !== null },
    { head: "judged", class: "judged", cell: judgedCell, when: (sample) => sample.correct !== null },
    { head: "cluster", class: "cluster", cell: (_, member) => clusterCell(clusters, member), when: () => clusters !== undefined },
    {
      head: "compare",
      class: "compare",
      cell: (sample, member) => element("span", {}, pick("a")(sample, member), pick("b")(sample, member)),
    },
  ].filter((column) => !column.when || all.some(column.when));
}

/** Tokens where every sample has them, else characters, so that bars can be compared. */
function lengthUnit(samples, kind) {
  return samples.every((sample) => sample[kind] === null || sample[`${kind}_tokens`] !== null) ? "tokens" : "chars";
}

function bar(sample, length, longest) {
  if (sample.thinking === null || length === null) return element("span", { class: "missing", text: "none" });
  const made = element("span", { class: "bar" });
  made.style.inlineSize = `${(100 * length) / longest}%`;
  return element("span", { class: "barred" }, element("span", { class: "track", "aria-hidden": "true" }, made), grouped(length));
}

function solutionCell(sample, length) {
  const text = sample.solution === null || length === null ? "none" : grouped(length);
  const cut = sample.truncated ? element("span", { class: "place", text: "cut off" }) : null;
  return element("span", { class: sample.solution === null ? "missing" : "" }, text, cut);
}

function repeatCell(entry, group, sample) {
  if (sample.repeats === null) return element("span", { class: "missing", text: "" });
  const round = group.samples[sample.repeats].round;
  const how = sample.verbatim ? "" : ", but for white space";
  return element("span", { class: "repeat", text: `= ${roundWord(entry)} ${round}${how}` });
}

function answerCell(sample) {
  if (sample.answer === null) return element("span", { class: "missing", text: "none" });
  const short = sample.answer.length > 40 ? `${sample.answer.slice(0, 40)}…` : sample.answer;
  const number = sample.answer_class === null ? null : element("span", { class: "class", title: "answers with the same number mean the same", text: `#${sample.answer_class + 1}` });
  return element("span", { class: "answer" }, shown("span", short), number);
}

function judgedCell(sample) {
  if (sample.correct === null) return element("span", { class: "missing", text: "–" });
  return sample.correct
    ? element("span", { class: "right" }, element("span", { "aria-hidden": "true", text: "✓ " }), element("span", { text: "right" }))
    : element("span", { class: "wrong" }, element("span", { "aria-hidden": "true", text: "✗ " }), element("span", { text: "wrong" }));
}

function clusterCell(clusters, member) {
  const label = clusters?.labels[member];
  return label === null || label === undefined ? element("span", { class: "missing", text: "–" }) : String(label + 1);
}

function extremesLine(view, position, entry, { most, least }, choose) {
  const link = (word, [a, b, value]) => {
    const rounds = [a, b].map((member) => view.samples.groups[position].samples[member].round);
    const text = `${word} alike: ${roundWord(entry)}s ${rounds[0]} and ${rounds[1]} (${decimal(value)})`;
    return button(text, () => choose("pair", [[position, a], [position, b]]), { class: `extreme ${word.toLowerCase()}` });
  };
  return element("p", { class: "extremes" }, link("Most", most), link("Least", least));
}

/** Marks in the timelines which samples stand below. */
function markPicked(pair) {
  const names = { a: pair[0].join("."), b: pair[1].join(".") };
  for (const one of document.querySelectorAll("#question .pick")) {
    one.setAttribute("aria-pressed", String(names[one.dataset.side] === one.dataset.sample));
  }
}
