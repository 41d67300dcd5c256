// Figures: one variant of a kind is shown, the others are unpacked when asked for; large ones when they come into sight.

/** Parses a figure of the page's own painter. What the painter never makes does not get in. */
function parseFigure(svg) {
  const root = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  const foreign = root.querySelector("script, foreignObject, parsererror, a, image, use, style");
  if (root.localName !== "svg" || foreign) throw new Error("not a figure");
  return document.importNode(root, true);
}

async function showFigure(figure, name) {
  figure.dataset.wanted = name;
  const packed = await chunk(name);
  // Another variant may have been asked for in the meantime.
  if (figure.dataset.wanted !== name) return;
  const card = figure.querySelector(".card");
  card.replaceChildren(parseFigure(packed.svg));
  card.setAttribute("aria-label", `Figure: ${packed.title}`);
  figure.querySelector(".caption").textContent = packed.caption;
  figure.querySelector(".alt p").textContent = packed.alt;
  for (const [kind, ending] of [["svg", ".svg"], ["column", "-column.svg"], ["png", ".png"]]) {
    figure.querySelector(`.files .${kind}`).setAttribute("href", `figures/${packed.stem}${ending}`);
  }
}

function setUpVariants(group) {
  group.hidden = false;
  const figure = group.parentElement.querySelector("figure");
  const buttons = [...group.querySelectorAll("button")];
  for (const one of buttons) {
    one.addEventListener("click", () => {
      buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === one)));
      showFigure(figure, one.dataset.chunk);
    });
  }
}

function setUpFigures() {
  document.querySelectorAll(".variants").forEach(setUpVariants);
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        seen.unobserve(target);
        if (!target.dataset.wanted) showFigure(target, target.dataset.chunk);
      }
    },
    { rootMargin: "800px" },
  );
  document.querySelectorAll("figure[data-chunk]").forEach((figure) => seen.observe(figure));
}
setUpFigures();
