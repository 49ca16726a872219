"""Patience with systems that cannot do something just now: asked again a few times, each time after a longer wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tenacity import RetryCallState, Retrying, retry_if_result, stop_any, wait_exponential, wait_random
from tenacity.stop import stop_after_attempt, stop_base

from headgate.ports import Change, Failure, Provider, TemporaryFailure
from headgate.resources import ResourceId

Outcomes = dict[ResourceId, Failure | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a change is asked for at most, and the seconds before the second time, which double from then on.

    `told` hears why it is asked again; `stopping` says that nobody wants to wait any longer.
    """

    attempts: int = 4
    first_wait: float = 1.0
    longest_wait: float = 15.0
    told: Callable[[str], None] = lambda _: None
    stopping: Callable[[], bool] = lambda: False

    def carry_out(self, provider: Provider, changes: Sequence[Change]) -> list[Failure | None]:
        """Has the changes made, and those again that met a TemporaryFailure; what became of each in the end."""
        outcomes: Outcomes = {}

        def attempt() -> Outcomes:
            left = [
                c for c in changes if isinstance(outcomes.get(c.id, TemporaryFailure()), TemporaryFailure)
            ]
            outcomes.update(zip((c.id for c in left), provider.carry_out(left), strict=True))
            return outcomes

        Retrying(
            retry=retry_if_result(lambda found: bool(_temporary(found))),
            stop=stop_any(stop_after_attempt(self.attempts), _StopWhen(self.stopping)),
            wait=wait_exponential(multiplier=self.first_wait, max=self.longest_wait)
            + wait_random(0, self.first_wait),
            before_sleep=self._tell,
            retry_error_callback=lambda _: outcomes,
        )(attempt)
        return [outcomes[change.id] for change in changes]

    def _tell(self, state: RetryCallState) -> None:
        assert state.outcome is not None and state.next_action is not None
        failures = _temporary(state.outcome.result())
        self.told(f"again in {state.next_action.sleep:.0f} s ({len(failures)} failed: {failures[0]})")


class _StopWhen(stop_base):
    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._stopping()


def _temporary(outcomes: Outcomes) -> list[TemporaryFailure]:
    return [failure for failure in outcomes.values() if isinstance(failure, TemporaryFailure)]
