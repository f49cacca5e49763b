"""Writes the first screen of an answer."""

from __future__ import annotations

from kg.patient.assess.answer import Answer
from kg.patient.what_if.pathway import Pathway
from kg.show.text import body, further, phrases, screen
from kg.show.text.answer import editions
from kg.show.text.screens.page import page


@body.register
def _answer(answer: Answer) -> str:
    return first_screen(answer)


def first_screen(answer: Answer, pathway: Pathway | None = None) -> str:
    """The first screen of an answer.

    Args:
        answer: The answer.
        pathway: Where it leads to, if what would follow by result is to be said.
    """
    follows = screen.what_would_follow(pathway) if pathway else ()
    foot = f"{editions(answer)}{further.more(answer)}"
    return page(screen.first_screen(answer, follows), foot, phrases.TERMS_OF_USE)
