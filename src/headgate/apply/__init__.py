"""Walks a plan, step by step, recording each as it lands."""

from headgate.apply.steps import Applied, Step, StepStatus, carry_out

__all__ = ["Applied", "Step", "StepStatus", "carry_out"]
