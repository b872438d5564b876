"""`vmlab evacuate`: empty hosts, and say what moves where, when, and what cannot."""

from __future__ import annotations

from pathlib import Path

import click

from vmlab.cli.check import profile_for
from vmlab.cli.evacuated import print_comparison, print_evacuation, print_upgrade
from vmlab.cli.judged import profile_option
from vmlab.cli.patience import busy
from vmlab.cli.terminal import force_option, json_option, print_json, save
from vmlab.documents import InputError, Problem, refuse_to_lose
from vmlab.fleet.evacuation import RETRIES
from vmlab.fleet.evacuation import evacuate as empty_hosts
from vmlab.fleet.mishap import parse_mishap
from vmlab.fleet.strategies import compare as compare_strategies
from vmlab.fleet.strategy import ORDERS, Strategy
from vmlab.fleet.upgrade import upgrade as upgrade_hosts
from vmlab.inventory.datacenter import Datacenter
from vmlab.inventory.scenario import load


@click.command()
@click.argument("file")
@click.option("--host", "hosts", multiple=True, help="A host to be emptied.")
@click.option("--upgrade", "cluster", help="Empty and upgrade this cluster's hosts in turn.")
@click.option("--compare", is_flag=True, help="Lay strategies side by side: few at once, many, ...")
@click.option("--at-once", type=click.IntRange(1), help="Moves at the same time at most.")
@click.option(
    "--order",
    type=click.Choice(ORDERS),
    default="placed",
    show_default=True,
    help="Who goes first.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="VM:NAME[@…]|HOST:lost@SECONDS[+SECONDS]",
    help="Something that goes wrong with a VM's move, as for `migrate`, or a host that is lost.",
)
@click.option(
    "--retries", type=click.IntRange(0, 100), default=RETRIES, show_default=True,
    help="How often a VM is tried again.",
)  # fmt: skip
@profile_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the datacenter after.")
@force_option
@json_option
def evacuate(
    file: str,
    hosts: tuple[str, ...],
    cluster: str | None,
    compare: bool,
    at_once: int | None,
    order: str,
    faults: tuple[str, ...],
    retries: int,
    profile: str | None,
    output: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Empty hosts for maintenance: who moves where and when, and who cannot.

    Ends with 0 when all VMs have left, 1 when rules keep one or something keeps
    a host out of maintenance mode, 3 when one was tried and rolled back, 4 when
    one is lost or its clean-up is incomplete; --compare ends with 0.
    """
    scenario = load(file)
    _refuse_mixtures(hosts, cluster, compare, faults, output)
    mishaps = [parse_mishap(fault, scenario.datacenter) for fault in faults]
    profile_chosen = profile_for(scenario, profile)
    strategy = Strategy.of(at_once, order)
    if output:
        refuse_to_lose(output, force=force)
    if compare:
        with busy(f"Emptying {', '.join(hosts)} in several ways"):
            compared = compare_strategies(
                scenario.datacenter, hosts, profile_chosen, mishaps=mishaps
            )
        if as_json:
            print_json(compared.to_json())
        else:
            print_comparison(compared)
        return 0
    if cluster is not None:
        order_of_hosts = _hosts_of(scenario.datacenter, cluster)
        with busy(f"Upgrading {cluster}"):
            upgraded = upgrade_hosts(
                scenario.datacenter, order_of_hosts, profile_chosen, strategy=strategy
            )
        after, document, code = upgraded.datacenter, upgraded.to_json, upgraded.exit_code
    else:
        with busy(f"Emptying {', '.join(hosts)}"):
            done = empty_hosts(
                scenario.datacenter,
                hosts,
                profile_chosen,
                strategy=strategy,
                mishaps=mishaps,
                retries=retries,
            )
        after, document, code = done.datacenter, done.to_json, done.exit_code
    if output:
        changed = scenario.model_copy(update={"datacenter": after, "move": None})
        save(output, changed.to_yaml(), force)
    if as_json:
        print_json(document())
    elif cluster is not None:
        print_upgrade(upgraded)
    else:
        print_evacuation(done)
    return code


def _refuse_mixtures(
    hosts: tuple[str, ...],
    cluster: str | None,
    compare: bool,
    faults: tuple[str, ...],
    output: Path | None,
) -> None:
    problems = []
    if not hosts and cluster is None:
        problems.append(Problem("no host is named", "Write --host H, or --upgrade CLUSTER"))
    if hosts and cluster is not None:
        problems.append(Problem("--host and --upgrade exclude each other", "Write one of them"))
    if cluster is not None and compare:
        problems.append(Problem("--compare is for --host only", "Leave --upgrade out"))
    if cluster is not None and faults:
        problems.append(Problem("an upgrade takes no --fault", "Use --fault with --host"))
    if compare and output:
        problems.append(Problem("--compare leaves all as it is", "Leave -o out"))
    if problems:
        raise InputError("evacuate", problems)


def _hosts_of(datacenter: Datacenter, cluster: str) -> tuple[str, ...]:
    if cluster not in datacenter.clusters:
        known = f"Known: {', '.join(datacenter.clusters) or 'none'}"
        raise InputError("--upgrade", [Problem(f"there is no cluster named {cluster!r}", known)])
    return datacenter.clusters[cluster].hosts
