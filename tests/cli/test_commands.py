"""Every command keeps its contract: codes, documents, names, files."""

from __future__ import annotations

import itertools
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.command import Command
from vmlab.inventory.profile import Profile
from vmlab.inventory.scenario import scenario_names
from vmlab.migration.faults import FAULTS
from vmlab.migration.stages import Stage
from vmlab.models.case import case_names
from vmlab.rules.catalogue import RULES

MOVE = ("--vm", "web01", "--to", "esx02")
ESTIMATE = {
    "algorithm", "total_s", "downtime_s", "sent_bytes", "converged", "stopped_by", "rounds",
    "postcopy_faults", "postcopy_s", "postcopy_stall_s", "storage", "warnings",
}  # fmt: skip
MIGRATION = {
    "outcome", "stage", "reason", "fault", "downtime_s", "total_s", "timeline", "undone", "events",
    "reverted_to_original", "findings", "estimate",
}  # fmt: skip
FINDING = {
    "rule", "severity", "phase", "path", "message", "fault", "source", "fix", "edits",
}  # fmt: skip
RULE = {
    "rule", "tier", "scope", "era", "severity", "phase", "title", "why", "fix", "source",
    "recalled", "fault", "test_group",
}  # fmt: skip
PROFILES = {"guide-4.0", "vsphere-5.5", "vsphere-6.7", "vsphere-8.0"}
CASE = {
    "memory_mib": 1024,
    "workload": {"uniform": {"working_set_mib": 8, "dirty_pages_per_s": 9}},
    "link": {"mbit_s": 1000},
}


class TestCheck:
    def test_a_good_move(self, vmlab: Command) -> None:
        answer = vmlab("check", "two-hosts", *MOVE, "--json")
        assert (answer.code, answer.err) == (0, "")
        document = answer.document
        assert set(document) == {"ok", "profile", "move", "findings", "passed"}
        assert document["ok"] is True
        assert document["profile"] == "guide-4.0"
        assert document["move"] == {
            "vm": "web01",
            "source": "esx01",
            "destination": "esx02",
            "kind": "vmotion",
        }
        assert document["findings"] == []
        assert {frozenset(each) for each in document["passed"]} == {frozenset({"rule", "note"})}

    def test_a_bad_move(self, vmlab: Command) -> None:
        answer = vmlab("check", "two-hosts-bare", *MOVE, "--json")
        assert (answer.code, answer.err) == (1, "")
        assert answer.document["ok"] is False
        edits = []
        for finding in answer.document["findings"]:
            assert set(finding) == FINDING
            assert finding["severity"] in {"error", "warning", "advice", "queue"}
            assert finding["phase"] in {"check", "connect", "transfer", "switch-over"}
            assert all(isinstance(name, str) for name in finding["path"])
            assert finding["message"]
            assert finding["fix"]
            assert finding["source"]
            edits += finding["edits"]
        assert edits
        assert {frozenset(edit) for edit in edits} == {frozenset({"op", "path", "value"})}
        assert {edit["op"] for edit in edits} <= {"set", "remove"}

    def test_without_a_vm_only_rules_that_need_no_move(self, vmlab: Command) -> None:
        answer = vmlab("check", "two-hosts", "--json")
        assert answer.code == 0
        assert answer.document["move"] is None
        spoke = {each["rule"] for each in answer.document["passed"]}
        guide = Profile(answer.document["profile"])
        assert spoke == {r.id for r in RULES if r.applies_to(guide) and not r.needs_move}

    def test_in_words(self, vmlab: Command) -> None:
        assert "may move to esx02" in vmlab("check", "two-hosts", *MOVE).out
        assert "hosts are sound" in vmlab("check", "two-hosts").out
        refused = vmlab("check", "two-hosts-bare", *MOVE)
        assert refused.code == 1
        assert "lic-vmotion-both-hosts" in refused.out
        assert refused.out.rstrip().endswith("Refused")

    def test_an_error_that_shows_at_connect_lets_the_check_pass(
        self, vmlab: Command, tmp_path: Path
    ) -> None:
        text = vmlab("scenarios", "two-hosts").out
        (tmp_path / "x.yaml").write_text(text.replace("ip: 10.0.50.12", "ip: 10.0.51.12"))
        checked = vmlab("check", "x.yaml", *MOVE, "--json")
        assert checked.code == 0
        assert checked.document["ok"] is True
        found = {(f["rule"], f["severity"], f["phase"]) for f in checked.document["findings"]}
        assert ("net-vmotion-same-subnet", "error", "connect") in found
        ran = vmlab("migrate", "x.yaml", *MOVE, "--json")
        assert ran.code == 3
        assert (ran.document["outcome"], ran.document["stage"]) == ("rolled-back", "connect")

    def test_the_profile_is_the_commands_then_the_files_then_the_guides(
        self, vmlab: Command, tmp_path: Path
    ) -> None:
        text = vmlab("scenarios", "two-hosts").out
        line = "profile: guide-4.0\n"
        (tmp_path / "none.yaml").write_text(text.replace(line, ""))
        (tmp_path / "own.yaml").write_text(text.replace(line, "profile: vsphere-6.7\n"))
        for file, option, expected in (
            ("none.yaml", (), "guide-4.0"),
            ("own.yaml", (), "vsphere-6.7"),
            ("own.yaml", ("--profile", "vsphere-8.0"), "vsphere-8.0"),
        ):
            assert vmlab("check", file, *option, "--json").document["profile"] == expected

    def test_a_file_wins_over_a_name(self, vmlab: Command, tmp_path: Path) -> None:
        (tmp_path / "two-hosts").write_text("nope: 1\n")
        assert vmlab("check", "two-hosts").code == 2
        (tmp_path / "two-hosts").unlink()
        (tmp_path / "two-hosts").mkdir()
        assert vmlab("check", "two-hosts").code == 0

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("nope",), "two-hosts-bare"),
            (("two-hosts", "--vm", "nope", "--to", "esx02"), "Known: web01"),
            (("two-hosts", "--vm", "web01", "--to", "nope"), "Known: esx01, esx02"),
            (("two-hosts", "--vm", "web01", "--to", "esx01"), "on esx01 already"),
            (("two-hosts", "--vm", "web01"), "--to"),
            (("two-hosts", "--to", "esx02"), "--vm"),
            (("two-hosts", "--profile", "nope"), "vsphere-8.0"),
            (("two-hosts", "--nope"), "--nope"),
            ((), "FILE"),
        ],
    )
    def test_wrong_usage(self, vmlab: Command, arguments: tuple[str, ...], said: str) -> None:
        answer = vmlab("check", *arguments, "--json")
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err


class TestMigrate:
    @pytest.mark.parametrize(
        ("fault", "code", "outcome", "stage"),
        [
            (None, 0, "migrated", None),
            ("licence-withdrawn@validate", 1, "refused", "validate"),
            ("link-down@pre-copy", 3, "rolled-back", "pre-copy"),
            ("link-down@12.5", 3, "rolled-back", "pre-copy"),
            ("link-down@pre-copy+2", 0, "migrated", None),
            ("storage-lost@clean-up", 4, "failed-after-switchover", "clean-up"),
            ("source-lost@pre-copy", 4, "lost", "pre-copy"),
        ],
    )
    def test_outcomes(
        self, vmlab: Command, fault: str | None, code: int, outcome: str, stage: str | None
    ) -> None:
        faults = ("--fault", fault) if fault else ()
        answer = vmlab("migrate", "two-hosts", *MOVE, *faults, "--json")
        assert (answer.code, answer.err) == (code, "")
        document = answer.document
        assert set(document) >= MIGRATION
        assert (document["outcome"], document["stage"]) == (outcome, stage)
        assert (document["reason"] is None) == (code == 0)
        assert document["reverted_to_original"] is (code in {1, 3})
        assert bool(document["undone"]) is (outcome in {"rolled-back", "lost"})
        spans = document["timeline"]
        assert spans[0]["start_s"] == 0
        assert spans[-1]["end_s"] == document["total_s"]
        for span, following in itertools.pairwise(spans):
            assert span["end_s"] == following["start_s"]
        for span in spans:
            assert {"stage", "guide_stage", "start_s", "end_s", "vm_runs_on"} <= set(span)
            assert span["stage"] in set(Stage)
            assert span["guide_stage"] in {1, 2, 3, None}
            assert span["vm_runs_on"] in {"esx01", "esx02", None}
        if document["estimate"] is not None:
            assert set(document["estimate"]) == ESTIMATE
        assert (document["estimate"] is None) == (code == 1)
        # In words, the same.
        words = vmlab("migrate", "two-hosts", *MOVE, *faults)
        assert words.code == code
        assert document["reason"] is None or document["reason"] in words.out
        assert all(sentence in words.out for sentence in document["undone"])

    def test_bare_hosts_are_refused(self, vmlab: Command) -> None:
        answer = vmlab("migrate", "two-hosts-bare", *MOVE, "--json")
        assert answer.code == 1
        document = answer.document
        assert (document["outcome"], document["estimate"]) == ("refused", None)
        assert {frozenset(each) for each in document["findings"]} == {frozenset(FINDING)}

    def test_two_faults_strike_in_their_order(self, vmlab: Command) -> None:
        faults = ("--fault", "link-down@pre-copy", "--fault", "cancelled@connect")
        assert vmlab("migrate", "two-hosts", *MOVE, *faults, "--json").document["stage"] == (
            "connect"
        )

    def test_every_fault_is_named_in_the_help(self, vmlab: Command) -> None:
        shown = vmlab("migrate", "-h")
        assert shown.code == 0
        assert all(name in re.sub(r"\s", "", shown.out) for name in FAULTS)

    def test_every_fault_is_in_the_table(self, vmlab: Command) -> None:
        shown = vmlab("migrate", "--fault", "help")
        assert shown.code == 0
        assert [line.split()[0] for line in shown.out.splitlines()[1:]] == list(FAULTS)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ((*MOVE, "--fault", "nope"), "link-down"),
            ((*MOVE, "--fault", "link-down@nope"), "pre-copy"),
            ((*MOVE, "--fault", "link-down@nan"), "no time"),
            ((*MOVE, "--fault", "link-down@-1"), "no time"),
            ((*MOVE, "--fault", "link-down@1+x"), "no time"),
            ((*MOVE, "--kind", "nope"), "suspended"),
            ((*MOVE, "--kind", "storage"), "Leave out --to, or use --kind both"),
            (("--vm", "web01", "--kind", "storage"), "--datastore: san-01"),
            ((*MOVE, "--kind", "both"), "--datastore: san-01"),
            (("--vm", "web01", "--kind", "both", "--datastore", "nfs-01"), "--to: esx01, esx02"),
            (("--vm", "web01", "--kind", "suspended"), "--to (esx01, esx02), --datastore (san-01"),
            (("--vm", "web01", "--kind", "cold"), "--to (esx01, esx02), --datastore (san-01"),
            (("--vm", "web01", "--kind", "cold", "--datastore", "san-01"), "on san-01 already"),
            (("--vm", "web01", "--kind", "cold", "--datastore", "nope"), "Known: san-01, iscsi-01"),
            ((*MOVE, "--datastore", "nfs-01"), "--kind storage"),
            ((*MOVE, "--disk-format", "thin"), "leave out --disk-format"),
            ((*MOVE, "--disk-format", "fat"), "thick"),
            ((*MOVE, "--priority", "urgent"), "low"),
            ((*MOVE, "--profile", "nope"), "guide-4.0"),
            ((*MOVE, "--seed", "-1"), "--seed"),
            ((*MOVE, "--seed", str(2**63)), "--seed"),
            (("--vm", "nope", "--to", "esx02"), "Known: web01"),
            (("--vm", "web01", "--to", "nope"), "Known: esx01, esx02"),
            (("--vm", "web01", "--to", "esx01"), "on esx01 already"),
            (("--vm", "web01"), "--to: esx01, esx02"),
            (("--to", "esx02"), "--vm"),
        ],
    )
    def test_wrong_usage(self, vmlab: Command, arguments: tuple[str, ...], said: str) -> None:
        answer = vmlab("migrate", "two-hosts", *arguments, "--json")
        assert (answer.code, answer.out) == (2, "")
        assert said in answer.err

    def test_one_can_go_on_from_what_is_written(self, vmlab: Command, tmp_path: Path) -> None:
        out = vmlab("migrate", "two-hosts", *MOVE, "-o", "after.yaml", "--json")
        assert out.document["outcome"] == "migrated"
        assert out.err == "Wrote after.yaml\n"
        assert vmlab("check", "after.yaml", "--vm", "web01", "--to", "esx01").code == 0
        back = ("migrate", "after.yaml", "--vm", "web01", "--to", "esx01", "-o", "after.yaml")
        assert (
            yaml.safe_load((tmp_path / "after.yaml").read_text())["datacenter"]["vms"]["web01"][
                "host"
            ]
            == "esx02"
        )
        kept = (tmp_path / "after.yaml").read_bytes()
        refused = vmlab(*back)
        assert (refused.code, refused.out) == (2, "")
        assert "--force" in refused.err
        assert (tmp_path / "after.yaml").read_bytes() == kept
        assert vmlab(*back, "--force").code == 0
        assert vmlab("check", "after.yaml", *MOVE).code == 0
        assert [path.name for path in tmp_path.iterdir()] == ["after.yaml"]

    def test_comments_are_never_lost(self, vmlab: Command, tmp_path: Path) -> None:
        (tmp_path / "mine.yaml").write_text("# dear to me\na: 1\n")
        answer = vmlab("migrate", "two-hosts", *MOVE, "-o", "mine.yaml", "--force", "--json")
        assert (answer.code, answer.out) == (2, "")
        assert "comments" in answer.err
        assert (tmp_path / "mine.yaml").read_text() == "# dear to me\na: 1\n"

    @pytest.mark.parametrize("place", [".", "nowhere/after.yaml", "a" * 5000])
    def test_where_nothing_can_be_written(self, vmlab: Command, tmp_path: Path, place: str) -> None:
        answer = vmlab("migrate", "two-hosts", *MOVE, "-o", place, "--force", "--json")
        assert (answer.code, answer.out) == (2, "")
        assert "cannot be written" in answer.err
        assert list(tmp_path.iterdir()) == []

    def test_what_is_rolled_back_is_written_as_it_was(self, vmlab: Command, tmp_path: Path) -> None:
        option = ("--fault", "cancelled", "-o", "after.yaml")
        assert vmlab("migrate", "two-hosts", *MOVE, *option).code == 3
        written = vmlab("check", "after.yaml", *MOVE, "--json").document
        assert written == vmlab("check", "two-hosts", *MOVE, "--json").document


class TestEstimate:
    @pytest.mark.parametrize("name", case_names())
    def test_bundled_cases(self, vmlab: Command, name: str) -> None:
        answer = vmlab("estimate", name, "--json")
        assert (answer.code, answer.err) == (0, "")
        document = answer.document
        assert set(document) == ESTIMATE
        for one in document["rounds"]:
            assert set(one) == {"round", "sent_bytes", "duration_s", "dirtied_bytes"}
        assert document["sent_bytes"] == sum(one["sent_bytes"] for one in document["rounds"])

    @pytest.mark.parametrize("mbit_s", [128, 256, 512])
    def test_clark_2005_section_4_2(self, vmlab: Command, mbit_s: int) -> None:
        document = vmlab("estimate", f"clark-stop-and-copy-{mbit_s}", "--json").document
        assert document["total_s"] == document["downtime_s"] == 4096 / mbit_s
        assert (document["stopped_by"], document["converged"]) == ("paused", True)

    def test_what_does_not_converge_is_done_too(self, vmlab: Command, tmp_path: Path) -> None:
        busy = {"uniform": {"working_set_mib": 1000, "dirty_pages_per_s": 10**6}}
        (tmp_path / "case.yaml").write_text(json.dumps({**CASE, "workload": busy}))
        answer = vmlab("estimate", "case.yaml", "--json")
        assert answer.code == 0
        document = answer.document
        assert (document["converged"], document["stopped_by"]) == (False, "never")
        assert document["total_s"] is None
        assert document["downtime_s"] is None

    def test_every_key_of_the_contract_is_known(self, vmlab: Command, tmp_path: Path) -> None:
        policy = {
            "hypervisor": "esx",
            "downtime_limit_ms": 500,
            "max_bandwidth_mbit_s": None,
            "max_rounds": 9,
            "timeout_s": 60,
            "on_timeout": "stop",
            "downtime_ramp": None,
            "postcopy_after_s": None,
            "throttle": None,
            "compression": None,
            "channels": 1,
            "parallel": 2,
            "setup_ms": None,
            "resume_ms": 0,
        }
        whole = {
            **CASE,
            "nonzero_mib": 512.5,
            "page_kib": 4,
            "link": {"profile": [[0, 1000], [1, 100]], "latency_ms": 0.5},
            "algorithm": "pre-copy",
            "policy": policy,
            "seed": 1,
        }
        workloads = (
            {"uniform": {"working_set_mib": 8, "dirty_pages_per_s": 9, "order": "sequential"}},
            {"classes": [{"pages": 1000, "writes_per_page_per_s": 2.0}]},
            {"curve": {"seconds": [1, 2], "distinct_mib": [3, 4]}},
        )
        for workload in workloads:
            (tmp_path / "case.yaml").write_text(json.dumps({**whole, "workload": workload}))
            answer = vmlab("estimate", "case.yaml", "--json")
            assert (answer.code, answer.err) == (0, "")

    def test_what_makes_no_sense_together_is_refused(self, vmlab: Command, tmp_path: Path) -> None:
        throttle = {"kind": "stun"}
        together = {**CASE, "link": None, "policy": {"hypervisor": "qemu", "throttle": throttle}}
        (tmp_path / "case.yaml").write_text(yaml.safe_dump(together))
        answer = vmlab("estimate", "case.yaml", "--json")
        assert (answer.code, answer.out) == (2, "")
        lines = answer.err.splitlines()
        assert len(lines) == 2
        assert all(line.startswith("case.yaml: line ") for line in lines)
        for works in ("auto-converge", "max_bandwidth_mbit_s"):
            assert works in answer.err

    def test_in_words(self, vmlab: Command) -> None:
        answer = vmlab("estimate", "web-server")
        assert answer.code == 0
        assert "stopped by downtime-limit" in answer.out

    def test_disks_have_a_table_and_notes_of_their_own(
        self, vmlab: Command, tmp_path: Path
    ) -> None:
        storage = {
            "disks": [{"size_gib": 4}],
            "read_mib_s": 100,
            "write_mib_s": 100,
            "writes": {"writes_per_s": 1000000},
        }
        (tmp_path / "case.yaml").write_text(json.dumps({**CASE, "storage": storage}))
        answer = vmlab("estimate", "case.yaml")
        assert answer.code == 0
        assert "disks, mirror: " in answer.out
        assert "of its writes done" in answer.err

    def test_a_note_goes_to_stderr(self, vmlab: Command, tmp_path: Path) -> None:
        curve = {"curve": {"seconds": [1], "distinct_mib": [3]}}
        (tmp_path / "case.yaml").write_text(json.dumps({**CASE, "workload": curve}))
        answer = vmlab("estimate", "case.yaml")
        assert answer.code == 0
        assert "the curve ends at 1 s" in answer.err
        assert "the curve ends" not in answer.out


class TestRules:
    def test_all(self, vmlab: Command) -> None:
        document = vmlab("rules", "--json").document
        assert set(document) == {"profile", "rules"}
        assert document["profile"] is None
        assert [each["rule"] for each in document["rules"]] == [rule.id for rule in RULES]
        for each in document["rules"]:
            assert set(each) == RULE
            assert set(each["severity"]) == PROFILES
            assert all(each[key] for key in ("title", "why", "fix", "source"))

    @pytest.mark.parametrize("profile", sorted(PROFILES))
    def test_of_a_profile(self, vmlab: Command, profile: str) -> None:
        document = vmlab("rules", "--profile", profile, "--json").document
        assert document["profile"] == profile
        applying = {rule.id for rule in RULES if any(p.value == profile for p in rule.severity)}
        assert {each["rule"] for each in document["rules"]} == applying
        severities = {"error", "warning", "advice", "queue"}
        assert {each["severity"] for each in document["rules"]} <= severities

    def test_a_page(self, vmlab: Command) -> None:
        answer = vmlab("rules", "host-one-gige")
        assert answer.code == 0
        assert "p. 185" in answer.out
        (only,) = vmlab("rules", "host-one-gige", "--json").document["rules"]
        assert only["rule"] == "host-one-gige"

    def test_every_page_tells_what_the_document_tells(self, vmlab: Command) -> None:
        for rule in RULES[::20]:
            page = re.sub(r"\s+", " ", vmlab("rules", rule.id).out)
            for told in (rule.title, rule.why, rule.fix, rule.source, rule.test_group, rule.era):
                assert told in page
            assert (rule.fault or "vCenter has none") in page
            assert ("(recalled, found on no page)" in page) is rule.recalled

    def test_only_some(self, vmlab: Command) -> None:
        def ids(*options: str) -> list[str]:
            return [each["rule"] for each in vmlab("rules", *options, "--json").document["rules"]]

        network = [rule.id for rule in RULES if rule.scope == "network"]
        assert ids("--scope", "network") == network
        warned = [rule.id for rule in RULES if "warning" in rule.severity.values()]
        assert ids("--severity", "warning") == warned
        at_67 = ids("--severity", "warning", "--profile", "vsphere-6.7")
        assert at_67 == [
            rule.id
            for rule in RULES
            for profile, severity in rule.severity.items()
            if (profile.value, severity) == ("vsphere-6.7", "warning")
        ]
        assert "net-pg-label" in ids("--search", "CannotAccess LABEL", "--scope", "network")
        assert ids("--search", "nosuchword") == []
        nothing = vmlab("rules", "--search", "nosuchword")
        assert (nothing.code, nothing.out) == (0, "")
        assert "No rule" in nothing.err

    @pytest.mark.parametrize("option", [("--scope", "vm"), ("--search", "x"), ("--scope", "nope")])
    def test_a_page_goes_without_filters(self, vmlab: Command, option: tuple[str, ...]) -> None:
        answer = vmlab("rules", "host-one-gige", *option)
        assert (answer.code, answer.out) == (2, "")

    def test_in_plain_columns_a_line_each(self, vmlab: Command) -> None:
        head, *lines = vmlab("rules").out.splitlines()
        assert len(lines) == len(RULES)
        assert {line.split()[0] for line in lines} == {rule.id for rule in RULES}
        assert all(profile in head for profile in PROFILES)

    def test_in_a_terminal_they_stand_under_their_scopes(self) -> None:
        ours, theirs = pty.openpty()
        env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "NO_COLOR": "1"}
        with subprocess.Popen(
            [sys.executable, "-m", "vmlab", "rules"], stdin=theirs, stdout=theirs, env=env
        ) as listing:
            os.close(theirs)
            told = bytearray()
            while True:
                try:
                    told += os.read(ours, 65536)
                except OSError:  # Linux's end of file, when the other side is gone
                    break
        os.close(ours)
        assert listing.returncode == 0
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", told.decode())
        assert f"{len(RULES)} rules." in text
        headings = ("Licence", "Host", "Network", "Storage", "Processor", "Virtual machine")
        assert tuple(re.findall(r"^ +([A-Z][a-z ]+) \d+ *$", text, re.MULTILINE))[:6] == headings
        assert all(rule.id in text for rule in RULES)
        assert max(map(len, text.splitlines())) <= 100

    def test_an_unknown_rule_is_answered_with_the_known(self, vmlab: Command) -> None:
        answer = vmlab("rules", "host-one-gig", "--json")
        assert (answer.code, answer.out) == (2, "")
        assert "host-one-gige" in answer.err

    def test_a_reader_that_goes_away(self) -> None:
        done = subprocess.run(
            f"{sys.executable} -m vmlab rules --json | head -c 1",
            shell=True,
            capture_output=True,
            text=True,
        )
        assert (done.stdout, done.stderr) == ("{", "")


class TestScenarios:
    def test_the_list_names_everything(self, vmlab: Command) -> None:
        answer = vmlab("scenarios")
        assert answer.code == 0
        assert all(name in answer.out for name in (*scenario_names(), *case_names()))

    @pytest.mark.parametrize(("name", "use"), [("two-hosts", "check"), ("web-server", "estimate")])
    def test_a_copy_can_be_used(self, vmlab: Command, tmp_path: Path, name: str, use: str) -> None:
        assert vmlab("scenarios", name, "-o", "copy.yaml").code == 0
        assert (tmp_path / "copy.yaml").read_text() == vmlab("scenarios", name).out
        assert vmlab(use, "copy.yaml").code == 0
        assert vmlab("scenarios", name, "-o", "copy.yaml").code == 2

    @pytest.mark.parametrize("arguments", [("nope",), ("-o", "x.yaml"), ("../cases/web-server",)])
    def test_wrong_usage(self, vmlab: Command, tmp_path: Path, arguments: tuple[str, ...]) -> None:
        answer = vmlab("scenarios", *arguments)
        assert (answer.code, answer.out) == (2, "")
        assert list(tmp_path.iterdir()) == []


class TestSchema:
    @pytest.mark.parametrize(
        ("what", "folder"), [("scenario", "data/scenarios"), ("case", "data/cases")]
    )
    def test_it_accepts_what_comes_with_vmlab(
        self, vmlab: Command, root: Path, what: str, folder: str
    ) -> None:
        import jsonschema

        schema = vmlab("schema", what).document
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema)
        for path in sorted((root / folder).glob("*.yaml")):
            errors = list(validator.iter_errors(yaml.safe_load(path.read_text())))
            assert errors == [], path
        assert not validator.is_valid({"nope": 1})

    def test_of_something_else(self, vmlab: Command) -> None:
        answer = vmlab("schema", "nope")
        assert (answer.code, answer.out) == (2, "")
        assert "case" in answer.err


class TestDemo:
    def check(self, told: str) -> None:
        at = [told.index(part) for part in ("refuses it", "2. Mend", "3. Migrate", "4. Once")]
        assert at == sorted(at)
        assert "net-pg-label" in told
        assert "migrated: web01 runs on esx02" in told
        assert "exactly as before" in told
        assert "The datacenter equals the one before" in told

    def test_without_a_terminal(self, vmlab: Command) -> None:
        answer = vmlab("demo")
        assert (answer.code, answer.err) == (0, "")
        self.check(answer.out)
        assert "\x1b" not in answer.out

    def test_in_a_terminal_it_shows_progress(self, tmp_path: Path) -> None:
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "vmlab", "demo"]
        env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
        with subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=tmp_path, env=env
        ) as demo:
            os.close(theirs)
            told = bytearray()
            while True:
                try:
                    told += os.read(ours, 65536)
                except OSError:  # Linux's end of file, when the other side is gone
                    break
        os.close(ours)
        assert demo.returncode == 0
        text = told.decode()
        assert "pre-copy: web01 runs on esx01" in text
        assert "━" in text
        self.check(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", text))


def test_doctor_ends_well(vmlab: Command) -> None:
    answer = vmlab("doctor")
    assert answer.code == 0
    assert all(word in answer.out for word in ("Python", "scenarios", "rules", "jupyterlab"))


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_the_commands_and_codes(vmlab: Command, option: str) -> None:
    answer = vmlab(option)
    assert answer.code == 0
    for word in (
        "lab", "demo", "check", "migrate", "estimate", "rules", "scenarios", "schema", "doctor",
    ):  # fmt: skip
        assert re.search(rf"^  {word} ", answer.out, re.MULTILINE)


def test_version_and_script(vmlab: Command) -> None:
    import vmlab as package

    assert vmlab("--version").out == f"vmlab, version {package.__version__}\n"
    script = Path(sys.executable).parent / "vmlab"
    done = subprocess.run([script, "--version"], capture_output=True, text=True)
    assert done.stdout == vmlab("--version").out


@pytest.mark.parametrize("arguments", [(), ("nope",), ("--nope",)])
def test_no_such_command(vmlab: Command, arguments: tuple[str, ...]) -> None:
    answer = vmlab(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert "Usage" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "two-hosts-bare", *MOVE), 1),
        (("check", "two-hosts-bare", *MOVE, "--json"), 1),
        (("rules",), 0),
        (("demo",), 0),
        (("doctor",), 0),
    ],
)
def test_an_output_that_knows_few_characters(arguments: tuple[str, ...], code: int) -> None:
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "vmlab", *arguments]
    done = subprocess.run(command, capture_output=True, env=env)
    assert (done.returncode, done.stderr) == (code, b"")
    told = done.stdout.decode("cp1252")
    if "--json" in arguments:
        assert "?" not in json.dumps([f["message"] for f in json.loads(told)["findings"]])


@pytest.mark.parametrize("command", ["check", "rules"])
def test_a_check_loads_nothing_heavy(command: str) -> None:
    arguments = {"check": ["check", "two-hosts", *MOVE, "--json"], "rules": ["rules"]}[command]
    code = f"""
import sys
from vmlab.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert end.code == 0, end.code
heavy = {{"numba", "pandas", "plotly", "ipywidgets", "anywidget", "jupyterlab", "IPython"}}
sys.stderr.write(",".join(sorted(heavy & set(sys.modules))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
