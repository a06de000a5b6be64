"""Finnish: where one person speaks, and how it reads when all of us do.

Owns pronouns, the verb of denial ("en", "enkä"), the possessive ending -ni, and verb forms: those
of the verbs in voice_fi_verbs.py, and the endings of unlisted verbs that no noun shares. Half of
all Finnish words end in -n: a form that is a noun's as well ("ajan", "tilaan") counts only where a
verb is likelier. "Me" is "we" here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlive.listening.voice_fi_verbs import forms
from eventlive.listening.voice_words import END, Hit, Word

WE = "me"

_INSTEAD = {
    "minä": "me",
    "minut": "meidät",
    "minun": "meidän",
    "minua": "meitä",
    "minussa": "meissä",
    "minusta": "meistä",
    "minuun": "meihin",
    "minulla": "meillä",
    "minulta": "meiltä",
    "minulle": "meille",
    "minuna": "meinä",
    "minuksi": "meiksi",
    "minutta": "meittä",
    "mä": "me",
    "mää": "me",
    "mie": "me",
    "mun": "meidän",
    "mua": "meitä",
    "mussa": "meissä",
    "muhun": "meihin",
    "mulla": "meillä",
    "mulle": "meille",
    "en": "emme",
    "enkä": "emmekä",
    "enpä": "emmepä",
    "enkö": "emmekö",
    "enhän": "emmehän",
    "enkös": "emmekös",
    "etten": "ettemme",
    "ellen": "ellemme",
    "jollen": "jollemme",
    "jotten": "jottemme",
    "vaikken": "vaikkemme",
    "miksen": "miksemme",
}

_CLITIC = re.compile(r"(?:k[oö]h[aä]n|k[oö]s?|p[aä]s?|h[aä]n|k(?:in|aan|ään|i))$")

# --- the possessive -----------------------------------------------------------------------------

_OWNED = re.compile(r"\w*[aeiouyäö]ni")
# Words that end so by themselves, names with them.
_IN_NI = frozenset(
    """
    adrenaliini aini aleni allergeeni alumiini alumni amfetamiini anni antigeeni armani artesaani
    asetoni aspiriini balkoni banaani baritoni baroni bensiini bentseeni berlusconi betoni bikini
    bisoni blini butaani dekaani delfiini demoni disipliini doktriini dopamiini drooni eini
    elektroni endorfiini eteni fani feminiini fotoni gasoliini geeni gelatiini gobeliini halpeni
    hanni hapeni harmeni harpuuni harveni heikkeni heini hemoglobiini henni heroiini hieneni hiljeni
    himmeni hormoni houdini huligaani humaani huononi hupeni hymni ikoni ilmarini ilmeni immuuni
    insuliini intiaani jani janni jasmiini jenni joni jonni juhani jyrkkeni kaftaani kaimaani
    kalpeni kaniini kanjoni kantiini kapeni kapteeni karheni kartoni kaukeni kaveni keveni kiinteni
    kirkkeni klooni kofeiini koheni kohoni kokaiini kollageeni kolumni kommuuni koni koveni
    kreatiini ksylofoni kuiveni kumppani kuponi kurjeni kykeni kylmeni kypseni laajeni laguuni
    laimeni leni leveni lieveni limusiini loittoni lyheni läheni lämpeni lääni magasiini makaroni
    mandariini mangaani manni margariini martini maskuliini mataloni megafoni melatoniini meloni
    membraani meridiaani metaani mikrofoni mini morfiini mureni mussolini nanni nektariini neutroni
    nikotiini niukkeni nopeni nuoreni oheni oni onni orgaani paheni pakeni panini parafiini parani
    partisaani patogeeni paviaani pehmeni pelargoni pelikaani penisilliini pepperoni pieneni pieni
    piisoni piloni pimeni pingviini pioni piteni pitkeni polyeteeni poni posliini profaani propaani
    proteiini protoni pulskeni raukeni reini repeni rini rohkeni romaani roni rosmariini rubiini
    rutiini saarni sakeni saksofoni saluuni satiini seireeni selkeni selveni serotoniini sieni
    sileni silikoni sini skorpioni soini sopraani spontaani stadioni sulttaani suureni sysseni
    syveni taifuuni tanniini tarkeni telefoni termiini terveni tiheni titaani tiuhkeni toni
    trampoliini tribuuni tulppaani tummeni turbiini turpeni tyhjeni tyyneni tyyni tärkeni uni unioni
    uraani urbaani uuni vaaleni vaikeni valkeni vanheni varkeni vaseliini vegaani veini veteraani
    vieni viileni viini vilkkeni vireni vitamiini vulkaani väheni väljeni yleni ylpeni zucchini
    """.split()
)
_LONG = tuple(word for word in _IN_NI if len(word) > 5)

# --- verbs --------------------------------------------------------------------------------------

# Forms of nouns, adverbs and adjectives too.
_SHARED = frozenset(
    """
    istuin ajan alan anon arvioin askellin edustan elätin erotin harjaan herätin hiivin hoivaan
    huikkaan hukkaan hyljin hyödyn ilmaisin jahtaan juonin juonnin jyrään jätin kaadoin kadun
    kaivoin kampaan kannan kannoin kansin kartan kasaan kastin kasvatin kasvin kasvoin keitin kelaan
    kertaan kestin kirjaan kirjoitin kohdistin kohtaan korvaan koskin kuivaan kutsun kuvaan lainaan
    lakkaan laskin leikin leimaan leivon liimaan liitin likaan lisään loikkaan loin loisin luon
    lupaan lähetin maalaisin maltin matkaan mittaan monistin muistin murrin myyn määrään naisin
    niitin nojaan nuolen näin ohitin ohjaan opin osaan osoitin painin painoin paistoin pakkaan
    palaan palvelin panin perin perustan piinaan piirrin pilaan polin pompin puhelin puin puran
    purin päivittäisin rajaan ristin räkätin saatin salaan sanoin satun seuraan soitin soudin sovin
    sovitin suin sulan suojaan suon suuntaan sylin syntyisin sytytin säilön särjin säädin tahdon
    takaan tanssin tapaan tapin tarkennin tasoittaisin tilaan todennin tuen tuin tulostin tuon
    turvaan uhkaan uusin vahdin vaihdin vaihdoin valitsin vannoin varaan varoin vastaan veikkaan
    vertaan viestin vihaan vilkaisen virkaan vältin yhdistin yllin
    """.split()
)

_BEFORE = frozenset(
    """
    että kun jos mutta ja koska jotta vaikka kuinka miten miksi mitä missä minkä jonka jota jossa
    johon joita jotka mihin niin nyt sitten siksi aina myös usein joskus edes vielä taas itse kyllä
    ehkä varmaan yleensä tai vaan silti siis tänään huomenna eilen ku ni ett
    """.split()
)
_AFTER = frozenset(
    """
    aina alas asiaan ehkä eli en enemmän että heidät heitä heti huomenna hyvin häneen hänet häntä
    illalla itse itseni ja jo jos jotain jotakin juuri kai kaiken kaikkea kaikki kerran kohta koska
    kotiin kuin kuitenkin kun kyllä liian me mielelläni mitä mutta myöhemmin myös ne niin niitä nyt
    oikeastaan paljon pian pois se sen siihen siinä siis siitä sille sinne sinua sinulle sinut
    sitten sitä sua sulle taas tai teidät teille teitä tietysti tuota tämän tänne tänään tätä täällä
    täältä usein uudelleen uudestaan vaikka vain varmaan vasta vielä voi vähän yhä
    """.split()
)

_NEVER = frozenset("takaisin toisin muutoin oikein".split())
"""Adverbs, whatever verbs could be made to say so."""

_OBJECT = re.compile(r"\w{2,}(?:ua|yä|oa|öä|eä|ia|iä|ja|jä|[aeiouyäö]t[aä]|iin|ihin)")
"""What a verb takes, and nothing that stands behind "tilaan" or "seuraan" as nouns."""
_PREFIX = re.compile(r"(?:live|some|uudelleen|jälleen|ennakko|video)(?=\w{4})")

# Endings that say a verb where nouns have others.
_BY_ENDING = re.compile(
    r"\w{3,}(?:[aeiouyäö](?:t|st|sk|nt)elen|[aeouyäö]ilen|[aeiouyäö](?:t|st|sk|nt)elin"
    r"|[aouyäö]ilin|[aeiouyäö]itsen|[aeiouyäö]?[uyioaä]itsin|[lnrtkmdaouyhiä]is(?:tan|tän)"
    r"|[aeiouyäö]{1,2}(?:ut|yt|it|oit|ät|at)(?:an|än)|[^\Waeiouyäö]is(?:tun|tyn)|(?:us|yt|ut)(?:tun|tyn)"
    r"|(?:tta|ttä|tele|ntele|skele|ile|tse|stu|sty|ttu|tty|oi)isin|[dgklmnprstv]oisin"
    r"|(?:is|nt|rm|kt|mm|id|iv|ul)oin|[aeoäö]udun|eydyn)"
)
_NOT_BY_ENDING = re.compile(
    r"\w*(?:istan|peilin|mailin|meilin|mitan|savotan|alustan|listan|ruudun|suudun|keinoin|tavoin"
    r"|ehdoin|muodoin|voimoin|vuoroin|harvoin|puhelin)|(?:aamu|ilta|päiv|ö|maanantai|tiistai"
    r"|keskiviikko|torstai|perjantai|lauantai|sunnuntai|kesä|talv|syks|kevä|ark|viikonloppu)\w{0,4}isin"
)


def first_person(found: tuple[Word, ...]) -> Iterator[Hit]:
    """Yield where one person speaks, with what all of us would say there."""
    for place, word in enumerate(found):
        before = found[place - 1] if place else END
        after = found[place + 1] if place + 1 < len(found) else END
        instead = _said(word, before, after)
        if instead:
            yield Hit(word.start, word.end, instead)


def is_listed(low: str) -> bool:
    """Tell whether it is a verb of one person's by a list, not by its ending alone."""
    return low in forms()


def _said(word: Word, before: Word, after: Word) -> str:
    low = word.low
    if len(low) < 2 or _is_a_name(word):
        return ""
    if low in _INSTEAD:
        return _INSTEAD[low]
    clitic = _CLITIC.search(low)
    bare = low[: clitic.start()] if clitic and clitic.start() > 1 else low
    for form in dict.fromkeys((low, bare)):
        rest = low[len(form) :]
        if form in _INSTEAD:
            return _INSTEAD[form] + rest
        if form.startswith("minunlai"):
            return f"meidän{form[5:]}{rest}"
        if form.endswith("ni") and _is_owned(form):
            return f"{form[:-2]}mme{rest}"
        if form.endswith("n") and _is_said(form, word, before, after):
            form = f"{form[:-1]}mme{rest}"
            return form if before.low in ("minä", "mä") else f"me {form}"
    return ""


def _is_owned(form: str) -> bool:
    return (
        len(form) > 4
        and _OWNED.fullmatch(form) is not None
        and form not in _IN_NI
        and not form.endswith(_LONG)
    )


def _is_said(form: str, word: Word, before: Word, after: Word) -> bool:
    """Tell whether one person says this verb form here, or it is a noun that ends alike."""
    clitic = word.low[len(form) :]
    form = _PREFIX.sub("", form)
    if form in _SHARED:
        if not (word.first or "," in word.gap or before.low in _BEFORE):
            return False
        if after.first or after.low in _AFTER or clitic in ("pa", "pä", "ko", "kö"):
            return True
        return word.first and form.endswith(("aan", "ään")) and bool(_OBJECT.fullmatch(after.low))
    if form in forms():
        return form not in _NEVER
    return _BY_ENDING.fullmatch(form) is not None and not _NOT_BY_ENDING.fullmatch(form)


def _is_a_name(word: Word) -> bool:
    """Tell whether it has a capital that no grammar gives it, or is an abbreviation's case."""
    return (not word.first and word.text.istitle()) or ":" in word.text
