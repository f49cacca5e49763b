"""Text that is not Turtle: the line at fault, and what the author did there."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse

from kg.knowledge.turtle.syntax import explained

HEAD = "@prefix a: <http://a/> .\n"
SLIPS = {
    'a:x a:b "c"\n': (2, "neither goes on with ';' nor ends with '.'"),
    'a:x a:b "c"\n\n# a remark\na:y a:b "d" .': (2, "neither goes on with ';' nor ends with '.'"),
    'a:x a:b "c" ;\n\na:y a:b "d" .': (2, "after ';' the description goes on, but another begins"),
    'a:x a:b "c" ,\n    a:d a:e .': (2, "after ',' comes another value of the same property"),
    'a:x a:b "c" ;\n    a:d "e"\n    a:f "g" .': (3, "neither goes on with ';' nor ends with '.'"),
    'a:x a:b "c # no remark"\n    a:d "e" .': (2, "write one of the two"),
    'a:x a:b "c" . # a remark ; with signs .\na:y a:b "d" ..\n': (3, "'.' begins no description"),
    'a:x a:b [ a:c "d" ; a:e [ a:f "g" ] .\n': (2, "the '[' here is not closed"),
    'a:x a:b [ a:c "d"\n    a:e "f" ] .\n': (2, "before 'a:e' the content of '['"),
    "a:x a:b ( 1 2 .\n": (2, "the '(' here is not closed"),
    "a:x a:b [ a:c 1 ] ] .\n": (2, "this ']' closes nothing"),
    'a:x a:b "Ä "warm" c"@en .\n': (2, "a text ends at the quote before 'warm'"),
    'a:x a:b "c .\na:y a:b "d" .': (2, "a text has no quote at its end"),
    'a:x a:b "c\u201d .\n': (2, "write \" where it ends, not '\u201d'"),
    'a:x a:b """c .\n': (2, "three quotes"),
    'a:x a:b Word" .\n': (2, "'Word' is neither a name with a prefix nor a text in quotes"),
    "a:x is a:b .\n": (2, "'is' is neither a name with a prefix nor a text in quotes"),
    'a:x "c" .\n': (2, "before '\"c\"' a property is missing"),
    "a:x a:b ; a:c a:d .\n": (2, "before this ';' a value is missing"),
    "<x> a:b a:c .\n": (2, "there is no @base"),
    "<a:x a:b a:c .\n": (2, "has no '>' at its end"),
    "known:x a:b a:c .\n": (2, "write @prefix known: <http://known/> . at the head"),
    "knwn:x a:b a:c .\n": (2, "did you mean 'known:'?"),
    "a:x a:b <http://a b> .\n": (2, "Invalid IRI code point ' '; fix the Turtle there"),
}


@pytest.mark.parametrize("text", SLIPS)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_slip_is_named_with_its_line(text: str, ending: str) -> None:
    line, part = SLIPS[text]
    whole = (HEAD + text).replace("\n", ending)
    with pytest.raises(SyntaxError) as refused:
        list(parse(whole.encode(), format=RdfFormat.TURTLE))
    number, said = explained(whole, refused.value, {"known": "http://known/"})
    assert part in said
    assert number == line
    assert "; " in said
