"""German: where one person speaks, and how it reads when all of us do.

Owns the pronouns and possessives, and the verbs that open a sentence whose "ich" is left out
("Bin gleich da", "Habe das Programm gelesen"): only forms that no other person shares there, or
that cannot be a command, a noun or a question in that place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlive.listening.voice_words import END, Hit, Word

WE = "wir"

_INSTEAD = {
    "ich": "wir",
    "ick": "wir",
    "mich": "uns",
    "mir": "uns",
    "mein": "unser",
    "meine": "unsere",
    "meinem": "unserem",
    "meinen": "unseren",
    "meiner": "unserer",
    "meines": "unseres",
    "meins": "unseres",
    "meinerseits": "unsererseits",
    "meinetwegen": "unseretwegen",
    "meinesgleichen": "unseresgleichen",
    "meinige": "unsrige",
    "meinigen": "unsrigen",
}
# "hab'ich" is one word to a typist.
_GLUED = re.compile(r"\w'(ich|mich|mir|mein|meine)$")

# Without a pronoun these open a sentence of one person's: no command, no noun, no question sounds
# so. All but the first are reported speech of somebody else in another place ("er habe").
_OPENING = {
    "bin": "wir sind",
    "brauche": "wir brauchen",
    "empfehle": "wir empfehlen",
    "esse": "wir essen",
    "freu": "wir freuen",
    "freue": "wir freuen",
    "gebe": "wir geben",
    "hab": "wir haben",
    "hab's": "wir haben es",
    "habe": "wir haben",
    "habs": "wir haben es",
    "hoffe": "wir hoffen",
    "kenne": "wir kennen",
    "lese": "wir lesen",
    "möchte": "wir möchten",
    "nehme": "wir nehmen",
    "sehe": "wir sehen",
    "spreche": "wir sprechen",
    "treffe": "wir treffen",
    "vermisse": "wir vermissen",
}
_COMMANDED = frozenset(
    """
    angst dein deine deinen dich dir eine einen er erbarmen es geduld ich jemand keine man mut nur
    sie spaß vertrauen wer
    """.split()
)
"""What follows where it is a command or somebody else's after all."""
_SOON = frozenset("bald eben gerade gleich leider nachher schon später".split())
# Commands too, but not with these adverbs.
_OPENING_SOON = {
    "arbeite": "wir arbeiten",
    "bleibe": "wir bleiben",
    "fahre": "wir fahren",
    "frage": "wir fragen",
    "gehe": "wir gehen",
    "kläre": "wir klären",
    "komme": "wir kommen",
    "mache": "wir machen",
    "melde": "wir melden",
    "poste": "wir posten",
    "prüfe": "wir prüfen",
    "schaue": "wir schauen",
    "schicke": "wir schicken",
    "schreibe": "wir schreiben",
    "sitze": "wir sitzen",
    "stehe": "wir stehen",
    "suche": "wir suchen",
    "teile": "wir teilen",
    "warte": "wir warten",
    "werde": "wir werden",
}


def first_person(found: tuple[Word, ...]) -> Iterator[Hit]:
    """Yield where one person speaks, with what all of us would say there."""
    for place, word in enumerate(found):
        before = found[place - 1] if place else END
        after = found[place + 1] if place + 1 < len(found) else END
        instead = _INSTEAD.get(word.low)
        if instead is not None:
            if not _is_in_a_title(word, after):
                yield Hit(word.start, word.end, instead)
        elif (glued := _GLUED.search(word.low)) is not None:
            yield Hit(word.start + glued.start(1), word.end, _INSTEAD[glued[1]])
        elif word.low == "bin":
            if not _is_of_a_name(word, before, after) and "ich" not in (before.low, after.low):
                yield Hit(word.start, word.end, _OPENING["bin"])
        elif word.first and word.low in _OPENING and _is_said(after):
            yield Hit(word.start, word.end, _OPENING[word.low], sure=False)
        elif word.first and word.low in _OPENING_SOON and after.low in _SOON:
            yield Hit(word.start, word.end, _OPENING_SOON[word.low], sure=False)


def _is_said(after: Word) -> bool:
    return after.low not in _COMMANDED and after.gap[:1] != "-"


def _is_in_a_title(word: Word, after: Word) -> bool:
    """Tell whether it has a capital that no grammar gives it, before another: "Mein Kampf"."""
    return (
        not word.first
        and word.low.startswith("mein")
        and word.text.istitle()
        and word.gap == " "
        and after.gap == " "
        and after.text[:1].isupper()
    )


def _is_of_a_name(word: Word, before: Word, after: Word) -> bool:
    """Tell whether it is the bin of Arabic names."""
    return (
        before.text[:1].isupper()
        and word.gap == " "
        and after.text[:1].isupper()
        and after.gap == " "
    ) or after.low in ("laden", "salman")
