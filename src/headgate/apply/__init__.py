"""Walks a plan, wave by wave, recording each as it lands."""

from headgate.apply.steps import Applied, Step, StepStatus, carry_out

__all__ = ["Applied", "Step", "StepStatus", "carry_out"]
