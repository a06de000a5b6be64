"""Everyday words: which words of a text say what it is about, and which say nothing alone.

Owns the lists of the six languages and the cutting of a text into words. Short lists, of what
people say in posts: a rare word of no content rises as seldom as any other. They are not those of
`voice_languages`, which tell languages apart: "promise" is one of them. Never decides what a word
means; forms of one word stay different words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventlive.listening.characters import ASTRAL_MARKS, MARKS, NAMES, fold, replace_links

LONGEST_TEXT, LONGEST_WORD = 1_000, 40
"""Characters that are looked at, and that a word can have."""

_EVERYDAY = {
    "de": """
        ab aber alle allem allen aller alles als also am an auch auf aus bei beim bin bis bitte bist
        da dabei dafür damit danach dann daran darauf darf das dass davon dazu dein deine dem den
        denn der deren des deshalb dich die dies diese diesem diesen dieser dieses dir doch dort du
        durch ein eine einem einen einer eines einfach einmal er es etwas euch euer für ganz gar
        geben geht gerade gerne gibt gleich gut hab habe haben hast hat hatte hatten heute hier hin
        hinter ich ihm ihn ihnen ihr ihre ihren immer im in ins irgendwo ist ja jede jeden jeder
        jedes jemand jetzt kann kannst kein keine keinen keiner können könnt könnte leider machen
        macht mal man mehr mein meine meinem meinen meiner mich mir mit muss müssen nach nein nicht
        nichts nie niemand noch nun nur ob oder ohne schon sehr seid sein seine seinen seit selbst
        sich sie sind so sogar soll sollte sondern sonst statt steht über um und uns unser unsere
        unter viel viele vielleicht vom von vor wann war waren warum was wäre weg wegen weil weiter
        weiß welche wenig wenn wer werde werden wie wieder wieso will wir wird wirklich wo wohl
        wollen wurde würde wurden zu zum zur zwei zwischen
    """,
    "en": """
        a about actually after again all almost already also although always am an and another any
        anybody anyone anything are aren't around as ask at away back be because been before being
        below best better between big both but by came can can't cannot come comes coming could
        couldn't did didn't do does doesn't doing don't done down during each either else end enough
        even ever every everybody everyone everything far feel feels few find first for from full
        get gets getting give given go goes going gone gonna good got great had hadn't half has
        hasn't have haven't having he hear heard hello her here he's hey hi him his hope how i i'd
        i'll i'm i've if in instead into is isn't it it's its itself just keep keeps kind knew know
        knows last later least left less let let's like likely little long look looking looks lot
        lots love made make makes making many may maybe me mean might mine minute minutes more most
        much must my myself near need needs never new next nice no nobody none nor not nothing now
        of off often oh ok okay old on once one only onto or other others our out over own part
        per perhaps please put quite rather read really right said same saw say saying says see
        seeing seems seen several she she's should shouldn't since sit so some somebody someone
        something sometimes somewhere soon sorry still such sure take takes talk talking tell than
        thank thanks that that's the their them themselves then there there's these they they're
        they've thing things think this those though three through thus till time to today together
        told tomorrow too took tried try trying turn two under until up upon us use used very via
        wait want wants was wasn't watch watching way we we'd we'll we're we've well went were
        weren't what what's whatever when where whether which while who who's whole whose why will
        wish with within without won't wow would wouldn't yeah yes yet you you'd you'll you're
        you've your yours yourself
    """,
    "es": """
        a acaba acabo ahora ahí al algo alguien algún alguno alguna algunos allí ante antes aquel
        aquí así aún aunque bajo bien buen buena bueno cada casi cómo como con contra cual cuál
        cuando cuándo cuanto cuánto da de debe del desde después dice dicen donde dónde dos durante
        e el él ella ellas ellos en entonces entre era eran eres es esa esas ese eso esos esta está
        están estaba estamos estar estas este esto estos estoy fue fuera gracias gran ha hace hacen
        hacer hacia han has hasta hay he hemos hoy igual incluso ir jamás la las le les lo los luego
        más me mejor menos mi mí mientras mis mismo misma mucha muchas mucho muchos muy nada nadie
        ni ningún no nos nosotros nuestra nuestro nuestros nunca o os otra otras otro otros para
        parece pero poco pone por porque primera primero propia propio pronto pues puede pueden
        puedo que qué queda quedo quien quién quiere quiero sabe sale se sea según ser será si sí
        sido siempre sin sino sobre sois solo sólo somos son soy su sus tal también tampoco tan
        tanto te tendrá tener tenemos tengo ti tiene tienen toda todas todavía todo todos tras tres
        tu tú tus un una unas uno unos va vale vamos van vaya veces ver vez voy y ya yo
    """,
    "fi": """
        aika aikana aina ainakin alle asia ehkä ei eikä eivät eli ellei emme en enemmän ennen ensin
        entä eri et että ette hei he heidän heille hetki hieman hyvin hyvä hyvää hän häntä ihan
        ilman itse ja jo johon joiden joilla joita joka jokin joko joku jolla jonka jos joskus josta
        jota jotain jotka jotta juuri jälkeen kai kaikki kaikkien kaksi kanssa kautta kerran kiitos
        koko koska kuin kuinka kuitenkin kuka kukaan kun kuten kyllä liian lisää luulen läpi me
        meidän meille meillä meitä melkein mihin mikä mikään miksi mille milloin millä minkä minua
        minulla minulle minun minusta minut minä missä mistä mitkä mitä mitään moni monta mukaan
        mukana mulla mulle mun mut mutta muut muuta myös mä ne niiden niin niitä noin nuo nyt näin
        näitä näiden nämä ole olemme olen olet oli olin olisi olivat olla ollaan ollut oma oman on
        onko ovat paitsi paljon pian pitäisi pitää saa saada sain sama samaa samalla sanoi sanoo se
        sekä sen siellä sieltä sihen siihen siinä siis siitä sillä silloin silti sinne sinun sinä
        sitten sitä sun sä taas tai te tehdä teidän tekee toinen tule tulee tuli tulla tuo tuolla
        tuota tuon tähän tällä tämä tämän tänne tänään täällä tää tässä tästä tätä vaan vai vaikka
        vain varten vasta vielä vieläkin voi voiko voin voisi voitte vähän yksi yhtä yli ylös yllä
    """,
    "it": """
        a abbiamo ad adesso agli ai al alcune alcuni alla alle allo allora almeno altra altre altri
        altro anche ancora appena avere aveva avete basta bello ben bene c'è cento che chi ci ciò
        cioè circa col come con così cosa cose cui da dagli dai dal dalla dalle davvero degli dei
        del della delle dello dentro deve devo di dico dice dicono dopo dove due durante e è ecco ed
        era erano essere fa fare fanno fatto fin fino forse fra fuori già gli grazie ha hai hanno
        ho i il in infatti insieme intanto invece io la là le lei lì lo loro lui ma mai me mentre
        meglio meno mezzo mi mia mie miei mio molta molti molto ne nei nel nella nelle negli nessuno
        niente no noi non nostra nostri nostro nulla o ogni oggi ora ormai ovvero per perché però
        persino più piace poca pochi poco poi possiamo posso prima primo proprio può pure qua quale
        quali qualche qualcosa qualcuno quando quanta quanti quanto quasi quel quella quelle quelli
        quello questa queste questi questo qui quindi sa sarà se secondo sei sembra sempre senza si
        sì sia siamo sono sopra sotto sta state stati stato stiamo sto su sua sue sugli sui sul
        sulla sulle suo suoi tanta tante tanti tanto te ti tra tre troppo tu tua tuo tutta tutte
        tutti tutto un una uno va vai verso vi vostro voi volta vuole
    """,
    "no": """
        aldri alle allerede alltid alt altså andre annen annet at av bak bare ble blei bli blir bra
        bort burde både da dag de deg dei deira dem den denne der dere deres derfor dessuten det
        dette din disse dit ditt du eg egen eit ein eller en enda ene eneste enn ennå er et ett
        etter fikk finnes flere foran for fordi forrige fra fram frå få får før først første ganske
        gikk gjennom gjorde gjør god godt gå går ha hadde han hans har hei hele helt henne her hjå
        ho hos hun hva hvem hver hvert hvilken hvis hvor hvordan hvorfor i idag igjen ikke ikkje
        imot inn inne ingen ingenting innen ja jeg jo kan kanskje kjempe kom komme kommer korleis
        kunne kva lage lang langt likevel litt mange med meg mellom men mens mer mest mi min mindre
        mine mitt mot mye må måtte na ned nei nesten neste no noe noen nok nokon noko ny nye nå når
        og også ok om opp oss over på rett sa sammen samme se seg selv selve senere ser si sia
        siden sier sin sine siste sitt sjå skal skulle slik slutt snart som står så takk tar til
        tilbake to tror tre under unna ut uten var ved vel veldig vet vi videre vil ville virkelig
        vår våre vært være å åt
    """,
}
_OF = {language: frozenset(words.split()) for language, words in _EVERYDAY.items()}
_OF_ANY = frozenset[str]().union(*_OF.values())

_BETWEEN = re.compile(f"(?:[^\\w\\s'{MARKS}{ASTRAL_MARKS}-]|_|\n)+")


def content_words(text: str, language: str) -> Iterator[list[str]]:
    """Yield the stretches of a text between punctuation, as folded words.

    "" stands for a word that says nothing by itself: everyday ones of the language (of any, where
    it is none of the six), numbers, single letters, whatever is longer than a word can be. Links,
    handles and tags end a stretch. Never raises.
    """
    folded = replace_links(fold(text[:LONGEST_TEXT]), ".")
    if "@" in folded or "#" in folded or "＃" in folded:
        folded = NAMES.sub(".", folded)
    everyday = _OF.get(language, _OF_ANY)
    for stretch in _BETWEEN.split(folded):
        words = stretch.split()
        if words:
            yield ["" if word in everyday else _bare(word, language, everyday) for word in words]


def _bare(word: str, language: str, everyday: frozenset[str]) -> str:
    """Take away what hangs on a word: "l'acqua" is about water, "saltwell's" about her."""
    if not word.isalpha():
        parts = word.strip("'-").split("'")
        word = parts[-1] if language == "it" else parts[0]
        if word in everyday or not any(map(str.isalpha, word)):
            return ""
    if len(word) > LONGEST_WORD or (len(word) < 3 and word.isascii()):
        return ""
    return word
