"""API style B: paths and member names of seed 003, under `/v1/prior-auth/authorizations` (authorizations.md 3)."""

from priorbus.gateway.presentation.style import Style
from priorbus.gateway.presentation.style_b.answers import read_answers
from priorbus.gateway.presentation.style_b.authorization import render_authorization, render_summary
from priorbus.gateway.presentation.style_b.bodies import read_confirmation, read_creation
from priorbus.gateway.presentation.style_b.names import ACTIONS, STATES_OF_STATUS
from priorbus.gateway.presentation.style_b.parts import place, render_requirements
from priorbus.gateway.presentation.style_b.questionnaire import Form
from priorbus.gateway.presentation.style_b.routes import read_route, render_route

STYLE_B = Style(
    name="B",
    root="/v1/prior-auth/authorizations",
    answers_member="questionnaireResponse",
    states_of_status=STATES_OF_STATUS,
    actions=ACTIONS,
    error_codes={},
    form=Form,
    read_creation=read_creation,
    read_answers=read_answers,
    read_confirmation=read_confirmation,
    read_route=read_route,
    render_authorization=render_authorization,
    render_summary=render_summary,
    render_requirements=render_requirements,
    render_route=render_route,
    place=place,
)
