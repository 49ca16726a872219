"""Walks a plan, wave by wave, recording each as it lands."""

from headgate.apply.patience import Patience
from headgate.apply.steps import Applied, Step, StepStatus, carry_out

__all__ = ["Applied", "Patience", "Step", "StepStatus", "carry_out"]
