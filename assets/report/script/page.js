// What all other parts use: elements made without markup, texts made visible, data unpacked on demand.
// No text from data ever becomes markup: it goes through textContent alone.

const byId = (id) => document.getElementById(id);

/** Makes an element. `traits` are attributes, but for `text` and `on`, which maps events to listeners. */
function element(tag, traits = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(traits)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") made.textContent = value;
    else if (name === "on") Object.entries(value).forEach(([event, listener]) => made.addEventListener(event, listener));
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function button(text, onClick, traits = {}) {
  return element("button", { type: "button", text, ...traits, on: { click: onClick } });
}

/**
 * Characters that show nothing or turn the direction of what follows: controls but for tab and line feed, format
 * characters, separators, unassigned and private ones, and letters that are blank. What makes an emoji colored and joins
 * two into one is let pass there.
 */
const UNSEEN = new RegExp(
  [
    "(?<!\\p{Extended_Pictographic})\\uFE0F",
    "(?<!\\p{Extended_Pictographic}\\uFE0F?)\\u200D|\\u200D(?!\\p{Extended_Pictographic})",
    "[\\u034F\\u115F\\u1160\\u17B4\\u17B5\\u180B-\\u180F\\u3164\\uFFA0\\uFE00-\\uFE0E\\u{E0100}-\\u{E01EF}]",
    "(?![\\t\\n\\u200D])[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Co}\\p{Cn}]",
  ].join("|"),
  "gu",
);

/** Puts a text into an element; what cannot be seen is shown as a mark with its code point. */
function appendVisible(parent, text) {
  let from = 0;
  for (const found of text.matchAll(UNSEEN)) {
    parent.append(text.slice(from, found.index), unseenMark(found[0]));
    from = found.index + found[0].length;
  }
  parent.append(text.slice(from));
  return parent;
}

function unseenMark(character) {
  const code = character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
  return element("span", { class: "unseen", text: `⟨U+${code}⟩` });
}

/** An element that holds a text, made visible. */
function shown(tag, text, traits = {}) {
  return appendVisible(element(tag, { dir: "auto", ...traits }), text);
}

const unpacked = new Map();
/** Blocks that stay unpacked; going back to a question is then immediate, and memory has a bound. */
const KEPT_BLOCKS = 12;

/** The content of a chunk, as a promise. */
function chunk(name) {
  if (!unpacked.has(name)) {
    unpacked.set(name, unpack(name));
    const blocks = [...unpacked.keys()].filter((key) => key.startsWith("samples-"));
    if (blocks.length > KEPT_BLOCKS) unpacked.delete(blocks[0]);
  }
  return unpacked.get(name);
}

async function unpack(name) {
  const holder = document.querySelector(`script[data-chunk="${name}"]`);
  if (!holder) throw new Error(`the page has no data called ${name}`);
  const text = atob(holder.textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

/** A number as the page's tables write it. */
function decimal(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  return value.toFixed(digits).replace("-", "−");
}

/** A share as the page's sentences write it. */
function percent(part, all) {
  return all > 0 ? `${Math.round((100 * part) / all)} %` : "–";
}

/** A count with its thousands set apart. */
function grouped(n) {
  return n < 10_000 ? String(n) : String(n).replace(/\B(?=(\d{3})+$)/g, "\u00A0");
}

function count(n, noun) {
  return `${grouped(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** Lets the up and down arrows, Home and End move between the elements of a list that `selector` names. */
function moveWithArrows(container, selector) {
  container.addEventListener("keydown", (event) => {
    const here = event.target.closest(selector);
    if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = [...container.querySelectorAll(selector)];
    const at = all.indexOf(here);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[Math.max(0, Math.min(all.length - 1, next))].focus();
  });
}
