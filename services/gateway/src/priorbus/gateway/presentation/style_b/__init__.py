"""API style B: paths and member names of seed 003, under `/v1/prior-auth/authorizations` (authorizations.md 3)."""

from priorbus.gateway.presentation.style_b.answers import read_answers
from priorbus.gateway.presentation.style_b.authorization import render_authorization, render_summary
from priorbus.gateway.presentation.style_b.parts import render_attachment, render_requirements
from priorbus.gateway.presentation.style_b.questionnaire import Form
from priorbus.gateway.presentation.style_b.statuses import STATES_OF_STATUS, STATUS_OF_STATE

__all__ = [
    "STATES_OF_STATUS",
    "STATUS_OF_STATE",
    "Form",
    "read_answers",
    "render_attachment",
    "render_authorization",
    "render_requirements",
    "render_summary",
]
