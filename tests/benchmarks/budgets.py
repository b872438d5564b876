"""The lab's budgets, measured and printed; nothing here is asserted.

python tests/benchmarks/budgets.py
"""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from vmlab.inventory import apply, load, set_to
from vmlab.labs import start_here
from vmlab.models.case import Case
from vmlab.models.film import record
from vmlab.rules import check, request

EDIT = set_to(("hosts", "esx02", "port_groups", "Production", "vlan"), 30)
LOADED = (
    "import sys; from vmlab.cli import vmlab;"
    "vmlab.main(['check', 'two-hosts', '--json'], standalone_mode=False);"
    "print([m for m in ('numba', 'pandas', 'plotly', 'ipywidgets') if m in sys.modules],"
    " file=sys.stderr)"
)
FILM_PAGES = 65_536


def median_ms(job: Callable[[], object], repeats: int = 30) -> float:
    """Median time of a job, ms, after one run to warm up."""
    job()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def main() -> None:
    """Measure, and print a line a budget."""
    datacenter = load("two-hosts").datacenter
    move = request(datacenter, "web01", "esx02")
    recheck_ms = median_ms(lambda: check(apply(datacenter, [EDIT]), move))
    print(f"edit and recheck of two hosts     {recheck_ms:8.2f} ms   budget 20 ms")

    lab = start_here.open_lab()
    lab.panel  # noqa: B018
    message = {"type": "set", "path": list(EDIT.path), "value": 30}

    def click() -> None:
        lab.handle(message)
        lab.handle({"type": "undo"})

    print(f"edit to the panel's new state     {median_ms(click) / 2:8.2f} ms   budget 100 ms")

    case = Case.model_validate(
        {
            "memory_mib": FILM_PAGES * 4 / 1024,
            "workload": {"uniform": {"working_set_mib": 48, "dirty_pages_per_s": 4000}},
            "link": {"mbit_s": 100},
        }
    )
    start = time.perf_counter()
    film = record(case)
    encoded = film.encode()
    took_ms = (time.perf_counter() - start) * 1000
    print(
        f"film of {FILM_PAGES:,} pages, {len(film.seconds)} frames {len(encoded) / 1000:8.1f} KB"
        f"   budget 150 KB, made in {took_ms:.0f} ms"
    )
    lab.migrate()
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"this process, a lab open and run  {peak_mib:8.1f} MiB  budget 350 MB")

    loaded = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    print(f"heavy modules loaded by check     {loaded.stderr.strip()}")


if __name__ == "__main__":
    main()
