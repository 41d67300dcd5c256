// Tables: sorted by their column heads, one space or all, copied as Markdown and LaTeX.

/** The heads of a table's columns, from left to right, whether it has one row of heads or two. */
function columnHeads(table) {
  const [first, second] = table.tHead.rows;
  if (!second) return [...first.cells];
  const single = [...first.cells].filter((cell) => cell.rowSpan > 1);
  return [single[0], ...second.cells, ...single.slice(1)];
}

/** What a cell sorts by: a number where it begins with one, else its text; null where it has no value. */
function sortKey(cell) {
  const text = (cell.querySelector(".value") ?? cell).textContent.trim();
  if (text === "–" || text === "") return null;
  const number = text.replaceAll(/[\s\u00A0]/g, "").replace("−", "-").match(/^[<+]?(-?\d+(\.\d+)?)/);
  return number ? Number(number[1]) : text;
}

/** math-2 before math-10. */
const NAMES = new Intl.Collator("en", { numeric: true });

/** Missing values come last, whichever way the others go. */
function compareKeys(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null);
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * NAMES.compare(String(a), String(b));
}

function sortRows(table, column, sign) {
  const key = (row) => sortKey(row.cells[column]);
  const bodies = [...table.tBodies].map((body) => {
    body.original ??= [...body.rows];
    const rows = body.original.filter((row) => !row.classList.contains("domain"));
    const sorted = sign === 0 ? rows : [...rows].sort((a, b) => compareKeys(key(a), key(b), sign));
    body.append(...body.original.filter((row) => row.classList.contains("domain")), ...sorted);
    return { body, first: sorted.length > 0 ? key(sorted[0]) : null };
  });
  table.bodies ??= [...table.tBodies];
  if (sign === 0) table.append(...table.bodies);
  else table.append(...bodies.sort((a, b) => compareKeys(a.first, b.first, sign)).map((one) => one.body));
}

/** Up, down, and back to the order of the page. */
const NEXT_ORDER = { none: "ascending", ascending: "descending", descending: "none" };
const SIGN = { none: 0, ascending: 1, descending: -1 };

function makeSortable(table) {
  const heads = columnHeads(table);
  heads.forEach((head, column) => {
    const sort = element("button", { type: "button", class: "sort" });
    sort.append(...head.childNodes);
    head.append(sort);
    head.setAttribute("aria-sort", "none");
    sort.addEventListener("click", () => {
      const order = NEXT_ORDER[head.getAttribute("aria-sort")];
      heads.forEach((other) => other.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", order);
      sortRows(table, column, SIGN[order]);
    });
  });
}

/** Shows the columns of one space in every table that has it. */
function showSpace(name) {
  for (const table of document.querySelectorAll("#table table.numbers")) {
    const heads = [...table.querySelectorAll("th.space")];
    const wanted = heads.find((head) => head.textContent === name)?.dataset.space;
    // What is copied is what is shown.
    if (wanted === undefined) delete table.dataset.shown;
    else table.dataset.shown = wanted;
    for (const cell of table.querySelectorAll("[data-space]")) {
      cell.hidden = wanted !== undefined && cell.dataset.space !== wanted;
    }
  }
}

function setUpSpaces() {
  const tables = [...document.querySelectorAll("#table table.numbers")];
  const several = tables.filter((table) => table.querySelectorAll("th.space").length > 1);
  const names = new Set(several.flatMap((table) => [...table.querySelectorAll("th.space")].map((th) => th.textContent)));
  if (names.size === 0) return;
  const holder = byId("space-switch");
  holder.append(element("span", { class: "label", text: "Measured on" }));
  [null, ...names].forEach((name, at) => {
    const id = `space-${at}`;
    const input = element("input", { type: "radio", name: "space", id, on: { change: () => showSpace(name) } });
    input.checked = at === 0;
    holder.append(input, element("label", { for: id, text: name ?? "all" }));
  });
  holder.hidden = false;
}

/** Copies a text; true where the browser let it. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromTextarea(text);
  }
}

/** Pages from disk and old browsers have no clipboard to write to, but let a selection be copied. */
function copyFromTextarea(text) {
  const area = element("textarea", { class: "copied", "aria-label": "Text to copy", readonly: true });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

function setUpCopies() {
  for (const tools of document.querySelectorAll("#table .tools")) {
    tools.hidden = false;
    const said = tools.querySelector(".said");
    for (const copy of tools.querySelectorAll(".copy")) {
      copy.addEventListener("click", async () => {
        const copies = await chunk("copies");
        const { shown } = byId(tools.dataset.table).dataset;
        const name = shown === undefined ? tools.dataset.table : `${tools.dataset.table}.${shown}`;
        const text = (copies[name] ?? copies[tools.dataset.table])[copy.dataset.format];
        const done = await copyText(text);
        copy.focus();
        said.textContent = done ? "Copied." : "This browser does not let the page copy; here it is:";
        tools.querySelector("textarea")?.remove();
        if (!done) offer(tools, text);
      });
    }
  }
}

/** The last resort: a text to be copied by hand. */
function offer(tools, text) {
  const area = element("textarea", { class: "by-hand", rows: 8, readonly: true, "aria-label": "Text to copy" });
  area.value = text;
  tools.append(area);
  area.select();
}

function setUpTables() {
  document.querySelectorAll("table.numbers").forEach(makeSortable);
  setUpSpaces();
  setUpCopies();
}
setUpTables();
