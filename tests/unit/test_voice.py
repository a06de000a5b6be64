"""One voice: what sounds like one person, like shouting, like nobody's link; and what does not."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening.voice import FIRST_PERSON, lint
from eventlive.listening.voice_languages import LANGUAGES, language_for, language_spoken
from eventlive.listening.voice_quotations import quotations
from eventlive.listening.voice_rules import VoiceRules
from tests.bench.voice import TARGETS, measured
from tests.parts import CASES

SILENT = VoiceRules(first_person=False)


def persons(text: str, language: str) -> list[tuple[str, str]]:
    """Return what stands where one person speaks, and what should stand there."""
    return [
        (text[found.start : found.end], found.suggestion)
        for found in lint(text, language=language)
        if found.rule == FIRST_PERSON
    ]


def rules_of(text: str, **rules: object) -> list[str]:
    house = VoiceRules(first_person=False, **rules)  # type: ignore[arg-type]
    return [found.rule for found in lint(text, language="en", rules=house)]


# --- one person ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("en", "I am on stage", [("I", "We")]),
        ("en", "Now I'm on stage, with my notes", [("I'm", "we're"), ("my", "our")]),
        ("en", "That seat is mine, ask me", [("mine", "ours"), ("me", "us")]),
        ("en", "i’ve done it myself", [("i’ve", "we've"), ("myself", "ourselves")]),
        ("en", "Am at the booth all day", [("Am", "We are")]),
        ("de", "Bin gleich da", [("Bin", "Wir sind")]),
        ("de", "Ich sehe mich, mein Freund", [("Ich", "Wir"), ("mich", "uns"), ("mein", "unser")]),
        ("de", "Das hab'ich gesehen", [("ich", "wir")]),
        ("de", "Habe gerade den Saal gewechselt", [("Habe", "Wir haben")]),
        ("no", "Jeg tok med meg kofferten min", [("Jeg", "Vi"), ("meg", "oss"), ("min", "vår")]),
        ("no", "Eg er her i dag", [("Eg", "Vi")]),
        ("es", "Estoy en la sala", [("Estoy", "Nosotros estamos")]),
        ("es", "Yo creo que sí", [("Yo", "Nosotros"), ("creo", "creemos")]),
        ("es", "Ya comparto mi agenda", [("comparto", "nosotros compartimos"), ("mi", "nuestra")]),
        ("es", "Ayer decidí venir", [("decidí", "nosotros decidimos")]),
        ("es", "Iré, hablé", [("Iré", "Nosotros iremos"), ("hablé", "nosotros hablamos")]),
        ("es", "Ayúdame a elegir, dímelo", [("Ayúdame", "Ayúdanos"), ("dímelo", "dínoslo")]),
        ("es", "Yo ya no lo tenía", [("Yo", "Nosotros"), ("tenía", "teníamos")]),
        ("es", "Quisiera agradecer a todos", [("Quisiera", "Nosotros quisiéramos")]),
        ("es", "Empece y recibi", [("Empece", "Nosotros empezamos"),
                                   ("recibi", "nosotros recibimos")]),
        ("es", "En Madrid espero veros", [("espero", "nosotros esperamos")]),
        ("es", "Vivo cerca. Permítanme", [("Vivo", "Nosotros vivimos"),
                                          ("Permítanme", "Permítannos")]),
        ("it", "Sbaglio o manca la sala?", [("Sbaglio", "Noi sbagliamo")]),
        ("fi", "Palaan asiaan pian", [("Palaan", "Me palaamme")]),
        ("it", "Controllo", [("Controllo", "Noi controlliamo")]),
        ("it", "Controllo subito il programma", [("Controllo", "Noi controlliamo")]),
        ("it", "Vi aspetto al mio stand", [("aspetto", "noi aspettiamo"), ("mio", "nostro")]),
        ("it", "Ho visto, l'ho detto", [("Ho", "Noi abbiamo"), ("l'ho", "l'abbiamo")]),
        ("it", "Domani saro' li', andrei", [("saro'", "noi saremo"), ("andrei", "noi andremmo")]),
        ("it", "Sono arrivata, dimmi dove", [("Sono", "Siamo"), ("dimmi", "dicci")]),
        ("fi", "Tarkistan", [("Tarkistan", "Me tarkistamme")]),
        ("fi", "Minä en tiedä", [("Minä", "Me"), ("en", "emme")]),
        ("fi", "Saavuin kamerani kanssa", [("Saavuin", "Me saavuimme"), ("kamerani", "kameramme")]),
        ("fi", "Voisinkohan tulla?", [("Voisinkohan", "Me voisimmekohan")]),
    ],
)  # fmt: skip
def test_one_person_is_heard(language: str, text: str, found: list[tuple[str, str]]) -> None:
    assert persons(text, language) == found


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Charles I was king before World War I began, see Part I"),
        ("en", "The I/O board, i.e. the coal mine's, on the I-95"),
        ("en", "Next up: Call Me Maybe by @me_myself, see my.example.org/i/me #me #iloveit"),
        ("en", 'She said "I love my job" and left. ‘I am here,’ he said. We agree'),
        ("de", "„Ich bin da“, sagt sie. »Mein Saal«, sagt er. Die Ich-AG von Osman bin Affan"),
        ("de", "Er sagt, er habe den Saal gesehen und werde kommen"),
        ("no", "I dag tar det 15 min, ca. 20 min. til bussen. I/O er klart i Min kamp"),
        ("no", "«Jeg kommer, min venn», sa hun"),
        ("es", "El trabajo, el cambio y el río: cuento corto, así, café, aquí, José, siglo VI"),
        ("es", "El estudio «Mi señor» y el rodaje de Mi cielo. Vivimos en directo"),
        ("es", "El informe es conforme, la firme decisión de él"),
        ("es", "Usted dejo su abrigo, ella llego tarde, se presento. Un caso unánime, fué así"),
        ("es", "Él estaba aquí, tenía razón. Vivo desde la sala, lleno total, el robo y el empleo"),
        ("it", "Prego! Prego, accomodatevi"),
        ("en", "Ask {person.me} about {speaker.mine.name}"),
        ("it", "I biglietti sono pronti. I posti sono finiti, il lavoro e il controllo no"),
        ("it", "Un bravo artista, aerei, disco, però; «io sono qui» dice. Siamo a Milano (MI)"),
        ("it", "Le porte sono aperte e la sala e' piena; arrivo' anche il sindaco"),
        ("fi", "Me olemme täällä, kirjan ja talon luona, iltaisin ja takaisin"),
        ("fi", "”Minä tulen”, hän sanoi. »Olen tässä», sanoi toinen. Uuni on pieni"),
        ("fi", "Ajan henki ja alan ammattilaiset, tilaan mahtuu, Pakistanin Toni, tulkkaus EN/FI"),
    ],
)
def test_what_only_looks_like_one_person_is_let_be(language: str, text: str) -> None:
    assert persons(text, language) == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('"a" b "c"', ['"a"', '"c"']),
        ("“a ‘b’ c” d", ["“a ‘b’ c”"]),
        ("„a ‚b‘ c“ d", ["„a ‚b‘ c“"]),
        ("»a« »b» ”c” «d «e» f»", ["»a«", "»b»", "”c”", "«d «e» f»"]),
        ("a «b c\nd", ["«b c"]),
        ("'a b' c", ["'a b'"]),
        ("'' a", ["'' a"]),
        ("the dogs' bowl isn't the cats'", []),
        ('a 12" screen, 6\'2" tall', []),
        ("rock 'n' roll, '90s, 'tis", []),
        ('hope so," he said. We', []),
    ],
)
def test_quotations_of_six_languages(text: str, quoted: list[str]) -> None:
    assert [text[start:end] for start, end in quotations(text)] == quoted


def test_staff_may_speak_as_people() -> None:
    assert lint("I am here", language="en", rules=SILENT) == ()


def test_what_is_inferred_only_warns() -> None:
    (said,) = lint("Bin da", language="de")
    (inferred,) = lint("Habe den Saal gesehen", language="de")
    assert (said.severity, inferred.severity) == ("error", "warning")
    for typed_in_haste in ("Asistió al acto y llego tarde", "Ayer, Albano dejo el acto"):
        (doubted,) = lint(typed_in_haste, language="es")
        assert doubted.severity == "warning"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wir freuen uns auf den Abend im großen Saal und auf alle Gäste", "de"),
        ("Ich komme", "de"),
        ("Estoy aquí", "es"),
        ("Jeg kommer", "no"),
        ("Io resto", "it"),
        ("", ""),
        ("12:30", ""),
    ],
)
def test_the_language_is_looked_for_where_nobody_says(text: str, language: str) -> None:
    assert language_for(text) == language


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I will check.", "I"),
        ("I am ready", "I"),
        ("On my way", "my"),
        ("Tarkistan.", "Tarkistan"),
        ("Palaan asiaan", "Palaan"),
        ("Controllo subito", "Controllo"),
        ("Sto arrivando", "Sto"),
        ("Estoy en ello", "Estoy"),
        ("Vengo enseguida", "Vengo"),
        ("Bin gleich da", "Bin"),
        ("Jeg sjekker", "Jeg"),
        ("Min første tanke var: ja", "Min"),
    ],
)
def test_one_person_is_heard_though_nobody_names_the_language(text: str, said: str) -> None:
    assert [pair[0] for pair in persons(text, "")] == [said]


@pytest.mark.parametrize(
    "text",
    [
        "I dag åpner vi", "I dag", "I Oslo", "I morgen", "I biglietti", "I posti liberi",
        "Me olemme täällä", "Charles I", "I/O", "15 min", "Registro", "Trabajo en equipo",
        "Jag är här", "Je suis là", "Arrivé à Paris", "Mumbai calling", "Gustavo speaks",
        "Kosovo live", "Teilen", "San Marco", "Her går de om bord i Clintons fly",
    ],
)  # fmt: skip
def test_no_other_language_is_mistaken_for_one_person(text: str) -> None:
    assert persons(text, "") == []


def test_an_account_speaks_its_own_language_and_else_the_questions() -> None:
    assert language_spoken("", "fi", "en") == "fi"
    assert language_spoken("", "", "nb") == "no"
    assert language_spoken("", "", "sv") == ""
    # A crew that answers in English from a Finnish account still never says "I".
    assert language_spoken("I will look into this for you.", "fi", "fi") == "en"


def test_a_language_is_taken_as_networks_spell_it() -> None:
    assert persons("Jeg kommer", "nb-NO") == [("Jeg", "Vi")]
    assert persons("Ich komme", "fr") == []


@pytest.mark.needs("cases")
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_labels_are_met(language: str) -> None:
    """Spanish stays under its target: by twelve wrong labels nobody can reach more than .89."""
    least = {**TARGETS, "es": 0.86}[language]
    found = measured(language)
    assert found.all.f1 >= least
    # A margin for chance: a half holds few who say I.
    assert found.halves[1].f1 >= least - 0.01
    assert found.untold.f1 >= least - 0.01


# --- style --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("COME TO THE MAIN STAGE NOW, everybody", ["shouting"]),
        ("KOMMT JETZT", ["shouting"]),
        ("NATO and UNESCO are LIVE here", []),
        ("Wow!! Really?! No!", ["exclamation"]),
        ("Wow ! ! !", ["exclamation"]),
        ("Wow‼", ["exclamation"]),
        ("One #a #b #c #d #e", ["too-many-tags"]),
        ("One #a #b #c #d", []),
        ("At #eventlive, now", ["glued-tag"]),
        ("At the#eventlive now", []),  # no tag at all, on any network
        ("At (#eventlive now", []),
        ("@host https://example.org/a #live", ["bare-link"]),
        ("More here: https://example.org/a", ["bare-link"]),
        ("The programme: https://example.org/a", []),
        ("The programme: https://bit.ly/3x", ["shortener"]),
        ("The programme: HTTPS://WWW.BIT.LY/3x", ["shortener"]),
        ("Rabbit.ly opens", []),
    ],
)
def test_style(text: str, rules: list[str]) -> None:
    assert rules_of(text) == rules


def test_a_rule_may_be_switched_off() -> None:
    loud = "ALL OF THIS IS SHOUTED!! #a #b"
    assert rules_of(loud) == ["shouting", "exclamation"]
    assert rules_of(loud, shouting=False, exclamations=False, tags=1) == ["too-many-tags"]


def test_words_of_the_house() -> None:
    house = VoiceRules(
        banned=(("Event Live", "eventlive"), ("eventlive", "eventlive"), ("cheap*", "")),
        inclusive=(("chairman", "chair"),),
    )
    text = "EventLive, event  live and eventlive: cheaper with the Chairman, example.org/cheap"
    found = lint(text, language="en", rules=house)
    assert [(text[f.start : f.end], f.rule, f.severity, f.suggestion) for f in found] == [
        ("EventLive", "banned-word", "error", "eventlive"),
        ("event  live", "banned-word", "error", "eventlive"),
        ("cheaper", "banned-word", "error", ""),
        ("Chairman", "inclusive", "warning", "chair"),
    ]


def test_places_are_code_points() -> None:
    text = "🎉🇫🇮 e\u0301 I am, «I» I"
    assert [text[f.start : f.end] for f in lint(text, language="en")] == ["I", "I"]


# --- hostile ------------------------------------------------------------------------------------


@pytest.mark.needs("cases")
def test_naughty_strings_do_no_harm() -> None:
    for text in json.loads((CASES / "hostile" / "naughty_strings.json").read_bytes()):
        for language in (*LANGUAGES, ""):
            for found in lint(text, language=language):
                assert 0 <= found.start < found.end <= len(text)


@given(st.text(alphabet="Iime o'’\"“”„«»!#@./:aåäñ\n\u0301😀", max_size=80))
def test_any_text_is_looked_at(text: str) -> None:
    for language in (*LANGUAGES, ""):
        for found in lint(text, language=language, network="mastodon"):
            assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize(
    "unit",
    ["!", "?", "a", "A", "'", "'a ", "\"", "“", "„a ", "i ", "#", "#a", "@", "a@", "://", "a://.",
     "/a", "I. ", "me", "o", "EN/", "a-", "a'", "((", "ndo", "\u0301", "‼ ", "stan ", "#a."],
)  # fmt: skip
def test_time_grows_with_length_and_no_faster(unit: str) -> None:
    long = unit * (10_000 // len(unit))
    began = time.process_time()
    lint(long, language="it")
    assert time.process_time() - began < 0.75


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_text_of_ordinary_length_is_judged_while_it_is_typed(language: str) -> None:
    text = "I said ich habe, jeg tok, dímelo ya, l'ho visto, enkä tarkistanutkaan kamerani! " * 6
    lint(text, language=language)
    costs = []
    for again in range(5):
        began = time.process_time()
        lint(text * again, language=language)  # at most 2,000 characters, none of them remembered
        costs.append(time.process_time() - began)
    assert max(costs) < 0.05
