"""API style C: paths and member names of seed 000, under `/v1/prior-authorizations` (authorizations.md 3)."""

from priorbus.gateway.presentation.style import Style
from priorbus.gateway.presentation.style_c.answers import read_answers
from priorbus.gateway.presentation.style_c.authorization import render_authorization, render_summary
from priorbus.gateway.presentation.style_c.bodies import read_confirmation, read_creation
from priorbus.gateway.presentation.style_c.names import ACTIONS, ERROR_CODES, STATES_OF_STATUS
from priorbus.gateway.presentation.style_c.parts import leaf_and_path, render_requirements
from priorbus.gateway.presentation.style_c.questionnaire import Form
from priorbus.gateway.presentation.style_c.routes import read_route, render_route

STYLE_C = Style(
    name="C",
    root="/v1/prior-authorizations",
    answers_member="answers",
    states_of_status=STATES_OF_STATUS,
    actions=ACTIONS,
    error_codes=ERROR_CODES,
    form=Form,
    read_creation=read_creation,
    read_answers=read_answers,
    read_confirmation=read_confirmation,
    read_route=read_route,
    render_authorization=render_authorization,
    render_summary=render_summary,
    render_requirements=render_requirements,
    render_route=render_route,
    place=leaf_and_path,
)
