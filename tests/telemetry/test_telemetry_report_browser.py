"""The report in a real browser: no network, no errors, keys, phones and both colour schemes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from telemetry_rows import SEED_ROWS, row, telemetry

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: apt-get install chromium")

PHONE, DESKTOP = (360, 740), (1280, 900)
HOSTILE = "</script><img src=x onerror=alert(1)><script>alert(2)</script>"
# The contrast of text with what is behind it, by the formula of WCAG 2.
CONTRAST = """() => {
  const part = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
  const rgb = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) + .0722 * part(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > .99) return c;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest("script, style, title, desc")) continue;
    const style = getComputedStyle(e), ground = behind(e);
    const [a, b] = [light(rgb(e.closest("svg") ? style.fill : style.color)), light(ground)];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push([e.tagName, e.textContent.slice(0, 30), ratio]);
  }
  return low;
}"""


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    lines = "".join(json.dumps(fields) + "\n" for fields in SEED_ROWS)
    lines += row(run_id=HOSTILE, phase_id=HOSTILE, model=HOSTILE, cost=0.5, truncated=True)
    (folder / "run.ndjson").write_text(lines + "{\n")
    done = telemetry(folder, "report", "run.ndjson")
    assert done.returncode == 0, done.stderr
    return folder / "telemetry-report.html"


@pytest.fixture
def opened(browser, file):
    """Opens the page and keeps what it asks the network for, what it says on the console, what it throws."""
    contexts = []

    def open_page(size=DESKTOP, scheme="light", **options):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.heard, page.asked = [], []
        page.on("console", lambda message: page.heard.append(message.text))
        page.on("pageerror", lambda error: page.heard.append(str(error)))
        page.on("dialog", lambda dialog: (page.heard.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def phases(page) -> list[str]:
    return page.locator("#attempts tbody:visible > tr:first-child th").all_inner_texts()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_it_opens_quietly_and_fits(opened, file, size, scheme):
    page = opened(size, scheme)
    page.locator("#attempts summary").first.click()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]
    assert page.asked == [file.as_uri()]
    assert page.heard == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(17, 20, 24)") == (scheme == "dark")
    assert page.evaluate(CONTRAST) == []


def test_the_details_fit_a_phone(opened):
    page = opened(PHONE)
    page.locator("#attempts summary").first.click()
    box = page.locator("#attempts details[open] > div").first.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0]


@pytest.mark.parametrize("width", [360, 390, 430])
def test_no_figure_of_a_stratum_is_cut_within_on_a_phone(opened, width):
    beyond = opened((width, 740)).evaluate("""() => {
      const table = document.querySelector("#strata .bars"), edge = table.parentElement.getBoundingClientRect();
      return [...table.querySelectorAll("tbody tr:first-child td")].map(cell => {
        const part = document.createRange();
        part.selectNodeContents(cell);
        const {left, right} = part.getBoundingClientRect();
        return left < edge.right && right > edge.right + 1;
      });
    }""")
    assert beyond and not any(beyond)


def test_hostile_text_is_text(opened):
    page = opened()
    assert page.locator("img").count() == 0
    assert any("onerror=alert(1)" in name for name in phases(page))
    assert page.heard == []


def test_the_keyboard_reaches_everything(opened):
    page = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the figures"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "find":
            break
    page.keyboard.type("refactoring")
    assert phases(page) == ["lovable-p2.4-conversation-state"]
    assert page.locator("#count").inner_text() == "1 of 7 shown"
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    for _ in range(11):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Used":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    used = page.locator("#attempts tbody > tr:first-child td:nth-child(8)").all_inner_texts()
    numbers = [int(text.replace(",", "").removeprefix("≥ ")) for text in used]
    assert numbers == sorted(numbers, reverse=True)
    page.keyboard.press("Enter")
    assert phases(page)[0] == "diagnostics-deep-retrieval"
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("Used")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.locator("#attempts details[open]").count() == 1
    assert page.locator("#attempts details[open]").get_by_text("autopack-diagnostics-parity-v2").is_visible()


def test_rows_that_count_can_be_chosen(opened):
    page = opened()
    page.select_option("#which", "no")
    assert len(phases(page)) == 2
    page.select_option("#which", "yes")
    assert len(phases(page)) == 5


def test_a_point_leads_to_its_row(opened):
    page = opened()
    page.locator("#find").fill("nothing has this")
    assert phases(page) == []
    page.locator(".points a").first.dispatch_event("click")
    page.wait_for_selector("#attempts details[open]")
    shown = page.locator("#attempts tbody:visible")
    assert shown.count() == 1
    title = page.locator(".points a title").first.text_content()
    assert title.startswith(phases(page)[0])
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_it_is_read_without_javascript(opened):
    page = opened(java_script_enabled=False)
    assert not page.locator("#find").is_visible()
    assert len(phases(page)) == 7
    page.locator("#attempts summary").first.click()
    assert page.locator("#attempts details[open] dl").first.is_visible()


@pytest.mark.parametrize(("scheme", "ground"), [("light", "rgb(255, 255, 255)"), ("dark", "rgb(26, 30, 36)")])
def test_the_picture_follows_the_colour_scheme(browser, file, scheme, ground):
    done = telemetry(file.parent, "report", "run.ndjson", "--svg", "r.svg")
    assert done.returncode == 0, done.stderr
    page = browser.new_page(color_scheme=scheme)
    page.goto((file.parent / "r.svg").as_uri())
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).fill") == ground
    page.close()
