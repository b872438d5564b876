"""Lab 05: what is copied when; the heartbeat through the pause; the switches' new port."""

from __future__ import annotations

from vmlab.labs.finding import FindingLab, Question
from vmlab.labs.objective import Objective, migrated
from vmlab.labs.session import Session
from vmlab.migration.stages import Stage
from vmlab.tables import Table
from vmlab.views.whereabouts import Instant
from vmlab.views.whereabouts_table import whereabouts_table

#: Instants from the pause to the end of a move that succeeds.
LAST = 5


def reserved_and_empty(one: Instant) -> bool:
    """Whether the target has made room, and holds no page yet."""
    return one.reserved and not one.current_mib and not one.way_back and not one.ended


def memory_before_registers(one: Instant) -> bool:
    """Whether most memory is at the target while the registers run at the source."""
    return (
        one.registers == "source"
        and one.current_mib is not None
        and one.current_mib > one.memory_mib / 2
    )


def registers_cross(one: Instant) -> bool:
    """Whether registers and devices are on their way."""
    return one.registers == "crossing" and not one.way_back


def all_there_and_silent(one: Instant) -> bool:
    """Whether everything has arrived, and nobody answers."""
    return one.registers == "arrived" and not one.way_back


def frames_to_the_old_port(one: Instant) -> bool:
    """Whether the VM runs at the target while frames go to the source."""
    return one.registers == "destination" and one.frames_to == "source"


def back_with_pages_left(one: Instant) -> bool:
    """Whether the VM runs at the source again, its copied pages still at the target."""
    after_pause = one.silent_s > 0 and one.vm_runs_on is not None
    return one.way_back and after_pause and one.stale_pages and one.registers == "source"


def broken_while_paused(session: Session) -> bool:
    """Whether a run failed while the VM was paused, and came home."""
    paused = (Stage.CHECKPOINT, Stage.HANDSHAKE)
    return any(run.outcome == "rolled-back" and run.stage in paused for run in session.runs)


QUESTIONS = (
    Question(
        "the target has reserved memory for the virtual machine and holds not a page of it",
        reserved_and_empty,
        "The room is taken before the copy begins, so that the copy cannot fail for want of it.",
        (
            "Look at the row Memory, column of the target.",
            "The empty virtual machine is made in Shell; it is there when the next stage begins.",
        ),
    ),
    Question(
        "more than half of the memory is current at the target while the registers run at the"
        " source",
        memory_before_registers,
        "Memory goes first and more than once; registers go once, and last.",
        ("Memory goes in rounds.", "Each round's start shows what the rounds before it brought."),
    ),
    Question(
        "the registers are on their way and run nowhere",
        registers_cross,
        "Registers and devices are small, but nothing may change them while they are sent:"
        " this is why there is a pause at all.",
        ("Look for the first instant without an answer.", "It is the stage called Stun."),
    ),
    Question(
        "everything has arrived at the target and still nobody answers",
        all_there_and_silent,
        "The target opens the disks and resumes before it says so; until then the source keeps"
        " everything and could go on.",
        ("It is after Stun.", "Handshake: the last stage before the point of no return."),
    ),
    Question(
        "the virtual machine runs at the target while the switches send its frames to the source",
        frames_to_the_old_port,
        "The switches learn from frames. The target sends one in the name of the virtual machine,"
        " so that nobody has to wait until the guest speaks.",
        ("Look at the row on frames.", "The virtual machine has just been resumed."),
    ),
    Question(
        "the virtual machine runs at the source again while its pages still lie at the target",
        back_with_pages_left,
        "First the virtual machine goes on, then the rest is tidied: its clients wait no longer"
        " than they must. The switches never learnt another port.",
        (
            "A run that succeeds has no such instant.",
            "Let a fault strike while the virtual machine is paused, and look at the way back.",
        ),
    ),
)
OBJECTIVES = (
    Objective("Move web01 to the other host", migrated, ("Press Migrate.",)),
    Objective(
        "Let a move fail while web01 is paused, and come home",
        broken_while_paused,
        (
            "The pause has two stages: Stun and Handshake.",
            "Choose a fault beside the Migrate button that can strike there.",
        ),
    ),
)


def open_lab() -> FindingLab:
    """Open the lab on two hosts that are ready for VMotion."""
    return FindingLab("Three stages", "lab 05", "two-hosts", QUESTIONS, OBJECTIVES)


def unheard() -> Table:
    """The end of a move to a port group that does not notify the switches.

    Returns
    -------
    Table
        From the pause on, a row each instant.
    """
    lab = open_lab()
    group = ("hosts", "esx02", "port_groups", "Production", "notify_switches")
    lab.session.set(group, False)
    found = whereabouts_table(lab.session.migrate())
    return Table(found.columns, found.rows[-LAST:], found.title)
