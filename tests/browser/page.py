"""Drives the report page of a run in a real browser, from disk, as a reader would.

    tests/browser/run                            makes what is needed and calls this
    page.py reports/NAME                         the page of one run
        --large DIR                              the page of a run with many samples, for the times
        --hostile DIR                            the page of a run whose texts mean harm
        --screenshots DIR                        pictures for the README instead of checks
        --chromium PATH

Every check prints a line; the exit code is 1 when one of them fails. Times are printed always, and only a time far beyond what is
promised fails, since a machine may be busy.
"""

import argparse
import importlib.resources
import os
import shutil
import sys
import time
import traceback
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

NARROW, WIDE = {"width": 375, "height": 812}, {"width": 1440, "height": 1000}
# What the project promises of an interaction, and how far above it a busy machine may be.
PROMISED_MS, NOISE = 100, 3
BAD = {"serious", "critical"}


def find_chromium():
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return os.environ.get("CHROMIUM") or next((path for path in map(shutil.which, names) if path), None)


class Reader:
    """A browser window on one page, with everything noted that a page from disk must not do."""

    def __init__(self, browser, folder, size=WIDE, scheme="light", hash_=""):
        self.address = (folder.resolve() / "index.html").as_uri()
        self.context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
        self.page = self.context.new_page()
        self.faults = []
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self.faults.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", self.note_request)
        self.page.on("popup", lambda _: self.faults.append("a window opened"))
        self.page.goto(self.address + hash_)
        self.page.wait_for_load_state("load")
        if self.has("#explorer-body"):
            self.page.wait_for_selector("#question-list, #explorer-body > p", state="attached")

    def note_request(self, request):
        address = request.url.split("#")[0]
        if address != self.address and not address.startswith(("data:", "blob:")):
            self.faults.append(f"request: {address}")

    def has(self, selector):
        return self.page.locator(selector).count() > 0

    def texts(self, selector):
        return self.page.locator(selector).all_inner_texts()

    def hash(self):
        return self.page.evaluate("location.hash")

    def open_question(self, number=0):
        self.page.locator("#question-list .open").nth(number).click()
        self.page.wait_for_selector("#question-h")
        self.page.wait_for_selector("#compare .diff")

    def settled(self):
        """Nothing unseemly happened so far."""
        self.page.wait_for_timeout(50)
        assert not self.faults, "; ".join(self.faults)


@contextmanager
def reading(browser, folder, **more):
    reader = Reader(browser, folder, **more)
    try:
        yield reader
        reader.settled()
    finally:
        reader.context.close()


def opens_from_disk(browser, folder):
    with reading(browser, folder) as reader:
        assert reader.page.title(), "the page has no title"
        assert reader.page.locator("h1").inner_text().strip(), "no heading"
        # Everything that lies below is reached, so that what is drawn when it comes into sight is drawn.
        reader.page.evaluate("(async () => { for (let y = 0; y < document.body.scrollHeight; y += 600) { scrollTo(0, y); await new Promise((next) => setTimeout(next, 15)); } })()")
        for section in ("#table", "#figures", "#contrasts", "#provenance"):
            assert reader.has(section), f"no {section}"


# The values of a column, one list for each body of the table.
COLUMN = """(table) => [...table.tBodies].map((body) => [...body.rows].filter((row) => !row.classList.contains("domain"))
  .map((row) => (row.cells[1].querySelector(".value") ?? row.cells[1]).textContent.trim()))"""


def numbers(texts):
    return [float(text.replace("−", "-").replace("\u00a0", "")) for text in texts if text != "–"]


def sorts_a_table(browser, folder):
    with reading(browser, folder) as reader:
        table = reader.page.locator("#table table.numbers").first
        first = table.evaluate(COLUMN)
        button = table.locator("thead tr").last.locator("button.sort").first
        for reverse in (False, True):
            button.click()
            bodies = table.evaluate(COLUMN)
            assert sorted(map(sorted, bodies)) == sorted(map(sorted, first)), "sorting lost a row"
            for body in bodies:
                assert numbers(body) == sorted(numbers(body), reverse=reverse), body
            heads = [numbers(body)[0] for body in bodies if numbers(body)]
            assert heads == sorted(heads, reverse=reverse), heads
            assert table.locator(f"[aria-sort={'descending' if reverse else 'ascending'}]").count() == 1
        button.click()
        assert table.evaluate(COLUMN) == first, "the third click does not bring the page's order back"


def switches_metric_and_space(browser, folder):
    with reading(browser, folder) as reader:
        page = reader.page
        metrics = page.locator("#table input[name=metric]")
        for number in range(min(metrics.count(), 4)):
            page.locator(f"label[for={metrics.nth(number).get_attribute('id')}]").click()
            shown = [panel for panel in page.locator("#table .panel").all() if panel.is_visible()]
            assert len(shown) == 1, f"{len(shown)} metrics are shown at once"
            assert shown[0].get_attribute("id") == f"p{number + 1}"
        spaces = page.locator("#space-switch input")
        if spaces.count() < 2 or not page.locator("#space-switch").is_visible():
            return "one space: nothing to switch"
        page.locator(f"#table label[for={metrics.first.get_attribute('id')}]").click() if metrics.count() else None
        before = page.locator("#table .panel td:visible").count()
        page.locator(f"label[for={spaces.nth(1).get_attribute('id')}]").click()
        assert 0 < page.locator("#table .panel td:visible").count() < before, "no column went"
        page.locator(f"label[for={spaces.first.get_attribute('id')}]").click()
        assert page.locator("#table .panel td:visible").count() == before


def copies_the_table(browser, folder):
    with reading(browser, folder) as reader:
        page = reader.page
        # What is copied is seen where copying is not allowed, and through `execCommand` otherwise.
        page.evaluate("document.addEventListener('copy', () => { window.copied = String(document.getSelection()) || document.activeElement.value; })")
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        for format_, sign in (("markdown", "|"), ("latex", "\\toprule")):
            page.locator(f"#table .copy[data-format={format_}]:visible").first.click()
            page.wait_for_function("window.copied")
            copied = page.evaluate("window.copied")
            assert sign in copied, f"{format_}: {copied[:80]!r}"
            page.evaluate("window.copied = undefined")


def switches_a_figure(browser, folder):
    with reading(browser, folder) as reader:
        group = reader.page.locator(".variants:visible").first
        if not group.count():
            return "no figure has variants"
        title = f"#{group.evaluate('group => group.closest(`.kind`).id')} figure svg title"
        before = reader.page.locator(title).text_content()
        group.locator("button").nth(1).click()
        changed = "([title, before]) => document.querySelector(title)?.textContent !== before"
        reader.page.wait_for_function(changed, arg=[title, before])
        assert reader.page.locator(title).count() == 1
        assert group.locator("button[aria-pressed=true]").count() == 1


def filters_the_explorer(browser, folder):
    with reading(browser, folder) as reader:
        page = reader.page
        count = lambda: int("".join(c for c in reader.texts("#explorer-count")[0].split("question")[0] if c.isdigit()))
        everything = count()
        assert everything > 0
        name = page.locator("#question-list .open").first.get_attribute("data-question")
        shown = page.locator("#question-list .open").first.inner_text()
        page.locator("#filter-text").fill(shown)
        assert 0 < count() <= everything and shown in reader.texts("#question-list .open"), name
        page.locator("#filter-text").fill("no question is called so")
        assert count() == 0
        page.locator("#filter-text").fill("")
        assert count() == everything
        for select in ("#filter-mode", "#filter-model", "#filter-correct", "#filter-metric"):
            if not reader.has(select):
                continue
            heads = page.locator("#question-list thead").inner_text()
            options = page.locator(f"{select} option")
            page.locator(select).select_option(index=1)
            now = (count(), page.locator("#question-list thead").inner_text(), page.locator("#question-list caption").inner_text())
            assert options.count() < 2 or now[0] <= everything, select
            if select == "#filter-mode" and options.count() > 2:
                assert now[1] != heads, "the list shows the same modes"
            page.locator(select).select_option(index=0)
            assert count() == everything, f"{select} does not let go"
        # By the columns of the list.
        names = reader.texts("#question-list .open")
        page.locator("#question-list button.sort").first.click()
        assert sorted(reader.texts("#question-list .open")) == sorted(names) or everything > 50


def opens_a_question_and_closes_it(browser, folder):
    with reading(browser, folder) as reader:
        page = reader.page
        name = page.locator("#question-list .open").first.inner_text()
        reader.open_question()
        assert name in page.locator("#question-h").inner_text()
        assert page.evaluate("document.activeElement.id") == "question-h", "the focus is not on what opened"
        assert reader.hash().startswith("#q="), reader.hash()
        assert reader.has(".timeline tbody tr"), "no timeline"
        page.locator("#question-back").click()
        assert page.locator("#question-list").is_visible() and not reader.has("#question-h")
        assert page.evaluate("document.activeElement.classList.contains('open')"), "the focus is not where it came from"
        reader.open_question()
        page.go_back()
        page.wait_for_selector("#question-h", state="detached")
        assert page.locator("#question-list").is_visible(), "the browser's way back does not lead to the list"


def compares_two_samples(browser, folder):
    with reading(browser, folder) as reader:
        page = reader.page
        reader.open_question()
        values = page.locator("#pick-a option").evaluate_all("(all) => all.map((one) => one.value)")
        marked = 0
        for a, b in [(values[0], value) for value in values[1:6]]:
            page.locator("#pick-a").select_option(a)
            page.locator("#pick-b").select_option(b)
            assert page.locator("#pick-a").input_value() == a and page.locator("#pick-b").input_value() == b
            marked += page.locator("#compare .diff :is(ins, del)").count()
            assert reader.has("#compare .diff .row") and page.locator("#compare .measured").inner_text().strip()
        assert marked > 0, "nothing is marked in five different pairs"
        page.locator("#pick-b").select_option(values[0])
        assert page.locator("#compare .diff :is(ins, del)").count() == 0, "a sample differs from itself"
        if reader.has("#compare details.thinking"):
            page.locator("#compare details.thinking summary").click()
            page.wait_for_selector("#compare details.thinking .diff")


def follows_a_deep_link(browser, folder):
    with reading(browser, folder) as reader:
        reader.open_question(min(3, reader.page.locator("#question-list .open").count() - 1))
        options = reader.page.locator("#pick-b option")
        reader.page.locator("#pick-b").select_option(index=options.count() - 1)
        link, name = reader.hash(), reader.page.locator("#question-h").inner_text()
        picks = [reader.page.locator(f"#pick-{side}").input_value() for side in "ab"]
    with reading(browser, folder, hash_=link) as reader:
        reader.page.wait_for_selector("#compare .diff")
        assert reader.page.locator("#question-h").inner_text() == name
        assert [reader.page.locator(f"#pick-{side}").input_value() for side in "ab"] == picks
    for broken in ("#q=", "#q=nothing&a=9.9&b=x", "#q=%00%ff", "#table"):
        with reading(browser, folder, hash_=broken) as reader:
            assert reader.page.locator("#question-list").is_visible(), broken


def goes_by_keyboard(browser, folder):
    with reading(browser, folder) as reader:
        page = reader.page
        key = page.keyboard.press
        focused = lambda expression: page.evaluate(f"(() => {{ const it = document.activeElement; return {expression}; }})()")

        def tab_to(selector, most=400):
            for _ in range(most):
                key("Tab")
                if focused(f"it.matches({selector!r})"):
                    visible = focused("(() => { const s = getComputedStyle(it), l = it.nextElementSibling && getComputedStyle(it.nextElementSibling); return s.outlineStyle !== 'none' || (it.tagName === 'INPUT' && l && l.outlineStyle !== 'none'); })()")
                    assert visible, f"the focus on {selector} cannot be seen"
                    return
            raise AssertionError(f"{selector} is not reached in {most} steps of Tab")

        key("Tab")
        assert focused("it.matches('.skip')"), "the first stop is no way past the head"
        key("Enter")
        if reader.has("#table input[name=metric]"):
            tab_to("#table input[name=metric]")
            key("ArrowRight")
            assert page.locator("#p2").is_visible()
            key("ArrowLeft")
        tab_to("#table button.sort")
        key("Enter")
        assert reader.has("#table [aria-sort=ascending]")
        tab_to("#filter-text")
        tab_to("#question-list .open")
        first = focused("it.dataset.question")
        if page.locator("#question-list .open").count() > 1:
            key("ArrowDown")
            assert focused("it.dataset.question") != first
            key("Home")
        key("Enter")
        page.wait_for_selector("#compare .diff")
        tab_to("#pick-b")
        before = page.locator("#pick-b").input_value()
        key("ArrowDown")
        key("ArrowUp")
        assert page.locator("#pick-b").input_value() == before and focused("it.id") == "pick-b", "choosing a sample moves the focus away"
        page.locator("#question-back").focus()
        key("Escape")
        assert page.locator("#question-list").is_visible(), "Escape does not close the question"
        # There is a way out: Tab leaves the page at its end.
        for _ in range(3000):
            key("Tab")
            if focused("it === document.body"):
                return
        raise AssertionError("Tab never leaves the page")


def audits(browser, folder):
    script = (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
    found, minor = [], set()
    for size in (NARROW, WIDE):
        for scheme in ("light", "dark"):
            with reading(browser, folder, size=size, scheme=scheme) as reader:
                views = ["page"] + (["question"] if reader.has("#question-list .open") else [])
                for view in views:
                    if view == "question":
                        reader.open_question()
                    reader.page.evaluate(script)
                    result = reader.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
                    for violation in result["violations"]:
                        place = f"{view} at {size['width']} px, {scheme}: {violation['id']} ({violation['impact']}), {len(violation['nodes'])} times"
                        if violation["impact"] in BAD:
                            nodes = [f"\n      {node['html'][:160]} — {(node.get('failureSummary') or '')[:300]}" for node in violation["nodes"][:3]]
                            found.append(place + "".join(nodes))
                        else:
                            minor.add(f"{violation['id']} ({violation['impact']})")
    assert not found, "\n    " + "\n    ".join(found)
    return f"also, not serious: {', '.join(sorted(minor))}" if minor else None


def fits_a_narrow_screen(browser, folder):
    for size in (NARROW, {"width": 320, "height": 640}, WIDE):
        with reading(browser, folder, size=size) as reader:
            # What lies in a part that scrolls does no harm, unless it is positioned past it.
            wide = """[...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth
              && (getComputedStyle(one).position === "absolute" || !one.closest(".scroll, .skip"))).slice(0, 5).map((one) => one.outerHTML.slice(0, 120))"""
            for view in ("page", "question"):
                if view == "question":
                    if not reader.has("#question-list .open"):
                        continue
                    reader.open_question()
                widths = reader.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
                assert widths[0] <= widths[1], f"{view} at {size['width']} px is {widths[0]} wide: {reader.page.evaluate(wide)}"


# Does something in the page and tells how long it takes until it is painted; `until` names what has to be there.
TIMED = """async ([selector, event, value, until]) => {
  const target = document.querySelector(selector);
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  await painted();
  const from = performance.now();
  if (value !== null) target.value = value;
  if (event === "click") target.click(); else target.dispatchEvent(new Event(event, { bubbles: true }));
  while (until && !document.querySelector(until)) await new Promise((next) => setTimeout(next));
  await painted();
  return performance.now() - from;
}"""


def stays_fluid(browser, folder):
    with reading(browser, folder) as reader:
        page = reader.page
        asked = [
            ("sort the similarity table", "#table button.sort", "click", None, None),
            ("sort the list", "#question-list [data-column=spread], #question-list button.sort", "click", None, None),
            ("search", "#filter-text", "input", "7", None),
            ("end the search", "#filter-text", "input", "", None),
            ("choose a mode", "#filter-mode", "change", "0", None),
            ("all modes", "#filter-mode", "change", "", None),
            ("choose a metric", "#filter-metric", "change", "1", None),
            ("next page of questions", "#explorer-next", "click", None, None),
            ("open a question", "#question-list .open", "click", None, "#compare .diff"),
            ("compare another pair", "#pick-b", "change", None, "#compare .diff"),
            ("next question", "#question-next", "click", None, "#compare .diff"),
            ("back to the list", "#question-back", "click", None, "#question-list"),
        ]
        slow, told = [], []
        for name, selector, event, value, until in asked:
            if not reader.has(selector):
                continue
            if name == "compare another pair":
                value = page.locator("#pick-b option").last.get_attribute("value")
            took = page.evaluate(TIMED, [selector, event, value, until])
            told.append(f"{name} {took:.0f} ms")
            if took > PROMISED_MS * NOISE:
                slow.append(told[-1])
        assert not slow, f"promised {PROMISED_MS} ms: {', '.join(slow)}"
        return "; ".join(told)


def shows_hostile_texts_as_texts(browser, folder):
    with reading(browser, folder) as reader:
        page = reader.page
        harmless = """() => {
          const made = [...document.querySelectorAll("img, iframe, a[href^='javascript'], body svg[onload], main style, textarea:not(.by-hand)")];
          return [window.hostile, made.map((one) => one.outerHTML.slice(0, 200)), document.querySelectorAll("script").length];
        }"""
        flag, made, scripts = page.evaluate(harmless)
        assert flag is None and not made, (flag, made)
        shown, marks = "", set()
        for number in range(page.locator("#question-list .open").count()):
            reader.open_question(number)
            values = page.locator("#pick-a option").evaluate_all("(all) => all.map((one) => one.value)")
            for value in values:
                page.locator("#pick-b").select_option(value)
                shown += page.locator("#compare .diff").first.inner_text()[:20_000]
                marks |= set(reader.texts("#compare .unseen")[:200])
            if reader.has("#compare details.thinking"):
                page.locator("#compare details.thinking summary").click()
            page.locator("#question-back").click()
        assert page.evaluate(harmless) == [None, [], scripts], page.evaluate(harmless)
        for text in ("<script>window.hostile", "</script><script>", "onerror=", "{{ 7 * 7 }}", "\\documentclass", "javascript:window"):
            assert text in shown, f"{text} is not shown as it is"
        for code in ("U+001B", "U+202E", "U+200B"):
            assert any(code in mark for mark in marks), f"{code} is not made visible: {sorted(marks)}"
        assert "\u202e" not in page.evaluate("document.body.innerText"), "a mark that turns the direction reaches the page"
        for width in (NARROW, WIDE):
            page.set_viewport_size(width)
            widths = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
            assert widths[0] <= widths[1], f"hostile names make the page {widths[0]} wide at {width['width']}"


def prints(browser, folder):
    with reading(browser, folder) as reader:
        reader.page.emulate_media(media="print")
        assert not reader.page.locator("nav").first.is_visible(), "the contents list is for screens"
        assert reader.page.locator("h1").is_visible()
        buttons = [button for button in reader.page.locator("button.copy").all() if button.is_visible()]
        assert not buttons, "buttons are printed"
        document = reader.page.pdf()
        assert document.startswith(b"%PDF") and len(document) > 20_000


CHECKS = [
    opens_from_disk,
    sorts_a_table,
    switches_metric_and_space,
    copies_the_table,
    switches_a_figure,
    filters_the_explorer,
    opens_a_question_and_closes_it,
    compares_two_samples,
    follows_a_deep_link,
    goes_by_keyboard,
    fits_a_narrow_screen,
    prints,
    audits,
]


def picture(browser, folder, out):
    out.mkdir(parents=True, exist_ok=True)
    for size, name in ((WIDE, "page-1440.png"), (NARROW, "page-375.png")):
        with reading(browser, folder, size=size) as reader:
            reader.page.screenshot(path=out / name)
    with reading(browser, folder) as reader:
        reader.open_question()
        # The least alike of a group, so that there is something to see, with the timeline above.
        extremes = reader.page.locator(".extremes button")
        if extremes.count() > 1:
            extremes.nth(1).click()
        reader.page.evaluate("scrollTo(0, document.querySelector('#compare').getBoundingClientRect().top + scrollY - 420)")
        reader.page.screenshot(path=out / "explorer.png")
    print(f"wrote page-1440.png, page-375.png and explorer.png to {out}")


def checked(browser, check, folder):
    started = time.monotonic()
    name = check.__name__.replace("_", " ")
    try:
        remark = check(browser, folder)
    except Exception as error:
        line = next((frame.lineno for frame in reversed(traceback.extract_tb(error.__traceback__)) if frame.filename == __file__), 0)
        print(f"FAILED {folder.name}: {name} (page.py, line {line}): {error}", flush=True)
        return False
    print(f"ok {folder.name}: {name} ({time.monotonic() - started:.1f} s){f': {remark}' if remark else ''}", flush=True)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--large", type=Path)
    parser.add_argument("--hostile", type=Path)
    parser.add_argument("--screenshots", type=Path)
    parser.add_argument("--chromium", default=find_chromium())
    parser.add_argument("--only", default="", help="checks whose name has this in it")
    arguments = parser.parse_args()
    if not arguments.chromium:
        print("skipped: no Chromium on the path; CHROMIUM or --chromium names one")
        return 0
    with sync_playwright() as playwright:
        # The sandbox refuses to work for root, which containers are.
        sandbox = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=[*sandbox, "--disable-gpu"])
        print(f"Chromium {browser.version}")
        if arguments.screenshots:
            picture(browser, arguments.run, arguments.screenshots)
            return 0
        todo = [(check, arguments.run) for check in CHECKS]
        todo += [(check, arguments.large) for check in (opens_from_disk, stays_fluid) if arguments.large]
        todo += [(check, arguments.hostile) for check in (opens_from_disk, shows_hostile_texts_as_texts, audits) if arguments.hostile]
        results = [checked(browser, check, folder) for check, folder in todo if arguments.only in check.__name__]
        browser.close()
    print(f"{sum(results)} of {len(results)} checks passed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
