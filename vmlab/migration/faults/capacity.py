"""What there is too little of."""

from __future__ import annotations

from vmlab.migration.fault import Fault, Sign, Symptom
from vmlab.migration.faults.host import RUNNING
from vmlab.migration.faults.network import MEMORY, POSTCOPY
from vmlab.migration.stages import Stage
from vmlab.migration.timers import LONGEST_SWITCHOVER_S, WILD

_S = Stage


def _refused(fault: str, reason: str) -> tuple[Sign, ...]:
    symptom = Symptom("F-NOTCONF", fault, reason)
    return (
        Sign((_S.ASK_DESTINATION, _S.CREATE_SHELL), symptom, MEMORY),
        # Where only files move: of the second process beside the old one.
        Sign((_S.CREATE_SHELL,), symptom, RUNNING),
    )


ALL = (
    Fault(
        "memory-exhausted", "Target out of memory",
        _refused("InsufficientHostMemoryCapacityFault",
                 "{destination} cannot reserve {memory_mib:,} MiB for {vm}."),
        _S.CREATE_SHELL, "memory is reserved with the empty VM, and stays so",
        "That a host already asked refuses for want of memory is this lab's assumption.",
        "capacity", "destination",
    ),
    Fault(
        "cpu-exhausted", "Target out of CPU",
        _refused("InsufficientHostCpuCapacityFault",
                 "{destination} has no processor time left to reserve for {vm}."),
        _S.CREATE_SHELL, "processor time is reserved with the empty VM, and stays so",
        "That a host already asked refuses for want of CPU is this lab's assumption.",
        "capacity", "destination",
    ),
    Fault(
        "no-convergence", "Does not converge",
        (
            Sign((_S.PRE_COPY,), Symptom(
                "F-CONVERGE", "MigrationFault",
                "{vm} writes its memory faster than the link sends it: no progress in pre-copy."),
                MEMORY, POSTCOPY),
        ),
        _S.PRE_COPY, "the rest of the memory fits into the switch-over all the same",
        f"The guest writes {WILD:g} times faster than the link sends, in all of its memory and"
        " all through the copy; a burst that ends counts as time lost. The copy is given up when"
        " rounds stop shrinking. Limit recalled of 4.x; slowing the guest (5.0) is not built.",
        "capacity", "VM",
    ),
    Fault(
        "switch-over-slow", "Switch-over too slow",
        (
            Sign((_S.CHECKPOINT, _S.HANDSHAKE), Symptom(
                "F-SWITCHOVER", "GenericVmConfigFault",
                f"The switch-over took longer than {LONGEST_SWITCHOVER_S:g} s.",
                LONGEST_SWITCHOVER_S, _S.CHECKPOINT), RUNNING),
        ),
        _S.CHECKPOINT, "the VM was not being switched over then",
        "Until the limit nobody gives up: the pause is all of the 100 s.",
        "capacity", "link",
    ),
)  # fmt: skip
