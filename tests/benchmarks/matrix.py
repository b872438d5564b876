"""The matrix of 10,000 VMs and 1,000 hosts against three peers, interleaved in one run.

python tests/benchmarks/matrix.py [vms hosts]

The work is synthetic: 40 pair rules, 29 needs a VM on average, as bits or
thresholds. Pure Python and pandas are timed on a sample of the VMs and
extrapolated. The last lines time vmlab itself on a whole inventory.
"""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.fleets import fleet
from vmlab.fleet.matrix import matrix
from vmlab.kernels import bits
from vmlab.kernels import matrix as kernels
from vmlab.kernels.compile import compiled

RULES, ATOMS = 40, 1200
THRESHOLDS, LEVELS = 8, 16
NEEDS = 29
ROUNDS = 7
SAMPLED = {"pure Python", "Python, long integers", "pandas"}

Work = dict[str, Any]


def work(vms: int, hosts: int, seed: int = 1) -> Work:
    """Needs and offers: 32 rules on atoms, 8 on numbers; about one pair in five is allowed."""
    luck = np.random.default_rng(seed)
    offers = luck.random((hosts, ATOMS)) < 0.93
    counts = np.clip(luck.poisson(NEEDS - THRESHOLDS, vms), 1, None)
    needs = [np.sort(luck.choice(ATOMS, n, replace=False)) for n in counts]
    return {
        "offers": offers,
        "needs": needs,
        "sets": [set(np.flatnonzero(row).tolist()) for row in offers],
        "wanted": luck.integers(0, LEVELS, (vms, THRESHOLDS)) // 2,
        "given": luck.integers(LEVELS // 2 - 1, LEVELS, (hosts, THRESHOLDS)),
        "source": luck.integers(0, hosts, vms),
    }


def index(made: Work) -> Any:
    """Bit rows over hosts: one for each atom, and one for each level of each threshold."""
    offers, given = made["offers"], made["given"]
    host, atom = made["offer_host"], made["offer_atom"]
    rows = np.zeros((1 + ATOMS + THRESHOLDS * LEVELS, -(-len(offers) // 64)), np.uint64)
    start = np.searchsorted(host, np.arange(len(offers) + 1))
    compiled(bits.rows_loop)(start, atom, rows)
    rows[0] = bits.pack(np.ones((1, len(offers)), np.bool_))[0]
    levels = given.T[:, None, :] >= np.arange(LEVELS)[None, :, None]
    rows[1 + ATOMS :] = bits.pack(levels.reshape(-1, len(offers)))
    return rows


def runs(made: Work) -> tuple[Any, Any]:
    """Needs as runs of atoms: bits first, then one row for each threshold."""
    levels = 1 + ATOMS + np.arange(THRESHOLDS) * LEVELS
    both = [
        np.concatenate([1 + need, levels + wanted])
        for need, wanted in zip(made["needs"], made["wanted"], strict=True)
    ]
    start = np.cumsum([0, *map(len, both)]).astype(np.int64)
    return start, np.concatenate(both).astype(np.int64)


def fast(made: Work, rows: Any, out: Any, threads: int) -> None:
    """The compiled kernel, a warm index."""
    start, atom = made["start"], made["atom"]
    source = made["source"]
    form = compiled(kernels.allow_loop)

    def part(low: int, high: int) -> None:
        form(start[low : high + 1], atom, rows, source[low:high], out[low:high])

    kernels._share(part, len(source), threads)


def numpy_form(made: Work, rows: Any, out: Any) -> None:
    """What stands beside the kernel where numba is absent."""
    kernels.allow_array(made["start"], made["atom"], rows, made["source"], out)


def numpy_bitsets(made: Work, out: Any) -> None:
    """What one would write with NumPy: bit sets of needs against bit sets of offers."""
    needs, has, given, wanted = (made[k] for k in ("need_bits", "offer_bits", "given", "wanted"))
    for vm in range(len(needs)):
        missing = (needs[vm] & ~has).any(axis=1)
        out[vm] = ~missing & (given >= wanted[vm]).all(axis=1)
        out[vm, made["source"][vm]] = False


def pure_python(made: Work, sample: range) -> list[list[bool]]:
    """Pair by pair until one rule says no; sets are compared by Python itself, in C."""
    found = []
    given = made["given_lists"]
    for vm in sample:
        need, numbers = set(made["needs"][vm].tolist()), made["wanted"][vm].tolist()
        own, row = int(made["source"][vm]), []
        for host, (has, gives) in enumerate(zip(made["sets"], given, strict=True)):
            allowed = host != own and need <= has
            if allowed:
                for number, limit in zip(numbers, gives, strict=True):
                    if number > limit:
                        allowed = False
                        break
            row.append(allowed)
        found.append(row)
    return found


def python_integers(made: Work, sample: range) -> list[list[bool]]:
    """The same with a long integer for each set of bits: the best that plain Python has."""
    found = []
    lacks, given = made["lacks"], made["given_lists"]
    for vm in sample:
        need = sum(1 << int(atom) for atom in made["needs"][vm])
        numbers, own = made["wanted"][vm].tolist(), int(made["source"][vm])
        found.append(
            [
                not need & missing
                and host != own
                and all(number <= limit for number, limit in zip(numbers, gives, strict=True))
                for host, (missing, gives) in enumerate(zip(lacks, given, strict=True))
            ]
        )
    return found


def pandas_cross(made: Work, sample: range) -> Any:
    """A cross merge of VMs and hosts, and a column for each word or number of the rules."""
    vms = pd.DataFrame(made["need_bits"][list(sample)]).add_prefix("n")
    vms = vms.join(pd.DataFrame(made["wanted"][list(sample)]).add_prefix("w"))
    vms["source"] = made["source"][list(sample)]
    hosts = pd.DataFrame(made["offer_bits"]).add_prefix("o")
    hosts = hosts.join(pd.DataFrame(made["given"]).add_prefix("g"))
    hosts["host"] = range(len(hosts))
    both = vms.merge(hosts, how="cross")
    allowed = both["source"] != both["host"]
    for word in range(made["need_bits"].shape[1]):
        allowed &= (both[f"n{word}"] & ~both[f"o{word}"]) == 0
    for number in range(THRESHOLDS):
        allowed &= both[f"w{number}"] <= both[f"g{number}"]
    return allowed.to_numpy().reshape(len(sample), len(hosts))


def prepared(vms: int, hosts: int) -> Work:
    """The work, with what each peer takes for granted: bit sets, lists, runs."""
    made = work(vms, hosts)
    flags = np.zeros((vms, ATOMS), np.bool_)
    owner = np.repeat(np.arange(vms), [len(need) for need in made["needs"]])
    flags[owner, np.concatenate(made["needs"])] = True
    made["need_bits"] = bits.pack(flags)
    made["offer_bits"] = bits.pack(made["offers"])
    host, atom = np.nonzero(made["offers"])
    made["offer_host"], made["offer_atom"] = host.astype(np.int64), 1 + atom.astype(np.int64)
    made["start"], made["atom"] = runs(made)
    made["given_lists"] = made["given"].tolist()
    made["lacks"] = [sum(1 << int(atom) for atom in np.flatnonzero(~row)) for row in made["offers"]]
    return made


def timed(job: Callable[[], object]) -> float:
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def compare(vms: int, hosts: int, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Seconds of each method, round by round; all must agree on every pair they judge."""
    made = prepared(vms, hosts)
    rows = index(made)
    out = np.zeros((vms, rows.shape[1]), np.uint64)
    flags = np.zeros((vms, hosts), np.bool_)
    few, some = range(min(vms, 20)), range(min(vms, 50))
    fast(made, rows, out, 2)
    numpy_bitsets(made, flags)
    expected = bits.unpack(out, hosts)
    np.testing.assert_array_equal(expected, flags)
    np.testing.assert_array_equal(expected[: len(few)], pure_python(made, few))
    np.testing.assert_array_equal(expected[: len(some)], python_integers(made, some))
    np.testing.assert_array_equal(expected[: len(some)], pandas_cross(made, some))
    seconds: dict[str, list[float]] = {}
    gc.collect()
    jobs: dict[str, tuple[Callable[[], object], float]] = {
        "fast, 2 threads": (lambda: fast(made, rows, out, 2), 1),
        "fast, 1 thread": (lambda: fast(made, rows, out, 1), 1),
        "fast, index built": (lambda: fast(made, index(made), out, 2), 1),
        "our NumPy form": (lambda: numpy_form(made, rows, out), 1),
        "NumPy": (lambda: numpy_bitsets(made, flags), 1),
        "pure Python": (lambda: pure_python(made, few), vms / len(few)),
        "Python, long integers": (lambda: python_integers(made, some), vms / len(some)),
        "pandas": (lambda: pandas_cross(made, some), vms / len(some)),
    }
    for _ in range(rounds):
        for name, (job, scale) in jobs.items():
            seconds.setdefault(name, []).append(timed(job) * scale)
    return seconds


def single_check() -> tuple[float, bool]:
    """A check of one VM and pair in a fresh process: ms, and whether numba was loaded."""
    code = (
        "import sys,time,statistics;from vmlab.inventory import load,Profile;"
        "from vmlab.rules import check,request;"
        "d=load('two-hosts-vsphere-8').datacenter;m=request(d,'web01','esx02');"
        "t=[];\nfor _ in range(30):\n s=time.perf_counter();check(d,m,Profile.VSPHERE_80);"
        "t.append(time.perf_counter()-s)\n"
        "print(1000*statistics.median(t),'numba' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ms, loaded = said.stdout.split()
    return float(ms), loaded == "True"


def main() -> None:
    """Print medians, and ratios of interleaved rounds."""
    vms, hosts = (int(each) for each in sys.argv[1:3]) if len(sys.argv) > 2 else (10_000, 1_000)
    seconds = compare(vms, hosts)
    print(f"{vms:,} VMs x {hosts:,} hosts x {RULES} rules, {NEEDS} needs a VM")
    for name, times in seconds.items():
        note = (
            " (sampled, extrapolated)"
            if name in {"pure Python", "pandas", "Python, long integers"}
            else ""
        )
        print(f"  {name:<22} {1000 * statistics.median(times):12.2f} ms{note}")
    for base, peers in (
        ("fast, 2 threads", ("pure Python", "Python, long integers", "NumPy", "pandas")),
        ("fast, 1 thread", ("pure Python", "Python, long integers", "NumPy", "pandas")),
        ("fast, index built", ("NumPy",)),
    ):
        for peer in peers:
            ratios = [p / f for p, f in zip(seconds[peer], seconds[base], strict=True)]
            low, middle, high = min(ratios), statistics.median(ratios), max(ratios)
            print(f"  {peer} / {base}: {middle:,.0f} [{low:,.0f} … {high:,.0f}]")
    ms, loaded = single_check()
    print(f"  one check: {ms:.2f} ms, numba {'loaded' if loaded else 'not loaded'}")
    datacenter = fleet(vms, hosts)
    built = timed(lambda: matrix(datacenter, "vsphere-8.0"))
    found = matrix(datacenter, "vsphere-8.0")
    print(f"  vmlab.matrix of an inventory: index {built:.2f} s, ", end="")
    print(f"verdicts {1000 * timed(lambda: found.flags):.1f} ms, ", end="")
    print(f"reasons and counts {1000 * timed(lambda: found.first):.0f} ms")


if __name__ == "__main__":
    main()
