/**
 * The house's own words on the wall, in the event's language, and times of day in its zone.
 *
 * Owns every word that is no post's and no script's. Knows six languages; another one reads English.
 */

const KEYS = [
  "onStage", "next", "join", "endsIn", "beginsIn", "until", "at", "ends", "begins", "anyMoment",
  "planned", "plannedUntil", "plannedFor", "then", "thanks", "voices", "onePost", "posts",
  "warning", "sensitive", "picture", "noPicture", "moment", "asOf", "connecting", "reconnecting",
  "justNow", "second", "minute", "hour", "day",
];
const WORDS = {
  en: [
    "On stage now", "Next", "Join in with", "ends in", "begins in", "until", "at", "ends", "begins", "any moment",
    "planned", "planned until", "planned for", "then", "With thanks to", "Voices of the event", "1 post", "% posts",
    "Content warning", "Sensitive picture, covered", "Picture", "Picture not available", "One moment", "as of %", "connecting", "reconnecting",
    "now", "s", "min", "h", "d",
  ],
  fi: [
    "Nyt lavalla", "Seuraavaksi", "Osallistu tunnisteella", "jäljellä", "alkuun", "päättyy klo", "klo", "päättyy", "alkaa", "hetkenä minä hyvänsä",
    "suunniteltu", "suunniteltu loppu", "suunniteltu alku", "sitten", "Kiitos", "Tapahtuman ääniä", "1 julkaisu", "% julkaisua",
    "Sisältövaroitus", "Arkaluonteinen kuva, peitetty", "Kuva", "Kuvaa ei saatavilla", "Hetkinen", "tilanne %", "yhdistetään", "yhdistetään uudelleen",
    "nyt", "s", "min", "t", "pv",
  ],
  de: [
    "Jetzt auf der Bühne", "Als Nächstes", "Mitreden mit", "endet in", "beginnt in", "bis", "um", "endet", "beginnt", "jeden Moment",
    "geplant", "geplant bis", "geplant für", "danach", "Mit Dank an", "Stimmen der Veranstaltung", "1 Beitrag", "% Beiträge",
    "Inhaltswarnung", "Sensibles Bild, verdeckt", "Bild", "Bild nicht verfügbar", "Einen Moment", "Stand %", "verbinde", "verbinde erneut",
    "jetzt", "s", "min", "h", "T",
  ],
  no: [
    "På scenen nå", "Neste", "Delta med", "slutter om", "begynner om", "til", "kl.", "slutter", "begynner", "når som helst",
    "planlagt", "planlagt til", "planlagt kl.", "deretter", "Med takk til", "Stemmer fra arrangementet", "1 innlegg", "% innlegg",
    "Innholdsadvarsel", "Sensitivt bilde, skjult", "Bilde", "Bildet er ikke tilgjengelig", "Et øyeblikk", "per %", "kobler til", "kobler til igjen",
    "nå", "s", "min", "t", "d",
  ],
  es: [
    "En el escenario", "A continuación", "Participa con", "termina en", "empieza en", "hasta las", "a las", "termina", "empieza", "en cualquier momento",
    "previsto", "previsto hasta las", "previsto a las", "después", "Gracias a", "Voces del evento", "1 mensaje", "% mensajes",
    "Aviso de contenido", "Imagen sensible, cubierta", "Imagen", "Imagen no disponible", "Un momento", "a las %", "conectando", "reconectando",
    "ahora", "s", "min", "h", "d",
  ],
  it: [
    "Ora sul palco", "A seguire", "Partecipa con", "finisce tra", "inizia tra", "fino alle", "alle", "finisce", "inizia", "a momenti",
    "previsto", "previsto fino alle", "previsto alle", "poi", "Grazie a", "Voci dell’evento", "1 post", "% post",
    "Avviso sul contenuto", "Immagine sensibile, coperta", "Immagine", "Immagine non disponibile", "Un momento", "ore %", "connessione in corso", "riconnessione in corso",
    "ora", "s", "min", "h", "g",
  ],
};

let spoken = "en";
let words = new Map();
let clock = null;
let calendar = null;

/** Speak an event's language from now on, by its clock; says whether that is another one. */
export function speak({ language = "", zone = "" }) {
  const known = language.toLowerCase().split("-")[0].replace(/^n[bn]$/, "no");
  const key = `${known} ${zone}`;
  if (key === spoken) return false;
  spoken = key;
  const said = WORDS[known] ?? WORDS.en;
  words = new Map(KEYS.map((name, at) => [name, said[at]]));
  const place = WORDS[known] && known !== "en" ? known : "en-GB";
  clock = formOf(place, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, zone);
  calendar = formOf(place, { day: "numeric", month: "long" }, zone);
  return true;
}

/** A word of the house; `what` takes the place of the % in it. */
export const word = (name, what = "") => words.get(name).replace("%", what);

/** A time of the day, ms since 1970, where the event is. */
export const clockTime = (time) => clock.format(time);

/** A day, ms since 1970, where the event is. */
export const dayOf = (time) => calendar.format(time);

/** The browser may not know a zone that the engine knows: then its own is better than nothing. */
function formOf(place, form, zone) {
  try {
    return new Intl.DateTimeFormat(place, { ...form, timeZone: zone || undefined });
  } catch {
    return new Intl.DateTimeFormat(place, form);
  }
}

speak({});
