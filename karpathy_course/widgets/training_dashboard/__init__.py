"""The widget TrainingDashboard; this file only hands its name on."""

from karpathy_course.widgets.training_dashboard.widget import TrainingDashboard

__all__ = ["TrainingDashboard"]
