"""In which of our six languages a text speaks, however short it is.

Owns the everyday words and the letters by which they are told apart where detection says nothing,
or mistakes a name in English for the language around it. Pure. What a post of somebody else is
written in is `language`'s; here a wrong guess would call a preposition ("I dag") a person.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

from eventlive.listening.language import code_of, language_of_text
from eventlive.listening.voice_words import words

LANGUAGES = frozenset({"de", "en", "es", "fi", "it", "no"})
"""Those in which one person speaking is known from all of us: a file each, voice_xx.py."""

# Detection takes short Norwegian for Danish, whose words for oneself are nearly the same.
_NEAREST = {"da": "no"}

_EVERYDAY = {
    "de": """
        ab aber alle alles als also am an auch auf aus bei bin bis bitte da danke dann das dass dem
        den der des die doch du durch ein eine einem einen einer er erst es euch euer für ganz
        gleich gut hab habe haben hat heute hier ich ihr im in ist ja jetzt kann kein keine kommt
        können mal man mehr mein meine mich mir mit morgen nach nicht nichts noch nur oder ohne
        schon sehr seid sein sich sie sind so um und uns unser unsere unter vom von vor war was wenn
        wer werde werden wie wieder will wir wird wo zu zum zur zurück über
    """,
    "en": """
        a about after agree all also am an and any apologise apologize appreciate are as ask at back
        be been being believe bet better both bring but by call came can can't care check come
        confirm could did do does doesn't don't doubt during each enjoy every everyone expect
        explain feel few find first follow for forgot found from gave get give go going gone good
        got great guess had happy has hate have haven't he hear heard hello help her here hers hi
        high him his hope how i i'd i'll i'm i've idea if in into invite is isn't it it's its join
        just keep knew know last later learn leave left let let's like live ll look lost love loved
        made make many maybe me mean meet mine miss more move much must my myself need never new
        next nice no nobody not now of off often on one only open or other our out own people play
        please post promise read really recommend remember reply report right said saw say second
        see sent share she should since so some something soon sorry speak speaking started still
        suggest support suppose sure take talk team tell than thank thanks that that's the their
        them then there these they thing think this those thought time to today told tomorrow too
        took tried trust try understand up update us use used very wait want wanted was watch we
        we'll we're we've week well went were what when where which who why will wish with won't
        wonder wonderful work works would write wrote year yes yet you your
    """,
    "es": """
        a acabo ahora al alegra algo aquí así aún bien buenas buenos charla como con creo cuando
        cuándo de del desde donde dónde el ella ello en encanta era es esa ese eso esta estamos
        estar este esto estoy está están gracias gusta ha hace hacer han hasta hay he hola hoy
        interesa la las le les llego lo los luego mañana me mi mis mucho muy más mí nada ni no nos
        nosotros nuestra nuestro o os otra otro para parece pero por porque puede puedo pues que
        quiero quién qué se ser si siempre sin sobre son soy su sus sé sí también tan te tengo tiene
        todo todos tu tú un una uno va vamos voy y ya yo él
    """,
    "fi": """
        aina asia asiaan ei eikä eli emme en enkä ensi entä et että hei heti hyvin hyvä häntä ihan
        ilman itse ja jo joka jos jotain juuri kahvi kaikki kanssa kello kiitos koko koska kuin kun
        kyllä me meidän meille meillä meitä mihin mikä millä minkä minua minulla minulle minulta
        minun minusta minut minä missä miten mitä mukana mulla mulle mun mut mutta muut myös mä ne
        niin no noin nyt nämä oi ole olemme olen oli olin olivat ollut on ovat ovet paljon pian sano
        se sen siellä siinä siis sillä sinä sit sitten sun sä tai te tervetuloa tämä tänne tänään
        tässä täällä vaan vai vain vasta vielä voi voin voisi vähän yli
    """,
    "it": """
        a abbiamo adesso ai al alla alle anche ancora appena arrivo bene bravo buon buona c'è ce che
        chi ci ciao col come con cosa così da dai dal dalla degli dei del della delle devo di dire
        dispiace domani dopo dove e e' ecco fare fatto gli grazie ha hai hanno ho i il in io l'ho la
        le lei lo loro lui ma me meno mi mia mie miei mio molto ne nei nel nella noi non nostro o
        oggi ogni ora per perché però piace più poi posso proprio qua qualche quando quanto quella
        quello questa questo qui quindi sa sarà scrivetemi se sei sembra sempre senza si sia siamo
        solo sono sta stasera sto su subito sul sulla te ti tra troppo tu tutti tutto un una uno va
        ve vi voi volta vorrei è
    """,
    "no": """
        alle altså andre at av bare ble da dag de deg den der dere deres det dette din du eg en er
        et ett etter for fra før første gikk god går ha hadde han har hei her hun hva hvem hvis hvor
        hvordan i igjen ikke ikkje in inn ja jeg kan klar kom kommer kunne kveld lite litt lykke man
        mange med meg mellom men mer mi min mine mitt morgen mot må neste noe noen nok nå og også om
        opp oss over på sa se seg selv si sier siste skal som så takk til tok tusen under ut uten
        var ved velkommen vi vil ville vår være å åpen åpner
    """,
}
# Of neighbours whose short texts look like one of the six.
_FOREIGN = """
    och jag är inte från mycket det här att av på som för mig min mitt mina vad till var vi
    ik je het een niet van voor mijn wij zijn met ook naar bij nog
    je suis le les des est dans pour pas nous vous mon ma me avec une c'est j'ai et au du à la
    eu não é você um uma meu minha me para com são está do da os em obrigado que mais
    ja jsem mam jest nie się że co tak i w z na
"""
_PAIRS = {("i", "am"): "en", ("to", "me"): "en"}
"""Words that several of the languages have, but not side by side."""
_NOWHERE = "-"
_LETTERS = {"ñ": "es", "¿": "es", "¡": "es", "ß": "de", "ø": "no", "æ": "no", "å": "no"}
_ENOUGH = 2_000
"""Characters that are looked at, at most."""
_TOLD = 3
"""What a word counts that one of the languages alone has; one that several have counts one each."""
_CERTAIN = 4
"""By how much everyday words must outweigh detection to be believed instead."""


def language_for(text: str, language: str = "") -> str:
    """Return in which of the languages a text speaks, "" where in none or nobody can say."""
    if language or not text:
        code = code_of(language)
        code = _NEAREST.get(code, code)
        return code if code in LANGUAGES else ""
    detected = language_of_text(text)
    detected = _NEAREST.get(detected, detected)
    scores = _scores(text[:_ENOUGH])
    best = max(scores, key=lambda code: scores[code], default="")
    if best in ("", _NOWHERE):
        return detected if detected in LANGUAGES else ""
    ahead = scores[best] - max((scores[code] for code in scores if code != best), default=0)
    if detected in LANGUAGES:
        return best if scores[best] - scores.get(detected, 0) >= _CERTAIN else detected
    return best if ahead >= (_CERTAIN if detected else _TOLD - 1) else ""


def language_spoken(text: str, account: str, asked: str) -> str:
    """Return in which language a text of an account speaks: its own words tell, where they do.

    Else it is taken for the account's, else that of who asked; "" where neither is one of the six.
    """
    return language_for(text) or language_for("", account) or language_for("", asked)


def explained(low: str) -> frozenset[str]:
    """Return the languages in which a word is an everyday one."""
    return _spoken_in().get(low, frozenset())


def _scores(text: str) -> Counter[str]:
    scores: Counter[str] = Counter()
    spoken_in = _spoken_in()
    before = ""
    for word in words(text):
        codes = spoken_in.get(word.low, ())
        for code in codes:
            scores[code] += _TOLD if len(codes) == 1 else 1
        if pair := _PAIRS.get((before, word.low)):
            scores[pair] += _TOLD
        before = word.low
    for letter, code in _LETTERS.items():
        if letter in text:
            scores[code] += 1
    return scores


@cache
def _spoken_in() -> dict[str, frozenset[str]]:
    codes: dict[str, set[str]] = {}
    for code, listed in (*_EVERYDAY.items(), (_NOWHERE, _FOREIGN)):
        for word in listed.split():
            codes.setdefault(word, set()).add(code)
    return {word: frozenset(found) for word, found in codes.items()}
