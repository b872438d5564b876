"""`vmlab matrix`: which VM can go where, and the first reason why not."""

from __future__ import annotations

import click

from vmlab.cli.judged import profile_option
from vmlab.cli.patience import busy
from vmlab.cli.terminal import json_option, print_json, print_table
from vmlab.fleet.matrix import SHOWN_HOSTS, SHOWN_VMS
from vmlab.fleet.matrix import matrix as build
from vmlab.inventory.scenario import load
from vmlab.views.matrix import heat_map, heat_map_text


@click.command()
@click.argument("file")
@profile_option
@json_option
def matrix(file: str, profile: str | None, as_json: bool) -> int:
    """Show which running VM can go to which host, and the first reason why not.

    FILE is a scenario file or the name of one that comes with vmlab. A large
    fleet is shown as a map of shades.
    """
    with busy(f"Reading {file}"):
        scenario = load(file)
    pairs = f"{len(scenario.datacenter.vms):,} VMs and {len(scenario.datacenter.hosts):,} hosts"
    with busy(f"Judging {pairs}"):
        found = build(scenario, profile)
        found.counts()
    with busy("Trying out what would help most"):
        best = found.helps_most
    if as_json:
        print_json(found.to_json())
        return 0
    if len(found.vms) > SHOWN_VMS or len(found.hosts) > SHOWN_HOSTS:
        click.echo(heat_map_text(heat_map(found)))
    else:
        print_table(found.table())
    counts = found.counts()
    if counts.rows:
        click.echo()
        print_table(counts)
    click.echo()
    click.echo(repr(found))
    if best:
        click.echo(
            f"Helps most, {best.frees:,} {'moves' if best.frees > 1 else 'move'}: {best.fix}"
        )
    return 0
