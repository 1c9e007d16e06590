"""Regular expressions: RE2, linear in time, always for the whole value (authorizations.md 5.1, 5.5)."""

from collections.abc import Callable

import re2

from priorbus.requirements.domain.questionnaire.predicates import InvalidExpression


def whole_match(pattern: str) -> Callable[[str], bool]:
    """A test whether a text matches as a whole. Raises InvalidExpression.

    A set of one expression answers yes or no without building match objects, several times faster than `fullmatch`.
    """
    options = re2.Options()
    options.log_errors = False
    expressions = re2.Set.FullMatchSet(options)
    try:
        expressions.Add(pattern)
        expressions.Compile()
    except re2.error:
        raise InvalidExpression(f"not an RE2 expression: {pattern}") from None
    match = expressions.Match
    return lambda text: match(text) is not None
