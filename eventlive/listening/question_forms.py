"""The forms by which six languages ask, for questions.py: data, and no logic.

Owns the words. Everything is in the form that `characters.fold` gives (lower case, ss for ß, with
plain apostrophes), written from grammar, not from examples: word order where the language inverts
(English, German, Norwegian), the clitic -ko/-kö (Finnish), accents (Spanish), fixed phrases
(Italian), and "does anyone know" in each. `CALM` keeps exclamations out ("How lovely!").

Over 500 lines because it is one table a language. An expression may be broken over lines, which
are joined without their indentation.
"""

from __future__ import annotations

from typing import NamedTuple


class Forms(NamedTuple):
    """How one language asks.

        `small_talk` may stand before a question. An opening is (first words, what must follow, as a
    regular expression from the end of the first word on). `by_ending` is a whole expression, tried
    where a clause's first word has one of `endings`. `anywhere` are ((needles), expression): it is
    tried where one of the needles stands in the text, and begins with a letter rather than with an
    assertion, which `re` searches for far more slowly.
    """

    small_talk: str
    openings: tuple[tuple[str, str], ...]
    anywhere: tuple[tuple[tuple[str, ...], str], ...]
    endings: tuple[str, ...] = ()
    by_ending: str = ""


CALM = r"(?![^.?\n!]*!)"
END = r"\W*$"

# --- English ------------------------------------------------------------

_EN_WHO = r"i|you|u|we|they|he|she|it|there|this|that|these|those|any\w*|some(?:one|body)"
_EN_AUX = r"""(?:is|are|was|were|am|do|does|did|can|could|will|would|should|shall|has|have)(?:n't)?|
    don't|won't|can't"""

ENGLISH = Forms(
    small_talk=(
        """and but so or ok okay hi hey hello please pls sorry well also now then oh yes no yeah
        btw ps question quick just curious seriously hm hmm thanks if uh um er"""
    ),
    openings=(
        (
            "what where when why how who",
            rf"""(?:'s|'re|'d|'ll)? (?:else |exactly |on earth |
            the hell )?(?:{_EN_AUX})""",
        ),
        (
            "what where when how who whats wheres whens hows whos",
            r"""(?:'?s)? (?:the (?!point|heck of)|this|that|your|it|up|going on|next|new|on|with|
            everyone|wrong) ?\w*(?<!s!)""",
        ),
        ("what where when who", r"'s \w+ing"),
        ("what where why how who when whats huh", END),
        (
            "what",
            rf""" (?:about|if|time|kind|type|sort|happen(?:s|ed)|makes?|else|brand|day|year|
            \w{{3,}}ed){CALM}""",
        ),
        ("what which whose", rf" (?:\w+ ){{1,3}}(?:{_EN_AUX}) (?:{_EN_WHO}|the|your|my|our|best)"),
        ("which", r" (?:ones?|of (?:the|these|those|you))"),
        ("whose", r" \w+"),
        ("how", r" (?:many|come|long|far|often|old|soon|late|early)"),
        ("how", rf" about{CALM}"),
        ("how", r" much (?:is|are|does|do|did|for|will|would|can|to|time|money)"),
        ("who", r" (?!knew)\w+"),
        ("why", rf" (?:not|no|on earth|the hell|so){CALM}"),
        ("where", r" (?:i|we) can (?:find|get|buy|see|watch|eat|meet)"),
        ("is are", rf" (?:{_EN_WHO}|the|your|my|our|his|her|their|its|every\w*|all)"),
        (
            "is are",
            r""" (?!now|just|not|so|very|back|also|what|why|how|one|being|getting|looking|
            live|a|an|here|in|on|at|of|to|for)\w+ \w+""",
        ),
        ("isn aren wasn weren", rf"'t (?:{_EN_WHO}|the|your)"),
        ("was were", r" (?:i|you|u|we|they|he|she|it|there|that|any\w*|your|those)"),
        ("am", r" i"),
        ("do", r" (?:i|you|u|we|they|any\w*|people|these|those)"),
        ("does", r" (?!not|what|exactly|the job|the trick)\w+"),
        ("did", rf" (?:{_EN_WHO}|the|your|my|his|her|their|every\w*)"),
        ("don doesn didn won can hasn haven couldn wouldn shouldn", rf"'t (?:{_EN_WHO}|the){CALM}"),
        (
            "can could will would should shall",
            rf" (?:{_EN_WHO}|the|my|your|our|his|her|people|every\w*)",
        ),
        ("may might", r" (?:i|we)"),
        ("has", rf" (?:{_EN_WHO}|the|your|every\w*)"),
        ("have", r" (?:i|you|u|we|they|there|any\w*|these|those)"),
        (
            "any",
            r""" (?:ideas?|news|chance|tips?|suggestions?|info\w*|updates?|recommendations?|
            advice|thoughts|clues?|word on|plans|ways? to|good \w+)""",
        ),
        (
            "anyone anybody",
            r""" (?:else|knows?|here|have|has|got|seen|can|tried|heard|help|want|able|recommend|
            in|at|going|there|watching|listening|interested|up)""",
        ),
        ("know got seen", r" any\w*"),
        ("mind", r" if (?:i|we)"),
    ),
    anywhere=(
        (
            ("what ", "where ", "when ", "how ", "why ", "who "),
            r"""(?:what|where|when|why|how|who) (?:else )?(?:do|does|did|can|could|should|would|
            will|shall|are|am|is) (?:i|you|u|we|they|he|she|it|this|that|these|those)""",
        ),
        (
            ("anyone", "anybody", "someone", "somebody"),
            r"""(?:any|some)(?:one|body) (?:here |else )?(?:knows?|tell me|recommend|explain|
            help me)|(?:do|does|did|can|could|would|will|have|has) (?:any|some)(?:one|body)""",
        ),
        (
            ("can you", "could you", "would you", "do you", "did you", "will you", "can u", "do u"),
            r"""(?:can|could|would|do|did|will) (?:you|u) (?:please|pls|guys|know|tell|explain|
            help|share|recommend|think|mind)""",
        ),
        (
            ("wonder",),
            r"""(?:i|was|just|am|'m|been) wonder(?:ing)? (?:if|whether|what|who|how|
            why|when|where)""",
        ),
        (("there a",), r"(?:is|are) there (?:any\w*|a way)"),
        (
            (", right", ", isn't it", ", aren't you", " and you", " about you"),
            rf"(?:, right|, isn't it|, aren't you| and you| about you){END}",
        ),
    ),
)

# --- Finnish ------------------------------------------------------------

# Nouns in -ko, -kö that are no verb with the clitic: it follows a vowel, n or t.
_FI_NOUN = r"""koko|joko|näkö|teko|jako|pako|usko|disko|lanko|sanko|hanko|runko|tanko|jatko|letko|
    keko|sisko|kesko|kisko|kiosko|visko|ruoko|kanko|notko|melko|juoko|mosko\w*|ettenkö|\w+(?:usko|
    näkö|sisko|runko|henkö)"""
_FI_AFTER = r" (?!enemmän|vähemmän|tahansa|vain|ikinä|hyvänsä|paremm|useamm|enää|olikaan)\w+"

FINNISH = Forms(
    small_talk=(
        """ja mutta mut no hei moi moikka niin siis tai eli huomenta terve anteeksi ok hm hmm
        heippa nyt joo kysymys vai sitten äh ai heh kiitos"""
    ),
    openings=(
        (
            """mikä mitä missä mistä mihin miksi miten mikäs mitäs missäs mihinkäs mites miks
            minne mitkä millä miltä mille miksei mitähän missähän mikähän miksiköhän mitenköhän
            minkä minkälainen minkälaista minkälaisia millainen millaista millaisia millaisen
            millaiseksi milloin kuinka kuka ketä kenen kenellä kenelle keneltä keiden ketkä
            kukas kukahan kumpi kumpaa kumman kummalla""",
            rf"{CALM}{_FI_AFTER}",
        ),
        ("mikä mitä missä mistä mihin miksi miten milloin kuka häh", END),
        ("minä", r" (?:päivänä|vuonna|aikana) \w+"),
        (
            "koska",
            r""" (?:on|alkaa|tulee|tulevat|saa|voi|pääsee|julkaistaan|aukeaa|avataan|loppuu|
            päättyy|lähtee)(?![^.?\n]*,)""",
        ),
        ("moneltako monelta paljonko montako entä entäs entäpä", r""),
        ("eks eiks onks oliks oisko oisiko voisko voiks saaks oiskohan", r""),
    ),
    anywhere=(
        (
            ("joku", "jollain", "jollakin", "kukaan", "kellään", "teistä"),
            r"""k(?<!ettenk)[oös](?:han|hän)? (?:joku|jollain|jollakin|kukaan|kellään|
            teistä)|joku (?:tietää|osaa (?:sanoa|kertoa|neuvoa))""",
        ),
        (
            ("mieti", "ihmettel", "kiinnostaisi"),
            r"""(?:mietin|mietityttää|ihmettelen|kiinnostaisi tietää),? (?:että )?(?:mikä|mitä|
            missä|miten|miksi|milloin|kuka|\w+k[oö])""",
        ),
        ((", vai", ", eikö", ", eiks"), rf", (?:vai|eikö niin|eikö|eiks niin){END}"),
    ),
    endings=("ko", "kö", "kos", "kös", "kohan", "köhän", "kopa", "köpä", "eeks", "ääks", "aaks"),
    by_ending=rf"(?!(?:{_FI_NOUN})\b)\w+(?:[aeiouyäönt]k[oö](?:han|hän|s|pa|pä)?|(?:ee|ää|aa)ks)",
)

# --- German ------------------------------------------------------------

_DE_VERB = """ist sind war waren wird werden wurde wurden hat haben hatte hatten habt hast kann
    kannst können könnt könnte könnten könntest könntet muss musst müsst müssen soll sollst sollt
    sollen sollte sollten solltest solltet will willst wollt wollen darf darfst dürft dürfen
    dürfte würde würden würdest würdet wäre wären wärst hätte hätten hättest hättet möchte
    möchtest möchtet möchten mag magst mögt macht machst machen geht gehst gehen gibt gibts
    kommt kommst kommen läuft laufen startet beginnt beginnen findet findest finden heisst
    kostet kosten bekommt sieht siehst seht sehen seid bist bin tut tun steht steht stehen liegt
    liegen sagt sagst sagen meint meinst denkt denkst weiss weisst wisst wissen passiert bleibt
    bleiben kennt kennst brauche braucht brauchst brauchen spielt spielen spricht sprichst
    sprechen lautet funktioniert glaubt glaubst hält haltet hältst hört hörst fährt fahren
    stimmt gilt reicht klappt dauert endet öffnet schliesst fängt erreicht erreiche erkennt
    nennt nimmt nehmt nehmen bedeutet schaut guckt wirkt werdet wirst zeigt lässt braucht's
    geht's gibt's ist's habe finde komme bekomme mache"""
_DE_VERBS = "|".join(sorted(set(_DE_VERB.split()), key=len, reverse=True))
# A conditional without "if" has its main clause after a comma, verb first.
_DE_NO_MAIN = r"""(?![^.?\n]*,? (?:so|dann)\b|[^.?\n]*, (?:kann|können|muss|sollte|ist|sind|wird|
    werden|hätte|wäre|würde|hat|haben|gibt|geht|bitte)\b)"""
_DE_SOMEONE = r"jemand|jmd|irgend(?:jemand|wer|einer?)|einer|wer"
_DE_MILD = r"(?! (?:gut|nett|echt|weit|oft|schlecht|leicht|recht|bekannt|nicht|jetzt|gesagt))"

GERMAN = Forms(
    small_talk=(
        """und aber oder hallo hey hi moin sorry entschuldigung bitte na naja ok okay ja nein ach
        äh guten tag morgen abend frage kurze mal ne eine servus huhu tja denn nun leute danke"""
    ),
    openings=(
        (
            """wer was wie wo wann warum wieso weshalb woher wohin womit wofür worüber woran wozu
            worum wem wen""",
            rf" (?!soll ich sagen|ist mit mir)(?:{_DE_VERBS})(?:'s)?{CALM}",
        ),
        (
            "was wie wo wann warum wieso weshalb woher wohin womit wofür wozu",
            rf"""{_DE_MILD} \w+(?:t|en|ss) (?:ich|du|er|sie|es|wir|ihr|man|sich|die|der|das|den|
            dies\w*|ein\w*|euch|uns|mein\w*){CALM}""",
        ),
        ("was wie wo wann warum wieso wer weshalb echt hä wohin", END),
        ("wann warum wieso weshalb woher wohin", rf" (?:denn|eigentlich|nur|nicht){CALM}"),
        ("wie", rf" (?:viele?|lange|oft|spät|weit|teuer|alt|gross|hoch) (?!ich|wir){CALM}\w+"),
        ("welche welcher welches welchen welchem", rf" \w+ (?:{_DE_VERBS}){CALM}"),
        (
            "an in auf mit von bei zu für über um ab bis seit aus",
            rf" (?:welche[rnms]?|wem|wen|was|wann|wie ?viele?n?) \w+{CALM}",
        ),
        ("was", rf" für \w+{CALM}"),
        (
            _DE_VERB,
            rf"""(?:'s)? (?:du|sie|es|ihr|er|denn|eigentlich|
            {_DE_SOMEONE}){CALM}{_DE_NO_MAIN}""",
        ),
        (
            "kann darf muss soll sollte könnte bin habe dürfte",
            rf""" ich (?!nur|echt|sehr|absolut|voll|wärmstens|euch nur|jedem|
            allen)(?![^.?\n]*empfehl){CALM}""",
        ),
        (
            "ist sind hat haben wird werden gibt war waren",
            rf""" (?:das|die|der|denn|schon|noch|
            hier|dort|da|dies\w*|heute) \w+{CALM}{_DE_NO_MAIN}(?![^.?\n]*(?:\.\.|…))""",
        ),
        ("gibt", rf" (?:es|'s){CALM}"),
        (
            "muss darf soll ist hat wird weiss braucht kommt bekommt sieht hört sollte könnte",
            rf" man{CALM}{_DE_NO_MAIN}(?![^.?\n]*empfehl)",
        ),
        ("gehen wollen sollen können dürfen müssen haben sind werden", rf" wir{CALM}{_DE_NO_MAIN}"),
        (
            "hat kennt weiss kann war ist hätte könnte will",
            rf"""(?: (?:hier|mir|uns|zufällig|vielleicht|schon|denn|eigentlich|bitte|auch|
            noch))* (?:{_DE_SOMEONE})""",
        ),
        (
            "jemand",
            r""" (?:hier|da|ne|eine|einen|erfahrung|ahnung|tipps?|ideen?|lust|interesse|
            vor ort|von euch)""",
        ),
        ("stimmt", rf" (?:das|es){CALM}"),
    ),
    anywhere=(
        (
            (" jemand", " jmd", " wer ", " irgend", "weiss einer", "kann einer"),
            rf"""weiss (?:hier |denn |zufällig |eigentlich |vielleicht )?(?:{_DE_SOMEONE})|
            (?:kann|könnte|könnt|hat|kennt|hätte) (?:mir |uns |hier |da )?(?:jemand|jmd|
            irgend(?:jemand|wer))""",
        ),
        (("frage ",), r"frage (?:mich|ich mich),? (?:ob|wie|was|wann|wo|warum|wer|wieso)"),
        (
            (" ich", " man", " wir"),
            r"""(?:wo|wie|wann|warum) (?:kann|finde|komme|bekomme|muss|soll|können|
            könnte) (?:ich|man|wir)""",
        ),
        (
            (" ihr ",),
            r"""(?:wisst|könnt|habt|kennt|seid|werdet|würdet|wollt) ihr (?:eigentlich|schon|noch|
            denn|mir|uns|was|eine?n?)""",
        ),
        (
            (", oder", " und du", " und ihr", " bei euch"),
            rf"(?:, oder(?: nicht)?| und du| und ihr| und bei euch){END}",
        ),
    ),
    endings=("st",),
    by_ending=rf"""(?!(?:erst|fast|selbst|sonst|zuerst|meist|längst|ernst|umsonst|herbst|angst|
        kunst)\b)\w+st du{CALM}""",
)

# --- Norwegian (both standards) ------------------------------------------------------------

_NO_WHO = r"du|dere|vi|han|hun|man|noen|noe|nokon|ho|dykk|dokker"
_NO_VERB = """er var har hadde kan kunne skal skulle vil ville må måtte bør burde får fikk går gikk
    kommer kom blir ble blei finnes finst fins tror vet veit synes syns liker husker ser hører
    gjør gjorde trenger tar tør kjenner mener ønsker skjer stemmer gjelder starter begynner
    heter betyr koster ligger står holder finner kjem trur trengs sitter bor snakker vant
    spiller åpner stenger slutter handler hjelper mistet så tok møtte sa lot dro ga"""
_NO_VERBS = "|".join(_NO_VERB.split())
_NO_NO_MAIN = r"""(?![^.?\n]*, (?:så|kan|må|vil|skal|ble|kom|var|ville|kunne|skulle|hadde|
    (?!eller|der|når|hvor|for|etter|under|over|mer)\w+(?:er|år|ør|ir))\b)"""
_NO_BETWEEN = r"(?: (?:ikke|ikkje|virkelig|egentlig|nå|fortsatt))?"
_NO_WH = """hva hvem hvor hvorfor hvordan åssen når kva kven kvar kor korleis kvifor koss korfor
    ka kem hvilken hvilke hvilket"""

NORWEGIAN = Forms(
    small_talk=(
        """og men eller hei heisann hallo god morgen kveld dag ok ja nei unnskyld beklager
        spørsmål jo altså forresten hm hmm æh sant takk"""
    ),
    openings=(
        (
            _NO_WH,
            rf"""(?: (?:i all verden|i huleste|egentlig|ellers))? (?:{_NO_VERBS}|\w{{3,}}er|
            \w+s (?:vi|du|det|den|de)){CALM}""",
        ),
        (
            "hva hvem hvorfor hvordan når kva kven kvifor korleis",
            rf""" (?!som|enn|man|jeg|du|vi|han|hun|de|dere|det|den|noen)\w+ (?:du|dere|han|hun|
            vi|de|jeg|eg){CALM}""",
        ),
        ("hva hvem hvor hvorfor hvordan når kva kven kvar kor kvifor", END),
        ("så nå", rf" (?:hva|hvem|hvordan|hvorfor|hvilke[nt]?) \w+{CALM}"),
        (
            "hvor kor",
            rf""" (?:mye|mange|lenge|ofte|langt|gammel|gamle|stor|store|mykje|lang|sent|
            tidlig|høy|dyrt) (?:{_NO_VERBS}|\w+er|\w+ (?:{_NO_VERBS}|\w+er)){CALM}""",
        ),
        ("hva kva", rf" (?:med|om|slags|tid|hvis|i all){CALM}"),
        ("hvilken hvilke hvilket", rf" \w+{CALM} (?:{_NO_VERBS}|\w{{3,}}er|\w+te|\w+de)"),
        ("hvorfor kvifor", rf" (?:ikke|ikkje|i all verden|denne|dette|alle|akkurat|\w+e){CALM}"),
        (
            " ".join(
                verb for verb in _NO_VERB.split() if verb not in {"så", "sa", "ga", "dro", "lot"}
            ),
            rf"{_NO_BETWEEN} (?:{_NO_WHO}){CALM}{_NO_NO_MAIN}",
        ),
        (
            """er var har kan skal vil blir kommer finnes finst stemmer gjelder går blei hadde må
            kunne skulle ville bør""",
            rf"""{_NO_BETWEEN} (?:det|den|de|dette|denne|disse|der|jeg|eg){CALM}
            {_NO_NO_MAIN}""",
        ),
        (
            "er har kan skal vil bør må",
            rf" (?:alle|andre|folk|mange|flere|hele|slike|\w{{4,}}ene) \w+{CALM}{_NO_NO_MAIN}",
        ),
        (
            "er blir skal kan vil",
            rf""" (?!ingen|igjen|enten|siden|liten|noen|aften)\w{{3,}}(?:en|ens|
            et)(?: din| ditt| deres)? \w+{CALM}{_NO_NO_MAIN}""",
        ),
        ("noen nokon", r" (?:som|her|andre|tips|forslag|ideer|på|der)"),
        ("mon tro", rf" (?:om|hva|hvor|tro){CALM}"),
    ),
    anywhere=(
        (
            ("noen", "nokon"),
            r"""(?:vet|veit|kjenner|husker|har|kan) (?:noen|nokon) (?:her|som|av|hva|hvor|når|om|
            andre|hvordan|tips|fortelle|hjelpe|svare|si|peiling|erfaring|hvem|noe)|(?:vet|
            veit) (?:noen|nokon)|noen (?:her )?som (?:vet|veit|kjenner|husker|kan (?:si|svare|
            hjelpe))""",
        ),
        (
            ("lurer",),
            r"""lurer (?:jeg )?(?:på|egentlig på|litt på) (?:om|hva|hvor|når|hvem|
            hvorfor|hvordan)""",
        ),
        (
            ("hva ", "hvor ", "hvordan ", "hvorfor "),
            r"""(?:hva|hvor|hvordan|hvorfor) (?:kan|skal|må|bør|får|gjør|finner) (?:jeg|vi|man|
            du|dere)""",
        ),
        (
            ("vet du", "tror du", "husker du", "har du", "kan du", "vil du", " dere "),
            r"(?:vet|tror|husker|har|kan|vil) (?:du|dere) (?:hva|hvor|om|når|hvem|noe|noen)",
        ),
        (
            (", ikke sant", ", eller hva", " og du", " med deg"),
            rf"(?:, ikke sant|, eller hva| og du| hva med deg){END}",
        ),
    ),
    endings=("r",),
    by_ending=(
        rf"""(?!(?:der|her|eller|over|etter|under|for|mer|bror|mor|far|når|hver|fordi|dessuten|
        derfor|klar|per|år|hvor|utenfor|innenfor|foruten)\b)\w{{2,}}r (?:ikke )?(?:du|
        dere){CALM}{_NO_NO_MAIN}"""
    ),
)

# --- Spanish ------------------------------------------------------------

_ES_ASK = """qué quién quiénes dónde cuándo cómo cuál cuáles cuánto cuántos cuánta cuántas adónde
    porqué"""
_ES_ASKS = "|".join(_ES_ASK.split())
_ES_ACCENTED = rf"{CALM} (?!\w+[aeií]r(?:se|lo|la|nos)?\b)\w+"

SPANISH = Forms(
    small_talk=(
        """y pero o hola oye oiga oigan buenas buenos días tardes noches a ver entonces pues
        perdón disculpa disculpe disculpen una pregunta vale ok sí no gracias bueno por cierto
        ahora señores chicos"""
    ),
    openings=(
        (_ES_ASK, rf"{_ES_ACCENTED}|{END}"),
        ("de a en con para desde hasta por sobre", rf" (?:{_ES_ASKS}){_ES_ACCENTED}"),
        (
            "donde cuando como cuanto cual quien que",
            r""" (?:es|esta|está|son|estan|están|empieza|comienza|puedo|podemos|se puede|hay|
            hora|cuesta|tengo que|hago|vais|sera|será|opinan|opináis|tal|pasa|pasó|
            significa)\b(?![^.?\n]*[,!])""",
        ),
        (
            "alguien",
            r""" (?:sabe|tiene|puede|podría|conoce|ha (?:visto|oído|probado|podido|estado)|me|nos|
            que|más|va|vio|por|con|quiere|recomienda|está|se)""",
        ),
        (
            "sabéis sabeis saben sabes",
            r""" (?:si|qué|cuándo|dónde|cómo|quién|cuál|alguno|algo|
            que|cuando|donde|como)""",
        ),
        ("hay", r" (?:alguien|alguna? \w+|forma|manera|posibilidad|algún)"),
        (
            "me nos puede pueden podéis podeis puedes podría podrías podrían podríais",
            r"""(?: (?:puede|pueden|podéis|podeis|puedes|podría|podrías|podrían|
            podríais))? (?:alguien|decir\w*|ayudar\w*|indicar\w*|explicar\w*|recomendar\w*|
            confirmar\w*|pasar\w*)""",
        ),
        ("te os le les", rf" gustar[ií]an?{CALM}"),
        ("quieres queréis", rf" \w+[aeií]r\w*{CALM}"),
        ("has habéis", rf" (?:visto|oído|probado|leído|pensado|estado|ido|\w+[ai]do){CALM}"),
        ("se", r" (?:sabe|puede saber)"),
        ("será", rf" que{CALM}"),
        ("es", rf" (?:cierto|verdad) que{CALM}|ese|esa|este|esta"),
    ),
    anywhere=(
        (
            ("alguien",),
            r"""alguien (?:sabe|tiene (?:idea|info\w*|más)|conoce|me (?:puede|podría|ayuda|dice|
            explica)|que (?:sepa|tenga|pueda))|(?:sabe|puede|podría) alguien""",
        ),
        (("me pregunto",), r"me pregunto (?:si|qué|cómo|cuándo|dónde|por qué|quién)"),
        (
            ("qué ", "cómo ", "dónde ", "cuándo "),
            rf"""(?:{_ES_ASKS}) (?:puedo|podemos|debo|tengo que|hago|opin[aá]is|piensas|pensáis|
            crees|creéis|os parece|te parece)""",
        ),
        (
            (", qué ", ", cómo ", ", cuándo ", ", dónde ", ", quién "),
            rf", (?<!sé, )(?:qué|cómo|cuándo|dónde|quién) (?!\w+[aeií]r\b)\w+ \w+{CALM}",
        ),
        (
            (", verdad", ", no", " y tú", " y vosotros"),
            rf"(?:, verdad|, no| y tú| y vosotros){END}",
        ),
    ),
)

# --- Italian ------------------------------------------------------------

_IT_VERB = r"""è|e'|sono|sei|siete|ha|hai|hanno|avete|sa|sapete|sai|vuole|vuoi|volete|può|puoi|
    potete|posso|fa|fai|fate|facciamo|fanno|dice|dici|dite|dicono|sta|stai|state|va|vai|andate|viene|
    vieni|venite|succede|serve|servono|significa|vuol|pensi|pensate|aspetta|aspetti|aspettate|
    devo|dobbiamo|deve|dovrebbe|farà|sarà|sarebbe|era|erano|trovo|trovate|trovi|inizia|comincia|
    finisce|esce|arriva|parte|apre|costa|dura|manca|funziona|c'è|c'entra|ci|mi|ti|vi|ne|gli|
    vogliono|guardate|guardi|preferite|preferisci|credi|credete|potrebbe|cambia"""

_IT_ALONE = r"(?![^.?\n]*,)"

ITALIAN = Forms(
    small_talk=(
        """e ma o oppure ciao salve scusa scusate scusi buongiorno buonasera allora quindi però
        poi no sì si ok beh boh mah domanda una per favore ora adesso insomma invece raga
        ragazzi ah oh comunque così"""
    ),
    openings=(
        ("cosa", rf" (?:si|{_IT_VERB}|\w+(?:ate|ete|ite|iamo|ebbe|ai|erà|ava)){CALM}"),
        ("cos", r"' ?(?:è|e'|era|altro|hai|ha|hanno)"),
        ("chi", rf" (?!non|si)(?:{_IT_VERB}|\w+(?:erà|ebbe)){CALM}{_IT_ALONE}|' ?è"),
        ("chi", rf" (?!non|si|come)\w{{3,}}[ae]{CALM}{_IT_ALONE}(?![^.?\n]* non )"),
        ("dove", rf" (?!c'è)(?:si|{_IT_VERB}){CALM}"),
        ("dov com", rf"' ?(?:è|e'|era|e){CALM}"),
        (
            "quando",
            r""" (?:è|e'|sarà|inizia|comincia|esce|arriva|parte|apre|finisce|potremo|ci sarà|
            tornate|torni|venite)(?![^.?\n]*[,!])""",
        ),
        (
            "come",
            rf""" (?:mai|posso|si (?:fa|può|chiama)|funziona|stai|state|va|fate|fai|faccio|
            è andat\w|possiamo|ti chiami|è possibile|e' possibile|farà|faremo|mi devo){CALM}""",
        ),
        ("perché perchè perche", rf"'?(?! (?:sì|si|no|altrimenti|così)\b){CALM} \w+"),
        ("chi cosa dove quando perché come", END),
        ("quale quali", rf" (?!che)\w+{CALM}"),
        ("qual", rf" (?:è|e'|era){CALM}"),
        (
            "quanto quanta",
            rf""" (?:costa|costano|dura|manca (?:a|al|alla|per|ancora)|tempo|viene|
            ci vuole|è lung\w+){CALM}""",
        ),
        ("quanti quante", rf" (?:\w+ (?:{_IT_VERB})|siete|sono|di voi|ne){CALM}"),
        (
            "che",
            rf""" (?:ore|ora|cosa|ne (?:pensi|pensate|dite|dici)|fai|fate|succede|si (?:fa|dice)|
            dite|facciamo|vogliono|c' ?entra|tipo|differenza|senso|significa|vuol dire|aspett\w+|
            altro|fine ha){CALM}""",
        ),
        (
            "a da di con per in",
            rf""" (?:che (?:ora|ore|cosa)|chi|quale|quali|dove|quanto) (?!non){CALM}
            \w+""",
        ),
        (
            "qualcuno",
            r""" (?:sa|ha (?:già|idea|notizie|visto|un|una|il|la|info|capito)|mi|può|di voi|conosce|
            che|riesce|potrebbe|è|qui|vuole)""",
        ),
        ("sapete sai sa", r" (?:se|dove|quando|come|chi|cosa|che|dirmi|qual|perché|quanto)"),
        (
            "avete hai",
            rf""" (?:mai|già|visto|sentito|provato|idea|letto|fatto|notato|capito|news|
            novità|commenti|tempo){CALM}""",
        ),
        (
            "puoi potete potresti potreste può mi ci",
            r"""(?: (?:puoi|potete|potresti|potreste|può|sapete|sai))? (?:dirmi|dirci|dire|
            spiegarmi|spiegare|aiutarmi|aiutarci|consigliarmi|confermare|confermarmi|consigliare|
            indicarmi|mandarmi|passarmi|ripetere|condividere|pubblicare|fare)""",
        ),
        (
            "posso possiamo",
            rf""" (?:chiedere|chiederti|chiedervi|sapere|avere|usar\w+|entrare|
            venire){CALM}""",
        ),
        ("vuoi volete", rf" \w+{CALM}"),
        ("vi ti", rf" (?:va|piace|ricordi|ricordate|piacerebbe){CALM}"),
        ("secondo", rf" (?:te|voi){CALM}"),
        ("c", r"'è (?:qualcuno|qualche|modo|un modo|ancora|la possibilità)"),
        ("ci", r" sono (?:ancora|novità|news)"),
        ("è e", rf"'? (?:vero|possibile|normale) (?:che|o){CALM}"),
        ("sbaglio", r" o"),
        (
            "pensi credi pensate credete preferisci preferite",
            rf" (?:di|che|sia|davvero|il|la)\w*{CALM}",
        ),
        ("tutto", rf" (?:bene|ok){END}"),
    ),
    anywhere=(
        (
            ("qualcuno",),
            r"""qualcuno (?:sa|mi (?:sa|può|spiega|dice)|ha (?:idea|notizie)|può|
            conosce|di voi)""",
        ),
        (
            ("mi chiedo", "mi domando"),
            r"""mi (?:chiedo|domando) (?:se|cosa|come|chi|perch\w|
            quando|dove|che)""",
        ),
        (
            ("ma ",),
            r"""ma (?:che|cosa|chi|come|dove|quando) (?:è|c'|fa|fai|fate|dici|dite|vuoi|volete|
            cavolo|sta|state|stai|mai|ne|succede)|ma perch[éèe]'? \w+""",
        ),
        (("come mai",), r"come mai"),
        ((", vero", " e tu", " e voi", ", a te"), rf"(?:, vero| e tu| e voi|, a te){END}"),
        (("sapete", "sai "), r"(?:sapete|sai) (?:se|dove|quando|come|chi|cosa|perché)"),
    ),
)

FORMS = {
    "en": ENGLISH,
    "fi": FINNISH,
    "de": GERMAN,
    "no": NORWEGIAN,
    "es": SPANISH,
    "it": ITALIAN,
}
