"""A queue is run alike with and without the compiler."""

from __future__ import annotations

import numpy as np

from support.queues import evacuation, terms, trace
from vmlab.kernels.fleet_space import run_fleet_jobs


def test_compiled_and_plain_agree() -> None:
    jobs, claims, routes = evacuation(12, 150)
    how = terms(attempts=2)
    plain_room, fast_room = trace(4000), trace(4000)
    plain, plain_counts = run_fleet_jobs(jobs, claims, routes, how, plain_room, compile_it=False)
    fast, fast_counts = run_fleet_jobs(jobs, claims, routes, how, fast_room, compile_it=True)
    assert plain_counts == fast_counts
    for name in ("rounds", "attempts", "state", "waited_for"):
        assert getattr(plain, name).tolist() == getattr(fast, name).tolist()
    for name in ("start_s", "pause_s", "end_s", "sent_bytes", "own_s"):
        np.testing.assert_allclose(getattr(fast, name), getattr(plain, name), rtol=1e-12)
    np.testing.assert_allclose(fast.held_s, plain.held_s, rtol=1e-10, atol=1e-9)
    assert fast_room.link.tolist() == plain_room.link.tolist()
    np.testing.assert_allclose(fast_room.bytes_per_s, plain_room.bytes_per_s, rtol=1e-12)
