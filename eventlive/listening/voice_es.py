"""Spanish: where one person speaks, and how it reads when all of us do.

Owns pronouns, possessives, the -me of "ayúdame" and "hacerme", and the verb forms that no other
person shares: by their endings where those are enough ("decidí", "iré", "agradezco"), by the
verbs of voice_es_verbs.py where nouns end alike. A form that is a noun as well ("trabajo") counts
where only a verb can stand. Forms that he and she share ("tenía") count behind "yo" and where
somebody wishes politely; one that may be "dejó" without its accent is only doubted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlive.listening.voice_es_verbs import (
    NOUNS,
    past_of_another,
    presents,
    typed_in_haste,
)
from eventlive.listening.voice_words import END, Hit, Word

WE = "nosotros"

_INSTEAD = {
    "yo": "nosotros",
    "me": "nos",
    "mí": "nosotros",
    "conmigo": "con nosotros",
    "mi": "nuestr",
    "mis": "nuestr",
    "mío": "nuestro",
    "mía": "nuestra",
    "míos": "nuestros",
    "mías": "nuestras",
}
_FEMININE = re.compile(r"\w*(?:[^m]a|i[oó]n|dad|tad|tud)s?|manos?|claves?")

# -me behind an infinitive, a gerund or a command, alone or before lo, la, los, las.
_ENCLITIC = re.compile(
    r"\w+(?:[aeiáéí][rd]|[áé]ndo|ndo)me(?:l[oae]s?)?|\w*[áéíóú]\w*[aei]me(?:l[oae]s?)?"
    r"|\w+[ae]nme(?:l[oae]s?)?"
    r"|(?:d[ií]|d[aá]|d[eé]|h[aá]z|p[oó]n|ten|ven|tra[eé]|oye|deja|cuenta|llama|habla|escribe)me"
    r"(?:l[oae]s?)?"
)
_NO_ENCLITIC = frozenset(
    """
    alarme arme conforme confirme desarme duerme enferme enorme firme gendarme informe afirme
    reafirme reforme forme deforme transforme uniforme dirime inerme merme duérme pómelo pómelos
    unánime ecuánime pusilánime magnánime longánime máxime pésame carmelo carmela carmelos carmelas
    cármenes jerónime menéame
    """.split()
)

# --- verb forms by their endings ---------------------------------------------------------------

_PAST_IRREGULAR = re.compile(
    r"(?:hic|deshic|rehic|quis|pud|dij|predij|contradij|vin|convin|intervin|sup|cup|hub|tuv|estuv"
    r"|anduv|\w*(?:nten|te|de|ob|re|sos|con|man)?tuv|\w*pus|\w+duj|traj|atraj|contraj)e"
)
_NOT_PAST = frozenset(
    """
    traje abuse acuse excuse rehuse recuse intruse
    """.split()
)
_PRESENT = (
    (re.compile(r"\w+uzco"), "uzco", "ucimos"),
    (re.compile(r"\w+[aeno]zco"), "zco", "cemos"),
    (re.compile(r"(?:\w+[^lr]|)tengo"), "tengo", "tenemos"),
    (re.compile(r"\w*pongo"), "pongo", "ponemos"),
    (re.compile(r"(?:con|pre|inter|pro|re|a|)vengo"), "vengo", "venimos"),
    (re.compile(r"\w+[st]ruyo|\w*(?:inclu|conclu|exclu|influ|contribu|distribu)yo"), "yo", "imos"),
    (re.compile(r"\w{2,}ifico"), "ifico", "ificamos"),
    (re.compile(r"\w{2,}(?:[aeiou]l|[io]n|an|im|at|it|et|ot|id|or|ar|er|ur)izo"), "izo", "izamos"),
)
_NOT_PRESENT = frozenset(
    """
    orozco vizco pacifico magnifico especifico cientifico prolifico terrorifico beatifico honorifico
    granizo mestizo bautizo postizo carrizo macizo castizo chorizo cobertizo rollizo primerizo
    """.split()
)
_WRITTEN_ALIKE = frozenset(
    """
    así aquí ahí allí sí mí ají alhelí bengalí bisturí borceguí carmesí ceutí chantillí colibrí
    esquí frenesí guaraní hindí hurí iraní iraquí israelí jabalí maní maniquí marroquí maorí nazarí
    otomí pakistaní pirulí popurrí quí rubí saudí sefardí somalí tupí yemení zahorí catarí omaní
    kuwaití magrebí emiratí bangladesí travestí safarí berberí café bebé comité qué porqué té fé sé
    olé dé esté pié chalé carné puré bufé consomé paté cliché canapé cupé gré parqué bidé corsé
    buqué tupé minué quinqué ballé caché peroné chimpancé cabaré clisé matiné moaré rosé glasé
    macramé usté jé ché suflé croché crupié puntapié hincapié balompié traspié prevé vé lé aimé
    fué acné beyoncé nestlé potosí sinaí bartolomé condé ibagué chiloé manabí
    andré bernabé chloé dalí desiré haití josé mallarmé martí noé rené salomé tomé zoé
    """.split()
)


def first_person(found: tuple[Word, ...]) -> Iterator[Hit]:
    """Yield where one person speaks, with what all of us would say there."""
    for place, word in enumerate(found):
        before = found[place - 1] if place else END
        after = found[place + 1] if place + 1 < len(found) else END
        beyond = found[place + 2] if place + 2 < len(found) else END
        instead = _said(word, before, after, beyond) or _shared(found, place)
        if instead and not _is_a_name(word):
            sure = word.low != "quería" and not _may_be_his(found, place)
            yield Hit(word.start, word.end, instead, sure)


def is_listed(low: str) -> bool:
    """Tell whether it is a verb of one person's by a list, not by its ending alone."""
    return low in presents()


def _said(word: Word, before: Word, after: Word, beyond: Word) -> str:
    low = word.low
    if low in _INSTEAD:
        return _own(word, before, after)
    verb = _verb(word, before, after, beyond)
    if verb:
        return verb if before.low == "yo" else f"nosotros {verb}"
    hasty = typed_in_haste().get(low)
    if hasty:
        return hasty if before.low == "yo" else f"nosotros {hasty}"
    if "me" in low and low not in _NO_ENCLITIC and _ENCLITIC.fullmatch(low):
        stem, _, rest = low.rpartition("me")
        return f"{stem}nos{rest}"
    return ""


def _own(word: Word, before: Word, after: Word) -> str:
    """Return our word for a pronoun or a possessive."""
    low, instead = word.low, _INSTEAD[word.low]
    if low == "mi" and after.low in ("bemol", "sostenido", "mayor", "menor"):
        return ""
    if instead == "nuestr":
        instead += "a" if _FEMININE.fullmatch(after.low) else "o"
        instead += "s" if low == "mis" else ""
    return instead


_OTHERS = frozenset("él ella ello usted se quién alguien nadie".split())
"""Before a form of one person's they say that it is somebody else's, typed in haste."""


def _verb(word: Word, before: Word, after: Word, beyond: Word) -> str:
    """Return the form for us of a verb that one person says, "" where it is none or nobody's."""
    low, ending = word.low, word.low[-1]
    if before.low in _OTHERS:
        return ""
    if ending == "é" and low not in _WRITTEN_ALIKE and len(low) > 2:
        return _of_e(low)
    if ending == "í" and low not in _WRITTEN_ALIKE and len(low) > 2:
        return f"{low[:-1]}{'í' if low[-2] in 'aeo' else 'i'}mos"
    if ending == "e" and low not in _NOT_PAST and _PAST_IRREGULAR.fullmatch(low):
        return f"{low[:-1]}imos"
    if low in NOUNS:
        return presents()[low] if _can_only_be_said(word, before, after, beyond) else ""
    listed = presents().get(low)
    if before.low in _BEFORE_NOUNS and not word.first:
        return ""
    if listed:
        return "" if _is_not_said(low, before, after) else listed
    if low not in _NOT_PRESENT and ending == "o":
        for pattern, old, new in _PRESENT:
            if pattern.fullmatch(low):
                return low.removesuffix(old) + new
    return ""


_BEFORE_VERBS = frozenset(
    """
    yo no me te le les nos os ya también tampoco siempre nunca sólo hoy ahora aún todavía quien
    jamás apenas
    """.split()
)


_BEFORE_NOUNS = frozenset(
    """
    a al cada con de del el en este ese aquel mucho nuestro otro para poco por primer segundo sin
    sobre su tanto tu un último
    """.split()
)
_DAYS = frozenset(
    "lunes martes miércoles jueves viernes sábado domingo día próximo pasado mismo semana".split()
)
_AFTER_VERBS = frozenset("un una unos unas ahora ya mucho enseguida que".split())


_JOINING = frozenset("aunque cuando donde porque que si".split())
_GOVERNED = {
    "vivo": ("aquí", "cerca", "con", "lejos"),
    "cuento": ("con",),
    "sueño": ("con",),
    "trabajo": ("como", "desde"),
    "saludo": ("a",),
    "aviso": ("cuando",),
}
"""What a verb takes and its noun does not, but behind an article."""


def _can_only_be_said(word: Word, before: Word, after: Word, beyond: Word) -> bool:
    """Tell whether a form that is a noun too stands where only a verb can."""
    if after.low in _GOVERNED.get(word.low, ()) and after.gap == " ":
        return before.low not in _BEFORE_NOUNS
    if not word.first:
        if before.low in _JOINING and word.gap == " " and after.gap == " ":
            return after.low in _AFTER_VERBS
        return before.low in _BEFORE_VERBS and after.low not in ("de", "del")
    if after.gap != " ":
        return False
    # "Envío el enlace"; but "Inicio el lunes", "Registro el 12".
    day = beyond.low in _DAYS or beyond.text[:1].isdecimal()
    return after.low in _AFTER_VERBS or (after.low in ("el", "la", "los", "las") and not day)


def _of_e(low: str) -> str:
    """Return our form of "compré" and of "compraré"."""
    if f"{low[:-1]}o" not in presents() and low[-3:] in ("aré", "eré", "iré", "dré", "rré", "bré"):
        return f"{low[:-1]}emos"
    if f"{low[:-1]}er" in _VOSEO:
        return ""
    return f"{low[:-1]}amos"


_VOSEO = frozenset("comer correr creer hacer leer poner saber tener traer ver volver".split())
"""What somebody is told in Buenos Aires ends like what one person did: "hacé", "volvé"."""

# --- forms that he and she share -----------------------------------------------------------------

_SHARED = (
    (re.compile(r"\w+aba|iba"), "aba", "ábamos"),
    (re.compile(r"\w+ía"), "ía", "íamos"),
    (re.compile(r"\w{3,}ia"), "ia", "íamos"),
    (re.compile(r"\w+iera|fuera"), "era", "éramos"),
)
_BETWEEN = frozenset(
    "aún la las le les lo los me no nos nunca os se siempre sí solo también tampoco te ya".split()
)
"""What may stand between "yo" and its verb."""
_WISHED = {"quisiera": "quisiéramos", "querría": "querríamos", "desearía": "desearíamos"}
_INFINITIVE = re.compile(r"\w+[aei]r(?:l[aeo]s?|[ln]os|se|os)?")


def _shared(found: tuple[Word, ...], place: int) -> str:
    """Return our form where "tenía" is said by one person: behind "yo", or wishing politely."""
    word = found[place]
    low = word.low
    if low[-1] != "a":
        return ""
    if word.first and low in ("quería", *_WISHED):
        after = found[place + 1].low if place + 1 < len(found) else ""
        if _INFINITIVE.fullmatch(after):
            return f"nosotros {_WISHED.get(low, 'queríamos')}"
    behind = place
    while behind and place - behind < 4 and found[behind].gap == " ":
        behind -= 1
        if found[behind].low == "yo":
            return _shared_by_us(low)
        if found[behind].low not in _BETWEEN:
            break
    return ""


def _shared_by_us(low: str) -> str:
    if low in ("era", "iba"):
        return {"era": "éramos", "iba": "íbamos"}[low]
    for pattern, old, new in _SHARED:
        if pattern.fullmatch(low):
            return low.removesuffix(old) + new
    return ""


def _may_be_his(found: tuple[Word, ...], place: int) -> bool:
    """Tell whether "dejo" may be "dejó" with its accent not typed, from what stands around it.

    A name that nothing governs is its subject; "and" or "but" go on with what somebody did.
    """
    word = found[place]
    if word.first or word.low[-1] != "o" or not past_of_another(word.low):
        return False
    before = found[place - 1]
    if before.text.istitle() and not before.first and word.gap == " ":
        return found[place - 2].low not in _GOVERNING
    if before.low in ("y", "e", "pero", "que") and word.low != "espero":
        for earlier in reversed(found[:place]):
            if len(earlier.low) > 3 and earlier.low[-1] == "ó":
                return True
            if earlier.first:
                break
    return False


_GOVERNING = frozenset("a al con de del desde en entre hacia hasta para por sin sobre tras".split())


def _is_not_said(low: str, before: Word, after: Word) -> bool:
    """Tell apart the few short ones that are something else beside some words."""
    match low:
        case "he":
            return after.low in ("aquí", "ahí", "allí")
        case "leo":
            return after.text[:1].isupper()
        case "vi" | "di":
            return before.text[:1].isupper() and not before.first
        case _:
            return False


def _is_a_name(word: Word) -> bool:
    """Tell whether it has a capital that no grammar gives it: "Mi" in a title, Leo, José."""
    if word.text.isupper() and len(word.text) > 1:
        return word.low in ("vi", "di", "mi")
    return word.text[1:] != word.text[1:].lower() or (not word.first and word.text[0].isupper())
