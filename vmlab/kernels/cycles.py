"""Whether a loop is back where it was before."""

from __future__ import annotations

from vmlab.kernels.compile import Numbers, NumbersOut, kernel

#: Numbers kept besides two a class.
STATE = 8


@kernel
def seen(
    times: Numbers,
    sizes: Numbers,
    class_rest: Numbers,
    cached: Numbers,
    near_bytes: float,
    keep: bool,
    state_out: NumbersOut,
) -> bool:
    """Compare a state with the one that is remembered.

    Parameters
    ----------
    times : sequence of float, shape (4,)
        Times and shares, which must be equal.
    sizes : sequence of float, shape (4,)
        Sizes, bytes, which must be near.
    class_rest, cached : sequence of float, shape (n,)
        Sizes of each class, likewise.
    near_bytes : float
        How near.
    keep : bool
        Remember this state from now on.
    state_out : sequence of float, shape (2 * n + STATE,)
        The memory.

    Returns
    -------
    bool
        Whether they are the same.
    """
    classes = len(class_rest)
    same = True
    for i in range(4):
        same = same and abs(state_out[i] - times[i]) <= 1e-9
        same = same and abs(state_out[4 + i] - sizes[i]) < near_bytes
        if keep:
            state_out[i] = times[i]
            state_out[4 + i] = sizes[i]
    for c in range(classes):
        same = same and abs(state_out[STATE + c] - class_rest[c]) < near_bytes
        same = same and abs(state_out[STATE + classes + c] - cached[c]) < near_bytes
        if keep:
            state_out[STATE + c] = class_rest[c]
            state_out[STATE + classes + c] = cached[c]
    return same
