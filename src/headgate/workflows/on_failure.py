"""What `on_failure` of a test comes to on live systems: done where it can be, and said where not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from headgate.addresses import Address
from headgate.diagnostics import Diagnostic, Severity
from headgate.project.declarations import Action
from headgate.verify.assertions import AssertionOutcome
from headgate.workflows.pause import NOTHING_RUNS, stood
from headgate.workflows.refused import Refused
from headgate.workflows.session import Session
from headgate.workflows.systems import LiveSystems
from headgate.workflows.testing_rows import FAILED, channel, topic_of

_GOES_ON = "`headgate resume` lets it go on"


def undone(action: Action, outcome: AssertionOutcome) -> str:
    """That an action is not carried out, so that nobody waits for it; "" where it is not called for."""
    failed = bool(action.value) and outcome.status in FAILED
    match action.kind:
        case "pause_model":
            name = outcome.test.target.name
            return f"not paused: `headgate pause {name}` does it" if failed else ""
        case "send_alert":
            return f"alert not sent to {channel(action.value)}"
        case "dead_letter":
            return f"dead letters not written to {topic_of(action.value)}"
        case "block_deploy":
            return "deployment not blocked: what was applied stays" if failed else ""
    return ""


@dataclass(slots=True)
class OnFailure:
    """What is done about tests that fail. `still` are streams that stood still before, `paused` those that do because of a
    test, and of which.

    A build pauses what runs for a stream. It sends nothing, writes no dead letters and blocks nobody.
    """

    session: Session
    systems: LiveSystems
    found: list[Diagnostic]
    still: Collection[str] = ()
    paused: dict[Address, str] = field(default_factory=dict)

    def act(self, action: Action, outcome: AssertionOutcome) -> str:
        """Does what an action asks for where a build can, and says in words what became of it."""
        if action.kind == "pause_model" and action.value and outcome.status in FAILED:
            return self._pause(outcome)
        return undone(action, outcome)

    def _pause(self, outcome: AssertionOutcome) -> str:
        address = self.session.project.resolve(outcome.test.target)
        assert address is not None
        if str(address) in self.still:
            return f"{address} is paused already: {_GOES_ON}"
        why = f"test `{outcome.test.name}` failed"
        if address not in self.paused:
            done = stood(self.session, self.systems, address, "pause", reason=why)
            told = done.diagnostics if isinstance(done, Refused) else done[1]
            wrong = [one.message for one in told if one.severity is Severity.ERROR]
            self.found += (one for one in told if one.code != NOTHING_RUNS)
            if wrong:
                return f"not paused: {wrong[0]}"
            self.paused[address] = why
        return f"paused {address}: {_GOES_ON}"
