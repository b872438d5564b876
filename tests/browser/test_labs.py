"""Both labs as a learner uses them, in JupyterLab, with a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from support.notebook import Notebook
from support.panel import Panel

pytestmark = pytest.mark.browser

BARE = ["from vmlab.labs.two_hosts import open_lab\nlab = open_lab()\nlab"]
READY = ["from vmlab.labs.start_here import open_lab\nlab = open_lab()\nlab"]
OPEN = Callable[..., Notebook]


def opened(open_notebook: OPEN, name: str, cells: list[str] | None, **how: object) -> Panel:
    notebook = open_notebook(name, cells, **how)
    notebook.run_all()
    assert notebook.errors() == []
    return Panel(notebook)


def build_vmotion(panel: Panel, host: str, address: str) -> None:
    """Licence, Gigabit adapter, switch, port group and VMkernel adapter: keys only."""
    panel.open_form(f"hosts/{host}")
    panel.choose("Licence", "Advanced, VMotion")
    panel.push("+ Ethernet adapter")
    panel.open_form(f"hosts/{host}/physical_nics/vmnic1")
    panel.choose("Cable to", "gig")
    panel.write("VLANs on the cable", "50")
    panel.open_form(f"hosts/{host}")
    panel.push("+ Virtual switch")
    panel.open_form(f"hosts/{host}/virtual_switches/vSwitch1")
    panel.push("+ Port group")
    panel.open_form(f"hosts/{host}/port_groups/Network 1")
    panel.write("Network label", "VMotion")
    panel.open_form(f"hosts/{host}/port_groups/VMotion")
    panel.write("VLAN", "50")
    panel.push("+ VMkernel adapter")
    panel.open_form(f"hosts/{host}/vmkernel_adapters/vmk0")
    panel.write("IP address", address)
    panel.tab_to("VMotion enabled")
    panel.press("Space")
    panel.settle()
    panel.open_form(f"hosts/{host}/physical_nics/vmnic1")
    panel.choose("Uplink of", "vSwitch1, active")


def test_two_bare_hosts_are_built_by_keyboard_and_the_vm_comes_home(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "01_two_hosts.ipynb", None, height=1000)
    notebook = panel.notebook
    assert "Both hosts are licensed for VMotion" in panel.clauses("error")

    build_vmotion(panel, "esx01", "10.0.50.11")
    build_vmotion(panel, "esx02", "10.0.50.12")
    panel.open_form("hosts/esx02/virtual_switches/vSwitch0")
    panel.push("+ Port group")
    panel.open_form("hosts/esx02/port_groups/Network 1")
    panel.write("Network label", "Production")
    panel.open_form("hosts/esx02/port_groups/Production")
    panel.write("VLAN", "20")
    panel.open_form("datastores/san-01")
    panel.tab_to("Mounted on esx02")
    panel.press("Space")
    panel.settle()
    panel.open_form("vms/web01")
    panel.choose("Disk 2 on", "san-01")
    notebook.until(lambda: panel.clauses("error") == [])
    assert notebook.kernel_eval("lab.report.ok") is True
    assert notebook.kernel_eval("[p.note for p in lab.report.passed if p.note]") == [
        "best security: esx01, esx02"
    ]

    original = notebook.kernel_eval("lab.session.datacenter.model_dump(mode='json')")
    panel.choose("Fault", "VMotion link lost")
    panel.push("Migrate")
    notebook.until(lambda: panel.root.locator(".run canvas").count())
    panel.tab_to("Pause")
    panel.press("Enter")
    scrub = panel.root.locator("input[type=range]")
    scrub.focus()
    panel.press("End")
    notebook.until(lambda: "web01 runs on esx01, exactly as before" in panel.root.inner_text())
    assert notebook.kernel_eval("lab.outcome.outcome") == "rolled-back"
    assert notebook.kernel_eval("lab.outcome.reverted_to_original") is True
    after = notebook.kernel_eval("lab.session.datacenter.model_dump(mode='json')")
    assert after == original
    undone = notebook.kernel_eval("list(lab.outcome.undone)")
    assert undone
    for sentence in undone:
        assert sentence in panel.root.inner_text()

    panel.choose("Fault", "No fault")
    panel.push("Migrate")
    notebook.until(lambda: notebook.kernel_eval("lab.outcome.outcome") == "migrated")
    scrub.focus()
    panel.press("End")
    notebook.until(lambda: "web01 runs on esx02" in panel.root.inner_text())
    assert notebook.kernel_eval("lab.session.datacenter.vms['web01'].host") == "esx02"
    assert notebook.kernel_eval("all(o.done(lab.session) for o in lab.objectives)") is True


def test_start_here_runs_as_saved_and_plays(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "00_start_here.ipynb", None)
    notebook = panel.notebook
    notebook.until(lambda: notebook.kernel_eval("lab.outcome.outcome") == "rolled-back")
    chosen = panel.root.locator('[role=tab][aria-selected="true"]')
    # Not its inner text, which is empty while the notebook has scrolled past the panel.
    notebook.until(lambda: (chosen.text_content() or "").startswith("Run"))


def test_the_film_plays_without_the_kernel(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "film.ipynb", READY)
    notebook = panel.notebook
    sent: list[str] = []
    panel.push("Migrate")
    notebook.until(lambda: panel.root.locator(".run canvas").count())
    notebook.until(lambda: notebook.kernel_eval("len(lab.panel.film)") > 0)
    notebook.page.on(
        "websocket", lambda socket: socket.on("framesent", lambda _: sent.append(socket.url))
    )
    times = notebook.page.evaluate(
        """async () => {
          const scrub = document.querySelector('.vml input[type=range]');
          const seen = new Set();
          const end = performance.now() + 2000;
          while (performance.now() < end) {
            seen.add(scrub.value);
            await new Promise(requestAnimationFrame);
          }
          return seen.size;
        }"""
    )
    assert times > 10
    assert sent == []
    assert notebook.kernel_eval("len(lab.panel.film)") <= 150_000


def test_undo_redo_reset_save_load_and_a_bad_file(open_notebook: OPEN, tmp_path: object) -> None:
    panel = opened(open_notebook, "files.ipynb", READY)
    notebook, page = panel.notebook, panel.page
    panel.open_form("hosts/esx02/port_groups/Production")
    panel.write("Network label", "Prod")
    notebook.until(lambda: panel.clauses("error"))
    with page.expect_download() as saved:
        panel.root.get_by_role("button", name="Save").click()
    path = saved.value.path()
    assert "Prod" in path.read_text(encoding="utf-8")
    panel.root.get_by_role("button", name="Undo").click()
    notebook.until(lambda: panel.clauses("error") == [])
    panel.root.get_by_role("button", name="Redo").click()
    notebook.until(lambda: panel.clauses("error"))
    panel.root.get_by_role("button", name="Reset").click()
    notebook.until(lambda: panel.clauses("error") == [])
    page.set_input_files(".vml input[type=file]", path)
    notebook.until(lambda: panel.clauses("error"))
    bad = {"name": "bad.yaml", "mimeType": "text/yaml", "buffer": b"datacenter: {hostss: {}}\n"}
    page.set_input_files(".vml input[type=file]", files=[bad])
    notebook.until(lambda: "hostss" in panel.root.get_by_role("alert").inner_text())
    assert panel.clauses("error")


def test_arrows_move_in_the_picture_and_delete_removes(open_notebook: OPEN) -> None:
    panel = opened(open_notebook, "arrows.ipynb", READY)
    notebook = panel.notebook
    focused = "() => document.activeElement.dataset.key"
    panel.part("vms/web01").focus()
    panel.press("ArrowRight")
    assert panel.page.evaluate(focused) == "hosts/esx01/port_groups/Production"
    panel.press("ArrowDown")
    assert panel.page.evaluate(focused) == "hosts/esx01/port_groups/Service Console"
    panel.part("hosts/esx02/port_groups/Production").focus()
    panel.press("Enter", "Delete")
    notebook.until(lambda: panel.clauses("error"))
    assert "Production" not in notebook.kernel_eval(
        "list(lab.session.datacenter.hosts['esx02'].port_groups)"
    )


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [900, 1280])
def test_axe_finds_nothing_in_any_state(open_notebook: OPEN, width: int, dark: bool) -> None:
    panel = opened(open_notebook, f"axe{width}{dark}.ipynb", BARE, width=width, dark=dark)
    notebook = panel.notebook
    assert notebook.accessibility(".vml") == []
    panel.root.locator('[data-k="row-lic-vmotion-both-hosts"]').click()
    assert notebook.accessibility(".vml") == []
    notebook.kernel_eval("__import__('vmlab.labs.two_hosts', fromlist=['x']).SOLUTION and None")
    notebook.kernel_eval(
        "lab.session.edit(__import__('vmlab.labs.two_hosts', fromlist=['x']).SOLUTION)"
    )
    for fault in ("", "link-down", "source-lost"):
        notebook.kernel_eval(f"lab.migrate({fault!r}).outcome")
        notebook.until(lambda: panel.root.locator(".run canvas").count())
        panel.root.locator("input[type=range]").fill("400")
        assert notebook.accessibility(".vml") == []
        panel.root.locator("input[type=range]").fill("1000")
        assert notebook.accessibility(".vml") == []
