"""A queue of migrations run the plain way: every rate anew at every event, every job looked at.

Loops over arrays and nothing else, so that the benchmark can compile it for large fleets.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vmlab.kernels.compile import kernel

Floats = NDArray[np.float64]
DELAYED, WAITING, SETUP, DISK, MEMORY, STOP, RESUME, OVER = range(8)


@kernel
def fair_rates(capacity: Floats, start: Any, link: Any, route: Any, own: Floats) -> Floats:
    """Max-min fair rates: raise all alike, until a link is full or a flow at its own rate."""
    flows = len(route)
    rate = np.zeros(flows)
    fixed = np.zeros(flows, np.bool_)
    left = capacity.copy()
    rising = np.zeros(len(capacity), np.int64)
    for f in range(flows):
        for e in range(start[route[f]], start[route[f] + 1]):
            rising[link[e]] += 1
    done = 0
    while done < flows:
        level, tightest = math.inf, -1
        for x in range(len(capacity)):
            if rising[x] > 0 and max(left[x], 0.0) / rising[x] < level:
                level, tightest = max(left[x], 0.0) / rising[x], x
        slow = -1
        for f in range(flows):
            if not fixed[f] and own[f] <= level and (slow < 0 or own[f] < own[slow]):
                slow = f
        for f in range(flows):
            if fixed[f]:
                continue
            hit = f == slow
            if slow < 0:
                for e in range(start[route[f]], start[route[f] + 1]):
                    hit = hit or link[e] == tightest
            if hit:
                fixed[f] = True
                done += 1
                rate[f] = own[f] if slow >= 0 else level
                for e in range(start[route[f]], start[route[f] + 1]):
                    left[link[e]] -= rate[f]
                    rising[link[e]] -= 1
    return rate


@kernel
def run_plainly(
    jobs: Any, claims: Any, routes: Any, terms: Any, table_out: Floats
) -> tuple[int, int]:
    """Fill a row a job: start, pause, end, bytes, rounds, attempts, state. Returns instants."""
    n = len(jobs.ready_s)
    phase = np.zeros(n, np.int64)
    event_s = jobs.ready_s.copy()
    fail_s = np.full(n, math.inf)
    part, rest, part_s, rate = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    free = claims.slots.copy()
    table_out[:, :3] = math.nan
    table_out[:, 3:] = 0.0
    now_s, instants, passes = 0.0, 0, 0
    while True:
        next_s = math.inf
        for j in range(n):
            if phase[j] != WAITING and phase[j] != OVER:
                when = min(event_s[j], fail_s[j])
                next_s = min(next_s, when)
        if next_s == math.inf:
            return instants, passes
        for j in range(n):
            if rate[j] > 0.0:
                rest[j] -= rate[j] * (next_s - now_s)
        now_s = next_s
        until_s = now_s * (1.0 + 1e-12)
        instants += 1
        busy = True
        while busy:  # who fails is back in the queue at once where there is no delay
            busy = False
            for j in range(n):
                if phase[j] == WAITING or phase[j] == OVER:
                    continue
                if min(event_s[j], fail_s[j]) > until_s:
                    continue
                busy = True
                event_s[j] = math.inf
                if phase[j] == DELAYED:
                    phase[j] = WAITING
                    continue
                end = False
                if fail_s[j] <= until_s:
                    table_out[j, 6] = 2.0
                    if DISK <= phase[j] <= STOP:
                        table_out[j, 3] += part[j] - rest[j]
                    end = True
                else:
                    if DISK <= phase[j] <= STOP:
                        table_out[j, 3] += part[j]
                        passes += 1
                    if phase[j] == SETUP and jobs.disk_bytes[j] > 0.0:
                        phase[j] = DISK
                        part[j] = jobs.disk_bytes[j]
                    elif phase[j] <= DISK and jobs.memory_bytes[j] > 0.0:
                        phase[j] = MEMORY
                        part[j] = jobs.memory_bytes[j]
                    elif phase[j] == MEMORY:
                        table_out[j, 4] += 1.0
                        took = now_s - part_s[j]
                        dirty = 0.0
                        for c in range(jobs.class_start[j], jobs.class_start[j + 1]):
                            share = -math.expm1(-jobs.class_writes_per_s[c] * took)
                            dirty += jobs.class_bytes[c] * share
                        if dirty < jobs.page_bytes[j] / 2.0:
                            dirty = 0.0
                        mean = part[j] / took
                        best = jobs.memory_bytes_per_s[j]
                        for e in range(routes.start[2 * j + 1], routes.start[2 * j + 2]):
                            best = min(best, routes.link_bytes_per_s[routes.link[e]])
                        last = jobs.max_rounds[j] > 0 and table_out[j, 4] >= jobs.max_rounds[j]
                        if last or dirty <= jobs.limit_s[j] * mean:
                            if dirty > jobs.longest_stop_s[j] * mean:
                                table_out[j, 6] = 4.0
                                end = True
                            else:
                                table_out[j, 1] = now_s
                                phase[j] = STOP if dirty > 0.0 else RESUME
                        elif table_out[j, 4] >= terms.most_rounds or (
                            jobs.max_rounds[j] == 0
                            and dirty >= part[j] * (1.0 - 1e-9)
                            and mean >= best * (1.0 - 1e-9)
                        ):
                            table_out[j, 6] = 3.0
                            end = True
                        part[j] = dirty
                    elif phase[j] == RESUME:
                        table_out[j, 6] = 1.0
                        end = True
                    else:
                        if phase[j] == DISK:
                            table_out[j, 1] = now_s
                        if phase[j] == STOP:
                            table_out[j, 4] += 1.0
                        phase[j] = RESUME
                    if phase[j] == RESUME and not end:
                        event_s[j] = now_s + jobs.resume_s[j]
                        if jobs.resume_s[j] <= 0.0:
                            table_out[j, 6] = 1.0
                            end = True
                    rest[j] = part[j]
                    part_s[j] = now_s
                if end:
                    phase[j] = OVER
                    table_out[j, 2] = now_s
                    fail_s[j] = math.inf
                    for i in range(claims.start[j], claims.start[j + 1]):
                        free[claims.resource[i]] += claims.cost[i]
                    if table_out[j, 6] != 1.0 and table_out[j, 5] < terms.most_attempts:
                        phase[j] = DELAYED
                        event_s[j] = now_s + terms.retry_after_s
        for j in range(n):
            if phase[j] != WAITING:
                continue
            room = True
            for i in range(claims.start[j], claims.start[j + 1]):
                room = room and free[claims.resource[i]] >= claims.cost[i]
            if not room:
                if terms.overtaking:
                    continue
                break
            for i in range(claims.start[j], claims.start[j + 1]):
                free[claims.resource[i]] -= claims.cost[i]
            failure = jobs.fail_start[j] + int(table_out[j, 5])
            if failure < jobs.fail_start[j + 1]:
                fail_s[j] = now_s + jobs.fail_after_s[failure]
            table_out[j, 5] += 1.0
            table_out[j, 0] = now_s
            table_out[j, 1] = table_out[j, 2] = math.nan
            table_out[j, 4] = 0.0
            part_s[j] = now_s
            if jobs.setup_s[j] > 0.0:
                phase[j] = SETUP
                event_s[j] = now_s + jobs.setup_s[j]
            elif jobs.disk_bytes[j] > 0.0:
                phase[j] = DISK
                part[j] = rest[j] = jobs.disk_bytes[j]
            elif jobs.memory_bytes[j] > 0.0:
                phase[j] = MEMORY
                part[j] = rest[j] = jobs.memory_bytes[j]
            else:
                phase[j] = RESUME
                event_s[j] = now_s + jobs.resume_s[j]
        count = 0
        for j in range(n):
            rate[j] = 0.0
            if DISK <= phase[j] <= STOP:
                count += 1
        who = np.zeros(count, np.int64)
        way = np.zeros(count, np.int64)
        own = np.zeros(count)
        count = 0
        for j in range(n):
            if DISK <= phase[j] <= STOP:
                who[count] = j
                way[count] = 2 * j if phase[j] == DISK else 2 * j + 1
                own[count] = (
                    jobs.disk_bytes_per_s[j] if phase[j] == DISK else jobs.memory_bytes_per_s[j]
                )
                count += 1
        found = fair_rates(routes.link_bytes_per_s, routes.start, routes.link, way, own)
        for i in range(count):
            j = who[i]
            rate[j] = found[i]
            event_s[j] = now_s + rest[j] / rate[j] if rate[j] > 0.0 else math.inf
