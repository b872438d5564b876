"""The run in a real page, without a notebook: what it shows, and that it can be used by all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from vmlab.inventory.move import Move
from vmlab.inventory.scenario import load
from vmlab.migration import migrate, parse
from vmlab.views.run import film_of, run_view
from vmlab.widgets.panel import STATIC, styles

pytestmark = pytest.mark.browser

MOVE = Move(vm="web01", source="esx01", destination="esx02")
ORIGIN = "http://run.test"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
TYPES = {".mjs": "text/javascript", ".json": "application/json", ".html": "text/html"}
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Run</title>
<link rel="icon" href="data:,"><style>%s</style></head><body data-jp-theme-light="true"><main>
<div class="vml" data-tab="run"><div class="grid"><div class="run" id="root"></div></div></div>
</main>
<script type="module">
import { mountRun } from "/run.mjs";
window.flights = [];
window.handle = mountRun(document.querySelector("#root"), {
  onFlight: (flight) => flights.push(flight),
});
window.show = async (name) => handle.update(
  await (await fetch(`/${name}.json`)).json(), await (await fetch(`/${name}.film`)).arrayBuffer());
window.seek = (x) => {
  const scrub = document.querySelector(".scrub");
  scrub.value = 1000 * x;
  scrub.dispatchEvent(new Event("input"));
};
window.ready = true;
</script></body></html>"""
RUNS = {
    "migrated": (),
    "back": ("link-down@pre-copy",),
    "turned": ("link-down@checkpoint",),
    "late": ("source-lost@clean-up",),
    "lost": ("source-lost@pre-copy",),
    "endless": ("no-convergence",),
    "early": ("licence-withdrawn@ask-destination",),
}


@cache
def served(name: str) -> bytes:
    """What the page asks for: a module, a run, its film."""
    path = Path(name)
    if path.suffix == ".mjs":
        return (STATIC / path.name).read_bytes()
    if path.suffix == ".html":
        return (PAGE % styles()).encode()
    faults = [parse(one) for one in RUNS[path.stem]]
    outcome = migrate(load("two-hosts").datacenter, MOVE, disturbances=faults)
    film = film_of(outcome, frames=60)
    if path.suffix == ".film":
        return film.encode() if film else b""
    return json.dumps(run_view(outcome, film)).encode()


@pytest.fixture(scope="module")
def page(browser_path: str) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    def answer(route: Any) -> None:
        name = route.request.url.removeprefix(f"{ORIGIN}/")
        kind = TYPES.get(Path(name).suffix, "application/octet-stream")
        route.fulfill(body=served(name), content_type=kind)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(viewport={"width": 900, "height": 900})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route("**/*", answer)
        page.goto(f"{ORIGIN}/index.html")
        page.wait_for_function("window.ready")
        yield page
        assert errors == []
        browser.close()


def show(page: Any, name: str, x: float, width: int = 860, dark: bool = False) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(
        """dark => {
            document.body.dataset.jpThemeLight = String(!dark);
            const set = (name, value) => document.body.style.setProperty(name, value);
            set("--jp-layout-color1", dark ? "#212121" : "#fff");
            set("--jp-content-font-color1", dark ? "#fff" : "rgba(0, 0, 0, .87)");
        }""",
        dark,
    )
    page.evaluate("name => show(name)", name)
    page.evaluate("x => seek(x)", x)


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("width", [640, 860, 1280])
def test_readable_by_all(page: Any, name: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for x, dark in ((0.62, False), (1, True)):
        show(page, name, x, width, dark)
        # The page has no heading of the first level: it is the notebook's.
        found = Axe().run(page, options={"rules": {"page-has-heading-one": {"enabled": False}}})
        assert found.response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_overlaps_its_neighbour(page: Any) -> None:
    """Words of the ribbon and figures stay inside their boxes."""
    for name in RUNS:
        for width in (860, 1280):
            show(page, name, 1, width)
            wide = page.evaluate(
                """[...document.querySelectorAll(".rib-label, .rib-name, .figures dd, .figures dt")]
                .filter((one) => {
                    const range = document.createRange();
                    range.selectNodeContents(one);
                    const box = one.closest("li, .rib-guide, .figures > div");
                    const right = (part) => part.getBoundingClientRect().right;
                    return right(range) > right(box) + 1;
                }).map((one) => one.textContent)"""
            )
            assert wide == [], (name, width)


def test_stepping_tells_everything(page: Any) -> None:
    show(page, "back", 0)
    told = [page.inner_text(".status b >> nth=0")]
    while told[-1] != "web01 runs on esx01, exactly as before":
        page.click("[data-k=run-stage]")
        told.append(page.inner_text(".status b >> nth=0"))
        assert len(told) < 30
    assert "2 Copy state: pre-copy, round 1" in told
    assert "Something went wrong" in told
    assert sum(line.startswith("Way back: ") for line in told) == page.locator(".after li").count()
    assert page.inner_text(".mem-note") == "freed on esx02"
    assert page.get_attribute("canvas", "aria-label").startswith("Memory map: 65,536 not sent")
    assert page.evaluate("flights.at(-1).phase") == "returned"


def test_all_is_sent_in_the_end(page: Any) -> None:
    show(page, "migrated", 1)
    assert "65,536 sent, 0 dirty" in page.get_attribute("canvas", "aria-label")
    assert page.evaluate("flights.at(-1)")["phase"] == "arrived"
    assert page.inner_text(".status-where").split() == ["web01", "runs", "on", "esx02"]


def test_plays_without_a_word_to_anybody(page: Any) -> None:
    show(page, "migrated", 0)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.select_option("[data-k=run-speed]", "4")
    page.click("[data-k=run-play]")
    page.wait_for_function(
        "document.querySelector('.play').textContent === 'Again'", timeout=30_000
    )
    assert page.inner_text(".status b >> nth=0") == "web01 runs on esx02"
    assert asked == []


def test_keys_stay_in_the_player(page: Any) -> None:
    show(page, "migrated", 0.5)
    page.evaluate(
        """() => {
            window.heard = [];
            addEventListener("keydown", (event) => heard.push(event.key));
        }"""
    )
    page.focus(".scrub")
    before = page.evaluate("flights.length")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("b")
    page.keyboard.press("Control+s")
    assert page.evaluate("flights.length") > before
    assert "s" in page.evaluate("heard")
    assert not {"ArrowRight", "b"} & set(page.evaluate("heard"))
    assert "pre-copy" in page.get_attribute(".scrub", "aria-valuetext")


def test_less_motion_opens_paused_and_steps(page: Any) -> None:
    page.emulate_media(reduced_motion="reduce")
    show(page, "migrated", 0)
    page.evaluate("handle.play()")
    page.wait_for_timeout(120)
    assert page.inner_text(".play") == "Play"
    assert page.input_value(".scrub") == "0"
    page.emulate_media(reduced_motion="no-preference")


def test_a_damaged_film_is_said(page: Any) -> None:
    page.evaluate(
        """async () => {
            const run = await (await fetch("/migrated.json")).json();
            await handle.update(run, new Uint8Array([1, 2, 3]));
        }"""
    )
    assert "damaged" in page.inner_text(".mem-note")


def test_a_run_that_is_gone_leaves_nothing(page: Any) -> None:
    show(page, "migrated", 0)
    page.click("[data-k=run-play]")
    page.evaluate("handle.update(null)")
    assert page.evaluate("flights.at(-1).phase") == "none"
    count = page.evaluate("flights.length")
    page.wait_for_timeout(120)
    assert page.evaluate("flights.length") == count
    assert "No run yet" in page.inner_text("#root")
    page.evaluate("handle.destroy()")
    assert page.inner_html("#root") == ""
