"""Who holds a lock: what is said of it, and when it is known to be no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from headgate.state.holder import has_ended, holder_to_values, this_process, values_to_holder

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes see each other")


def test_this_process_has_not_ended() -> None:
    assert not has_ended(this_process())


@linux
def test_a_process_that_is_gone_has_ended() -> None:
    print_it = (
        "import json, headgate.state.holder as h; print(json.dumps(h.holder_to_values(h.this_process())))"
    )
    ran = subprocess.run([sys.executable, "-c", print_it], capture_output=True, text=True, check=True)
    gone = values_to_holder(json.loads(ran.stdout))
    assert gone.machine == this_process().machine != ""
    assert has_ended(gone)


@linux
def test_a_killed_process_that_its_parent_has_not_heard_of_has_ended() -> None:
    print_it = "import json, headgate.state.holder as h; print(json.dumps(h.holder_to_values(h.this_process())), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", print_it], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        holder = values_to_holder(json.loads(child.stdout.readline()))
        assert not has_ended(holder)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert has_ended(holder)


@linux
def test_a_later_process_with_its_number_is_not_it() -> None:
    assert has_ended(replace(this_process(), started="1"))


def test_of_another_machine_nothing_is_known() -> None:
    assert not has_ended(replace(this_process(), machine="another/pid:[1]", pid=999_999_999))
    assert not has_ended(replace(this_process(), machine="", pid=999_999_999))


def test_two_locks_of_one_process_have_two_ids() -> None:
    assert this_process().id != this_process().id


def test_who_it_is_is_said_with_its_plan() -> None:
    holder = replace(
        this_process("02c234ba"), user="ann", host="ci-7", pid=4711, since="2026-01-31 12:00:03 UTC"
    )
    assert str(holder) == "ann on ci-7, process 4711, with plan 02c234ba, since 2026-01-31 12:00:03 UTC"


def test_a_holder_is_read_back_and_what_a_later_version_added_is_left_out() -> None:
    holder = this_process("02c234ba")
    assert values_to_holder({**holder_to_values(holder), "colour": "green"}) == holder
