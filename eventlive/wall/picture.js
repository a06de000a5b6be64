/**
 * The last good picture: what the engine said is to be seen, and when.
 *
 * Owns reading what arrives, of which nothing is trusted to have its shape, and keeping the picture
 * over a reload and a power cut. Never draws, and never speaks to the engine.
 */

import { clock } from "./clock.js";
import { warn } from "./errors.js";

const PROTOCOL = 1;
const KEPT = "eventlive.wall.1";
const KEPT_SIZE = 400_000; // characters; browsers give about five million
const MOST_CARDS = 60;
const MOST_SCREENS = 200;
const MOST_PARTS = 60;
const MOST_SPONSORS = 60;
const MOST_TEXT = 20_000; // characters; more could only be shown in type that nobody reads

/** What stands: `at` is the engine's time (ms) until which it is known to be right. */
export const picture = {
  scene: null, cards: new Map(), screens: new Map(), programme: null, seq: -1, epoch: "", at: 0,
};

/** The addresses of all pictures of cards that stand in it. */
export const addresses = () => new Set([...picture.cards.values()].flatMap(({ media }) => media.map(({ url }) => url)));

// --- reading --------------------------------------------------------------------------------------

const text = (value) => (typeof value === "string" ? value : "");
const array = (value) => (Array.isArray(value) ? value : []);
const number = (value, otherwise = 0) => (Number.isFinite(value) ? value : otherwise);
const moment = (value) => (Number.isNaN(Date.parse(text(value))) ? "" : value);
const languageOf = (value) => (/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(text(value)) ? value : "");

function readCard(thing) {
  const { id, version, order } = thing;
  if (!text(id) || typeof thing.text !== "string" || !Number.isSafeInteger(version) || !Number.isFinite(order)) {
    return warn("a card without id, version, order or text");
  }
  if (thing.text.length + text(thing.answer).length > MOST_TEXT) return warn("a card with too long a text");
  return {
    id, version, order,
    text: thing.text,
    at: moment(thing.at),
    network: text(thing.network),
    name: text(thing.name),
    handle: text(thing.handle),
    language: languageOf(thing.language),
    media: array(thing.media).filter((one) => text(one?.url)).slice(0, 4)
      .map(({ url, kind, alt }) => ({ url, kind: text(kind) || "image", alt: text(alt) })),
    sensitive: thing.sensitive === true,
    warning: text(thing.warning),
    pinned: thing.pinned === true,
    answer: text(thing.answer),
    liked: thing.liked === true,
  };
}

function readScene(thing) {
  if (!Number.isSafeInteger(thing?.version)) return warn("a scene without a version");
  const hashtag = text(thing.hashtag).trim().replace(/^[#＃]+/, "");
  return {
    version: thing.version,
    held: thing.held === true,
    title: text(thing.title),
    hashtag: hashtag && `#${hashtag}`,
    link: text(thing.link),
    now: text(thing.now),
    accent: /^#[0-9a-f]{6}$/i.test(text(thing.accent)) ? thing.accent : "",
    cards: Math.min(MOST_CARDS, Math.max(1, Number.isSafeInteger(thing.cards) ? thing.cards : 12)),
    theme: text(thing.theme),
    logo: text(thing.logo),
    sponsors: array(thing.sponsors).filter((one) => text(one?.name)).slice(0, MOST_SPONSORS)
      .map(({ name, logo }) => ({ name, logo: text(logo) })),
    corner: thing.corner === true,
    language: languageOf(thing.language),
    refresh: number(thing.refresh),
    zone: text(thing.zone),
  };
}

function readScreen(thing) {
  if (!text(thing?.id) || !Number.isSafeInteger(thing.version)) return warn("a screen without id or version");
  const scenes = array(thing.scenes).filter((name) => text(name)).slice(0, 12);
  return {
    id: thing.id,
    version: thing.version,
    scenes: scenes.length ? scenes : ["masonry"],
    seconds: Math.max(1, number(thing.seconds, 30)),
    statement: text(thing.statement).slice(0, MOST_TEXT),
    language: languageOf(thing.language),
    dark: thing.dark === true,
    title: text(thing.title),
    distance: Math.max(0, number(thing.distance)),
    width: Math.max(0, number(thing.width)),
  };
}

function readProgramme(thing) {
  if (!Number.isSafeInteger(thing?.version)) return warn("a programme without a version");
  const parts = array(thing.parts).filter((part) => text(part?.id) && typeof part.title === "string");
  return {
    version: thing.version,
    parts: parts.slice(0, MOST_PARTS).map((part) => ({
      id: part.id,
      title: part.title,
      begins: moment(part.begins),
      ends: moment(part.ends),
      running: part.running === true,
      by: part.by === "hand" ? "hand" : "clock",
      track: text(part.track),
      room: text(part.room),
      speakers: array(part.speakers).filter((name) => text(name)),
    })),
  };
}

/** Read each of these with `read`, by its id; what cannot be read is left out. */
const readAll = (things, read) => new Map(array(things).map((thing) => read(thing ?? {}))
  .filter(Boolean).map((thing) => [thing.id, thing]));

// --- taking in ------------------------------------------------------------------------------------

/** Take a whole picture; false where it is none, and everything stays as it was. */
export function takeShow(frame) {
  const scene = readScene(frame.scene);
  if (frame.protocol !== PROTOCOL || !scene || !Number.isSafeInteger(frame.seq)) {
    warn("a picture of another protocol", frame.protocol);
    return false;
  }
  const cards = readAll(array(frame.cards).filter((thing) => thing?.kind === "card"), readCard);
  for (const [id, card] of cards) {
    // What is the same keeps its node; a kept picture of an older page may know less of a version.
    const known = picture.cards.get(id);
    if (JSON.stringify(known) === JSON.stringify(card)) cards.set(id, known);
  }
  Object.assign(picture, {
    scene, cards, seq: frame.seq, epoch: text(frame.epoch),
    screens: readAll(array(frame.screens).slice(0, MOST_SCREENS), readScreen),
    programme: frame.programme ? readProgramme(frame.programme) : null,
  });
  trim();
  return true;
}

/** Take a change; gives whether something has to be gone from the screen at once: a post, or old words. */
export function takeChanged({ seq, put, drop }) {
  const { held } = picture.scene;
  const dark = new Map([...picture.screens].map(([id, screen]) => [id, screen.dark]));
  picture.seq = seq;
  let dropped = false;
  for (const [kind, id] of array(drop).filter(Array.isArray)) {
    if (kind === "card") dropped = picture.cards.delete(id) || dropped;
    else if (kind === "screen") dropped = picture.screens.delete(id) || dropped;
    else if (kind === "programme") picture.programme = null;
  }
  const before = new Map(picture.cards);
  for (const thing of array(put)) take(thing);
  const unsaid = [...before].some(([id, card]) => unsays(picture.cards.get(id), card));
  trim();
  const darkened = [...picture.screens].some(([id, screen]) => screen.dark !== (dark.get(id) ?? false));
  return dropped || unsaid || darkened || picture.scene.held !== held;
}

/** Whether a card no longer says, or shows, what it did: as the engine's going_off.py has it. */
function unsays(card, old) {
  return card.text !== old.text || card.warning !== old.warning || (old.answer && card.answer !== old.answer) ||
    (card.sensitive && !old.sensitive) || old.media.some(({ url }) => !card.media.some((one) => one.url === url));
}

/** What the room sees of a card. */
const looks = (card) => JSON.stringify({ ...card, version: 0, order: 0, pinned: false, liked: false });

function take(thing) {
  const newer = (one, known) => one && !(known?.version >= one.version);
  switch (thing?.kind) {
    case "card": {
      const card = readCard(thing);
      const known = card && picture.cards.get(card.id);
      if (!newer(card, known)) break;
      if (known && looks(known) === looks(card)) Object.assign(known, card); // it stands as it is
      else picture.cards.set(card.id, card);
      break;
    }
    case "scene": {
      const scene = readScene(thing);
      if (newer(scene, picture.scene)) picture.scene = scene;
      break;
    }
    case "screen": {
      const screen = readScreen(thing);
      if (screen && newer(screen, picture.screens.get(screen.id))) picture.screens.set(screen.id, screen);
      break;
    }
    case "programme": {
      const programme = readProgramme(thing);
      if (newer(programme, picture.programme)) picture.programme = programme;
      break;
    }
    default:
      warn("a thing that a wall does not show", thing?.kind);
  }
}

/** Newest first, but what is pinned stays right behind the newest. */
export function inOrder() {
  const cards = [...picture.cards.values()].sort((a, b) => b.order - a.order);
  const older = cards.slice(1);
  return [...cards.slice(0, 1), ...older.filter((card) => card.pinned), ...older.filter((card) => !card.pinned)];
}

/** The screen of this name, as it is set; without one of its own, that of all. */
export function screenOf(name) {
  return picture.screens.get(name) ?? picture.screens.get("main") ?? readScreen({ id: name || "main", version: 0 });
}

/** Keep no more cards than the engine has on the wall: it bounds the page and what is kept. */
function trim() {
  for (const card of inOrder().slice(MOST_CARDS)) picture.cards.delete(card.id);
}

// --- kept over a reload and a power cut -----------------------------------------------------------

let keeping = 0;
export function keepSoon() {
  keeping ||= setTimeout(keep, 1_000);
}

export function keep() {
  clearTimeout(keeping);
  keeping = 0;
  if (!picture.scene) return;
  const { scene, screens, programme, epoch, at } = picture;
  const offset = clock.offset;
  let cards = inOrder();
  const written = () => JSON.stringify({ scene, at, offset, epoch, programme, screens: [...screens.values()], cards });
  let kept = written();
  while (kept.length > KEPT_SIZE && cards.length) {
    cards = cards.slice(0, Math.floor(cards.length / 2));
    kept = written();
  }
  try {
    localStorage.setItem(KEPT, kept);
  } catch (error) {
    warn("no room to keep the picture", error);
    // What is kept from before may hold a post that was taken off since: forget it.
    try { localStorage.removeItem(KEPT); } catch { /* this browser keeps nothing at all */ }
  }
}

/** Keep it while the page goes, but for a tab left behind: another one has kept a newer picture. */
export function keepLast() {
  let newer = false;
  try {
    newer = JSON.parse(localStorage.getItem(KEPT))?.at > picture.at;
  } catch { /* nothing that could be read is kept */ }
  if (!newer) keep();
}

export function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    const scene = kept && readScene(kept.scene);
    if (!scene) return;
    clock.recall(kept.offset);
    Object.assign(picture, {
      scene,
      cards: readAll(kept.cards, readCard),
      screens: readAll(kept.screens, readScreen),
      programme: kept.programme ? readProgramme(kept.programme) : null,
      epoch: text(kept.epoch),
      at: number(kept.at),
    });
    trim();
  } catch (error) {
    warn("the kept picture cannot be read", error);
  }
}
