"""Listening: what is said of a foreign post before a person has seen it.

Owns the pure judgement of text, a file a question: cleaning (what may enter), hashtags and words
(what it is about, what it must not say), language, questions, duplicates, reach (what deserves a
look first), and judging, which asks them all in the cheapest order; and the grammar of text on its
way in and out: domains, entities, facets, length, splitting, replying. No clock, no network, no
file, no chance: the same posts in the same order give the same judgements.
"""

from eventlive.listening.cleaning import clean
from eventlive.listening.duplicates import Recent
from eventlive.listening.hashtags import Matcher
from eventlive.listening.judging import Judge, Person, Rules

__all__ = ["Judge", "Matcher", "Person", "Recent", "Rules", "clean"]
