"""Walks a plan, step by step, recording each as it lands."""
