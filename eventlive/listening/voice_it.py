"""Italian: where one person speaks, and how it reads when all of us do.

Owns pronouns, possessives, the -mi of "dimmi" and "vedermi", and the verb forms that no other
person shares: by their endings where those are enough ("andavo", "sarei", "capisco"), by the verbs
of voice_it_verbs.py where nouns end alike. A form that is a noun as well ("controllo") counts
where only a verb can stand; "sono" where what follows is not said of many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlive.listening.voice_it_verbs import IRREGULAR, NOUNS, presents
from eventlive.listening.voice_words import END, Hit, Word

WE = "noi"

_INSTEAD = {
    "io": "noi",
    "me": "noi",
    "mi": "ci",
    "mio": "nostro",
    "mia": "nostra",
    "miei": "nostri",
    "mie": "nostre",
}
_DRAWN_OUT = re.compile(r"(?<=([aeiou]))\1+$")
"""Loud vowels: "ti amoooo"."""
_ACCENTS = str.maketrans("aeiou", "àèìòù")
# -mi behind an infinitive, a gerund or a command, alone or as me before lo, la, li, le, ne.
_ENCLITIC = re.compile(
    r"\w+(?:[aei]r|[ae]ndo|[aei]te|[aei]ndol)m(?:i|e(?:l[aeio]|ne))"
    r"|(?:di|da|fa|sta|va)mm(?:i|e(?:l[aeio]|ne))"
    r"|(?:aiuta|ascolta|aspetta|chiama|credi|dici|guarda|lascia|manda|prendi|ricorda|rispondi|scrivi"
    r"|scusa|segui|senti|spiega|svegli|aggiungi|avvisa|capisci|perdona|porta|racconta|ritwitta)"
    r"m(?:i|e(?:l[aeio]|ne))|eccomi|rieccomi"
)
_NO_ENCLITIC = frozenset(
    """
    affermi allarmi armi confermi disarmi dormi epidermi fermi firmi formi germi infermi informi
    schermi termi vermi
    """.split()
)

# --- verb forms by their endings ---------------------------------------------------------------

_PAST = re.compile(r"\w{2,}(?:[aeiou]vo)")
_NOT_PAST = frozenset(
    """
    bravo schiavo cavo ottavo lavo scavo savo rilevo sollevo allevo medioevo evo longevo coevo devo
    bevo ricevo levo prelevo nuovo uovo trovo ritrovo rinnovo provo riprovo approvo muovo piovo novo
    rovo covo giovo vescovo sollievo rilievo slavo stilnovo promuovo rimuovo commuovo
    """.split()
)
_IVO = re.compile(
    r"(?:\w*(?:ven|sent|dorm|cap|fin|part|usc|mor|prefer|serv|segu|apr|offr|soffr|sal|pul|rius"
    r"|guar|divert|agi|costru|impazz|vest|scopr|copr|spari|reag|riemp|pent))ivo"
)
_FUTURE = re.compile(r"\w*(?:[ei]r|dr|vr|tr|pr|rr|sar|far|dar|star)ò")
_PAST_OF_ANOTHER = re.compile(
    r"\w*(?:super|liber|consider|oper|sper|gener|alter|toller|ritir|gir|spir|tir|mir|entr|contr|mostr"
    r"|gistr|filtr|illustr|sir|der|bilanc|centr|nistr|astr|estr|ostr|cer|esager|ammir|attir|recuper"
    r"|ver|river|rover|numer|acceler|moder|toler|sider|ingr|celebr|sembr|accor)ò|però|perciò"
)
_CONDITIONAL = re.compile(r"\w+rei")
_NOT_CONDITIONAL = frozenset(
    "aerei ebrei cesarei eterei funerei corei sidrei orei crei ricrei".split()
)
_REMOTE = re.compile(r"\w{2,}(?:[^\Waeiouhmgstr]ai|[^\Waeioun]ii)")
_NOT_REMOTE = frozenset(
    """
    mai ormai guai assai hai fai sai dai vai stai samurai rai ai notai operai usurai gennai caldai
    librai macellai marinai fornai rifai addii zii pii studii leggii oblii rinvii invii avvii brusii
    fruscii calzolai pagliai solai acciai cucchiai telai bagnai mugnai migliai centinai primai
    ghiacciai salai dubai hawaii shanghai thai bonsai calai
    """.split()
)
_ISCO = re.compile(r"\w{2,}isco")
_NOT_ISCO = frozenset(
    """
    asterisco basilisco cisco disco fisco francisco lentisco menisco morisco obelisco prisco
    """.split()
)
_BY_SUFFIX = (
    (
        re.compile(r"\w*(?:man|ot|trat|sos|con|appar|rit|det|in|av|pre|s|di|per|inter|pro)?tengo"),
        "tengo",
        "teniamo",
    ),
    (re.compile(r"(?:\w*(?:di|con|av|inter|per|pro|s|sov|ri|sopra))?vengo"), "vengo", "veniamo"),
    (re.compile(r"\w*pongo"), "pongo", "poniamo"),
    (re.compile(r"\w*giungo"), "giungo", "giungiamo"),
    (re.compile(r"\w*(?:tol|col|sciol|scel|svol|vol)go"), "go", "giamo"),
)

# --- where only a verb can stand ----------------------------------------------------------------

_CLITICS = frozenset("non ti vi ci ne gli li le la te ve ce gliel io né".split())
"""What stands before a verb; those for things and women stand before no noun in -o."""
_BEFORE_NOUNS = frozenset(
    """
    il un uno del dello al allo nel nello sul sullo dal dallo col di a da in con su per tra fra ogni
    questo quello quel mio tuo suo nostro vostro loro altro primo secondo nuovo bel buon gran grande
    ultimo prossimo nessun alcun qualche molto tanto più senza qualsiasi solo proprio stesso lo
    """.split()
)
_AFTER_VERBS = frozenset(
    """
    il lo la i gli le un una uno che se subito ora adesso già ancora sempre spesso tutto tutti tutta
    tutte bene solo questo questa quel quella quello qui qua oggi domani volentieri io qualcosa
    qualche ogni molto quando troppo meglio
    """.split()
)
_ARTICLES = frozenset("il lo la i gli le un una".split())
_GOVERNED = {
    "conto": ("su", "sul", "sulla"),
    "continuo": ("a", "ad"),
    "arrivo": ("tra", "fra"),
    "resto": ("in", "a"),
    "sbaglio": ("o",),
}
_NOT_ALONE = frozenset({"prego"})
"""What is answered to thanks."""
_IMPURE = re.compile(r"s[^aeiou\W]|z|gn|ps|pn|x|y|i[aeo]")
"""Beginnings before which the article is lo, so that a "lo" there says nothing."""


def first_person(found: tuple[Word, ...]) -> Iterator[Hit]:
    """Yield where one person speaks, with what all of us would say there."""
    for place, word in enumerate(found):
        instead = _said(found, place)
        if instead and not _is_a_name(word, found[place - 1] if place else END):
            yield Hit(word.start, word.end, instead)


def is_listed(low: str) -> bool:
    """Tell whether it is a verb of one person's by a list, not by its ending alone."""
    return low in presents()


def _said(found: tuple[Word, ...], place: int) -> str:
    word = found[place]
    before = found[place - 1] if place else END
    after = found[place + 1] if place + 1 < len(found) else END
    elided, _, low = word.low.rpartition("'")
    low = _DRAWN_OUT.sub("", low)
    if word.text[-1] in "'’":
        # Accents as a typewriter without them has them: "saro'", and "bacio'" is somebody else's.
        low = low[:-1] + low[-1].translate(_ACCENTS)
    if low in _INSTEAD:
        return "" if elided in ("l", "dell", "all", "nell", "sull", "dall") else _INSTEAD[low]
    if elided in ("m", "pe'm"):
        return f"ci {low}"
    if low == "sono":
        return _siamo(found, place)
    if low == "feci" and before.low in ("le", "delle", "alle", "nelle", "di"):
        return ""
    if low == "sto" and word.gap.rstrip().endswith(("'", "’", "‘")):
        return ""  # "'sto" for "questo".
    verb = _verb(low, elided, word, before, after)
    if verb:
        if elided:
            return f"{elided}'{verb}"
        return verb if before.low == "io" else f"noi {verb}"
    if "m" in low and low not in _NO_ENCLITIC and _ENCLITIC.fullmatch(low):
        stem, _, rest = low.rpartition("m")
        doubled = "c" if stem.endswith("m") else ""
        return f"{stem.removesuffix('m')}{doubled}c{rest}"
    return ""


def _verb(low: str, elided: str, word: Word, before: Word, after: Word) -> str:
    """Return the form for us of a verb that one person says, "" where it is none or nobody's."""
    by_ending = _by_ending(low)
    if by_ending:
        return by_ending
    if not low.endswith("o") and low not in presents():
        return ""
    ours = presents().get(low, "")
    if low in NOUNS:
        return ours if _can_only_be_said(low, elided, word, before, after) else ""
    if ours and low.endswith("o") and not word.first:
        if before.low == "lo":
            return "" if _IMPURE.match(low) else ours
        return "" if before.low in _BEFORE_NOUNS else ours
    return ours


def _by_ending(low: str) -> str:
    """Return the form for us of what by its ending only one person says."""
    match low[-2:]:
        case "vo" if low not in _NOT_PAST and (
            (low[-3] != "i" and _PAST.fullmatch(low)) or _IVO.fullmatch(low)
        ):
            return f"{low[:-1]}amo"
        case "rò" if _FUTURE.fullmatch(low) and not _PAST_OF_ANOTHER.fullmatch(low):
            return f"{low[:-1]}emo"
        case "ei" if (
            low not in _NOT_CONDITIONAL
            and not low.endswith("aerei")
            and _CONDITIONAL.fullmatch(low)
        ):
            return f"{low[:-1]}mmo"
        case "ai" | "ii" if low not in _NOT_REMOTE and _REMOTE.fullmatch(low):
            return f"{low[:-1]}mmo"
        case "co" if low not in _NOT_ISCO and _ISCO.fullmatch(low):
            return f"{low[:-4]}iamo"
        case "go":
            for pattern, old, new in _BY_SUFFIX:
                if pattern.fullmatch(low):
                    return low.removesuffix(old) + new
    return ""


def _can_only_be_said(low: str, elided: str, word: Word, before: Word, after: Word) -> bool:
    """Tell whether a form that is a noun too stands where only a verb can."""
    if after.low in _GOVERNED.get(low, ()):
        return before.low not in _BEFORE_NOUNS
    if elided:
        return elided in ("c", "v", "n", "t", "m")
    if before.low in _CLITICS and not word.first:
        return True
    if before.low == "lo" and not word.first:
        return _IMPURE.match(low) is None
    if word.first or before.low in ("e", "che", "ma", "se", "quando", "poi", "anche", "ora"):
        alone = after is END and word.first and low not in _NOT_ALONE
        return alone or (after.low in _AFTER_VERBS and after.gap == " ")
    # No noun without its article stands before one, but behind an adjective.
    return (
        after.low in _ARTICLES
        and after.gap == " "
        and before.low not in _BEFORE_NOUNS
        and before.low[-1:] not in ("o", "e")
    )


# --- sono ---------------------------------------------------------------------------------------

_ADVERBS = frozenset(
    """
    abbastanza anche ancora appena assolutamente così davvero già mai meno molto non ormai più poi
    proprio pure quasi sempre sicuramente solo subito tanto troppo veramente
    """.split()
)
_SAID_OF_MANY = frozenset(
    """
    alcune alcuni altre altri che chi cosa dove due esse essi loro molte molti pochi quali quante
    quanti quelle quelli queste questi si tante tanti tre tutte tutti vi ci zero
    """.split()
)
# What stands before "sono" where nobody is named who could be many.
_UNNAMED = frozenset(
    """
    adesso allora anzi ben che così dove e ed forse già ieri infatti io ma mai mentre mi non oggi
    ora ormai perché perciò però poi purtroppo quando quindi se sempre siccome stamattina stasera
    xké
    """.split()
)
_DONE_BY_ONE = re.compile(r"\w+[aiu]t[oa]|stat[oa]|rimast[oa]|pres[oa]|mess[oa]|pers[oa]|cors[oa]")
_OF_ONE = re.compile(r"\w{2,}[oa]|\w+ando|\w+endo")
_OF_NOBODY = frozenset(
    """
    alla appena come contro da dalla della dentro dopo fra la lo nella ora senza sopra sotto sulla
    verso
    """.split()
)
_PLACED = frozenset("qui qua d'accordo un una uno in a al alla con".split())


def _siamo(found: tuple[Word, ...], place: int) -> str:
    """Return our "siamo" where "sono" is said of one, "" where of many or of nobody known."""
    word = found[place]
    before = found[place - 1].low if place and not word.first else ""
    after = next(
        (each for each in found[place + 1 : place + 5] if each.low not in _ADVERBS or each.first),
        END,
    )
    if after.first:
        return "siamo" if before == "io" else ""
    if before in ("io", "mi") or _DONE_BY_ONE.fullmatch(after.low):
        return "siamo"
    if (before and before not in _UNNAMED) or after.low in _SAID_OF_MANY | _OF_NOBODY:
        return ""
    if after.low in _PLACED:
        return "" if before else "siamo"
    return "siamo" if _OF_ONE.fullmatch(after.low) else ""


def _is_a_name(word: Word, before: Word) -> bool:
    """Tell whether it has a capital that no grammar gives it, and is short of being a verb only."""
    return (
        not word.first
        and word.text.istitle()
        and len(word.text) > 1
        and not before.text[-1:].isdecimal()
        and (word.low in _INSTEAD or word.low in NOUNS or word.low not in IRREGULAR)
    )
