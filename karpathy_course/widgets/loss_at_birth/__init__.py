"""The widget LossAtBirth; this file only hands its name on."""

from karpathy_course.widgets.loss_at_birth.widget import LossAtBirth

__all__ = ["LossAtBirth"]
