"""What the columns of a spreadsheet are called, in English, Finnish, German, Norwegian, Spanish
and Italian.

Owns the words and how a heading becomes one of them. Never looks at a cell below the heading.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal

WORDS = {
    "id": """
        id; key; tunnus; kennung; avain; schluessel; nokkel; clave; chiave
    """,
    "title": """
        title; session; talk; session title; talk title; name of session; programme
        item; program item; topic; agenda item; event; otsikko; nimi; aihe; ohjelma;
        ohjelmanumero; esitys; titel; thema; vortrag; programmpunkt; veranstaltung;
        sitzung; tittel; tema; foredrag; innlegg; programpost; sesjon; titulo; charla;
        ponencia; sesion; actividad; titolo; intervento; sessione; attivita; argomento
    """,
    "date": """
        date; day; paiva; paivamaara; pvm; datum; tag; dato; dag; fecha; dia; data;
        giorno
    """,
    "start": """
        start; starts; start time; starting time; begin; begins; from; time; at; when;
        scheduled; scheduled at; publish at; send at; date and time; datetime; date
        time; alkaa; alku; alkuaika; aloitus; aloitusaika; aika; kello; klo; kellonaika;
        julkaisuaika; lahetysaika; beginn; beginnt; startzeit; anfang; von; zeit;
        uhrzeit; zeitpunkt; wann; starter; starttid; begynner; fra; tid; klokkeslett;
        tidspunkt; nar; inicio; comienzo; comienza; hora; hora de inicio; desde; cuando;
        fecha y hora; inizio; ora; orario; ora di inizio; ora inizio; dalle; quando;
        data e ora
    """,
    "end": """
        end; ends; end time; finish; until; to; loppuu; loppu; lopetus; paattyy;
        paattymisaika; ende; endet; endzeit; bis; slutt; slutter; slutttid; til; fin;
        final; hora de fin; termina; hasta; fine; ora di fine; ora fine; finisce; alle
    """,
    "minutes": """
        minutes; min; mins; duration; length; duration minutes; duration min; duration
        in minutes; kesto; kesto minuutteina; kesto min; pituus; minuutit; minuuttia;
        dauer; dauer min; dauer in minuten; lange; minuten; varighet; lengde; minutter;
        varighet min; duracion; duracion min; minutos; durata; durata min; minuti
    """,
    "speakers": """
        speaker; speakers; speaker s; presenter; presenters; who; host; by; puhuja;
        puhujat; esiintyja; esiintyjat; esittaja; sprecher; sprecherin; sprecherinnen;
        referent; referenten; referentin; referierende; vortragende; vortragender;
        foredragsholder; foredragsholdere; taler; talere; innleder; innledere; ponente;
        ponentes; orador; oradores; oradora; relatore; relatori; relatrice; oratore;
        oratori
    """,
    "room": """
        room; location; place; venue; stage; hall; sali; huone; tila; paikka; lava;
        raum; saal; ort; buhne; rom; sal; sted; scene; sala; lugar; ubicacion;
        escenario; aula; luogo; palco; stanza
    """,
    "track": """
        track; stream; category; type; theme; polku; raita; kategoria; tyyppi; strang;
        kategorie; typ; art; spor; type programpost; linea; categoria; tipo; percorso
    """,
    "status": """
        status; state; tila status; tilanne; zustand; tilstand; estado; stato
    """,
    "text": """
        text; post; message; post text; copy; content; tweet; toot; teksti; julkaisu;
        viesti; sisalto; beitrag; nachricht; inhalt; tekst; innlegg tekst; melding;
        innhold; texto; mensaje; publicacion; contenido; testo; messaggio; contenuto
    """,
    "account": """
        account; accounts; from account; from accounts; tili; tilit; konto; konten; kontoer;
        cuenta; cuentas; account da usare; profilo; profili
    """,
    "promo": """
        promo; promotion; promotional; advertisement; ad; sells; mainos; mainosta; werbung;
        anzeige; reklame; annonse; promocion; publicidad; anuncio; promozione; pubblicita;
        annuncio
    """,
    "language": """
        language; lang; kieli; sprache; sprak; idioma; lengua; lingua
    """,
    "warning": """
        warning; content warning; cw; varoitus; sisaltovaroitus; warnung;
        inhaltswarnung; advarsel; innholdsadvarsel; aviso; advertencia; avviso;
        avvertenza
    """,
    "picture": """
        picture; image; photo; picture file; image file; file; kuva; kuvatiedosto; bild;
        bilddatei; foto; bilde; bildefil; imagen; immagine; fichero; archivo
    """,
    "alt": """
        alt; alt text; alternative text; picture description; image description;
        vaihtoehtoinen teksti; alt teksti; kuvan kuvaus; alternativtext; alt tekst;
        bildbeschreibung; bildebeskrivelse; texto alternativo; descripcion de la imagen;
        testo alternativo; descrizione immagine
    """,
}
NAMES = {" ".join(word.split()): name for name, words in WORDS.items() for word in words.split(";")}

HEADING_MAX = 100
# What people say twice, a room's name and its floor, may be said by two columns: the first is read.
_FREE = frozenset({"room", "track", "status"})
_HOURS = frozenset("h hr hrs hour hours std stunden tuntia tunteina t timer horas ore".split())
_MINUTES = frozenset(
    "m min mins minutes minuten minuutit minuuttia minuutteina minutter minutos minuti".split()
)
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "_": " "})


def column(heading: str) -> str:
    """Name the column that a heading means, "" for one that is not read."""
    if len(heading) > HEADING_MAX:
        return ""
    plain = _plain(re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", heading))
    return NAMES.get(plain) or NAMES.get(_plain(heading)) or ""


def unit(heading: str) -> Literal["minutes", "hours", ""]:
    """Tell what a bare number below this heading counts, "" where it does not say."""
    words = set(_plain(heading).split())
    return "hours" if words & _HOURS else "minutes" if words & _MINUTES else ""


def known(headings: Sequence[str]) -> dict[str, int]:
    """Find the columns that are read: the place of each. Raises ValueError where two are one."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        name = column(heading)
        if not name or (name in found and name in _FREE):
            continue
        if name in found:
            raise ValueError(
                f"the columns {headings[found[name]]!r} and {heading!r} both say the {name}"
            )
        found[name] = place
    return found


def _plain(heading: str) -> str:
    folded = unicodedata.normalize("NFKD", heading.casefold().translate(_LETTERS))
    return " ".join(re.sub(r"[^\w\s]|_", " ", folded.encode("ascii", "ignore").decode()).split())
