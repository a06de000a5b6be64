/**
 * The wall: what a venue's screen shows, and how it stays right when the engine does not answer.
 *
 * Owns the last good picture, the frame around the cards, and the line to the engine. Never decides
 * what is shown (the desk does), never reloads itself, and has no post in the page while all is
 * held. docs/protocol.md describes the frames; cards.js places the cards.
 */

import { clear, layOut, mend, settle, tellAges } from "./cards.js";

const PROTOCOL = 1;
const STALE = 10_000; // ms without a sign of life until the picture says how old it is
const SILENT = 15_000; // ms without a sign of life until the line counts as dead
const FIRST_RETRY = 500;
const LAST_RETRY = 8_000;
const SEEN_EVERY = 1_000;
const SEEN_AGAIN = 10_000 + 5_000 * Math.random(); // each screen at its own moment
const KEPT = "eventlive.wall.1";
const KEPT_SIZE = 400_000; // characters; browsers give about five million
const MOST_CARDS = 60;
const MOST_TEXT = 20_000; // characters; more could only be shown in type that nobody reads
const CARD_GROUND = [0x4a, 0x36, 0x26]; // a card in the light, at its brightest

const root = document.documentElement;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

/** The last good picture: what the engine said, and when (ms of its clock). */
const picture = { scene: null, cards: new Map(), seq: -1, at: 0 };
let offset = 0; // the engine's clock minus this one's, ms
const engineNow = () => Date.now() + offset;

/** The line: its socket, whether a picture came over it, when it was last heard of and tried. */
const line = { socket: null, answered: false, heard: -Infinity, tried: 0, retry: FIRST_RETRY, timer: 0 };

// --- reading: nothing that arrives is trusted to have its shape ---------------------------------

const warned = new Set();
function warn(kind, detail = "") {
  if (warned.has(kind)) return;
  warned.add(kind);
  console.warn(`wall: ${kind}`, detail);
}

const text = (value) => (typeof value === "string" ? value : "");
const array = (value) => (Array.isArray(value) ? value : []);

function readCard(thing) {
  const { id, version, order } = thing;
  if (!text(id) || typeof thing.text !== "string" || !Number.isSafeInteger(version) || !Number.isFinite(order)) {
    warn("a card without id, version, order or text");
    return null;
  }
  if (thing.text.length + text(thing.answer).length > MOST_TEXT) {
    warn("a card with too long a text");
    return null;
  }
  const at = text(thing.at);
  const language = text(thing.language);
  return {
    id, version, order,
    text: thing.text,
    at: Number.isNaN(Date.parse(at)) ? "" : at,
    network: text(thing.network),
    name: text(thing.name),
    handle: text(thing.handle),
    language: /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(language) ? language : "",
    media: array(thing.media).filter((one) => text(one?.url)).slice(0, 4)
      .map(({ url, kind, alt }) => ({ url, kind: text(kind) || "image", alt: text(alt) })),
    sensitive: thing.sensitive === true,
    warning: text(thing.warning),
    pinned: thing.pinned === true,
    answer: text(thing.answer),
  };
}

function readScene(thing) {
  if (!Number.isSafeInteger(thing?.version)) {
    warn("a scene without a version");
    return null;
  }
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
  };
}

/** Take one frame. Whatever is wrong with it, the picture stays as it was. */
function receive(data) {
  try {
    const frame = typeof data === "string" ? JSON.parse(data) : null;
    if (frame?.tell === "show") takeShow(frame);
    else if (frame?.tell === "changed") takeChanged(frame);
    else if (frame?.tell === "pulse") takePulse(frame);
    else warn("a frame of an unknown kind");
  } catch (error) {
    warn("a frame that cannot be used", error);
  }
}

function takeShow(frame) {
  const scene = readScene(frame.scene);
  if (frame.protocol !== PROTOCOL || !scene || !Number.isSafeInteger(frame.seq)) {
    return warn("a picture of another protocol", frame.protocol);
  }
  const cards = new Map();
  for (const thing of array(frame.cards)) {
    const card = thing?.kind === "card" ? readCard(thing) : null;
    const known = card && picture.cards.get(card.id);
    // What is the same keeps its node; a kept picture of an older page may know less of a version.
    if (card) cards.set(card.id, JSON.stringify(known) === JSON.stringify(card) ? known : card);
  }
  Object.assign(picture, { scene, cards, seq: frame.seq });
  trim();
  Object.assign(line, { answered: true, retry: FIRST_RETRY });
  heard(frame.now);
  mend();
  askForCode();
  draw({ urgent: true });
  keep();
}

function takeChanged(frame) {
  if (!line.answered || !Number.isSafeInteger(frame.seq)) return warn("a change out of place");
  if (frame.seq <= picture.seq) return warn("a change seen before");
  if (frame.seq > picture.seq + 1) return hangUp();
  picture.seq = frame.seq;
  heard();
  const { held } = picture.scene;
  const dropped = array(frame.drop).filter((one) => one?.[0] === "card" && picture.cards.delete(one[1]));
  for (const thing of array(frame.put)) put(thing);
  trim();
  if (dropped.length || picture.scene.held !== held) {
    draw({ urgent: true }); // now: a page in the background gets no animation frames
    keep();
  } else {
    drawSoon();
    keepSoon();
  }
}

function put(thing) {
  if (thing?.kind === "card") {
    const card = readCard(thing);
    if (card && !(picture.cards.get(card.id)?.version >= card.version)) picture.cards.set(card.id, card);
  } else if (thing?.kind === "scene") {
    const scene = readScene(thing);
    if (scene && scene.version > picture.scene.version) picture.scene = scene;
  } else warn("a thing that a wall does not show", thing?.kind);
}

function takePulse(frame) {
  if (!line.answered || !Number.isSafeInteger(frame.seq)) return warn("a pulse out of place");
  if (frame.seq > picture.seq) return hangUp();
  heard(frame.now);
  keepSoon();
}

/** A sign of life, with the engine's clock where the frame carried it. */
function heard(now) {
  const engine = Date.parse(now);
  if (!Number.isNaN(engine)) offset = engine - Date.now();
  picture.at = engineNow();
  line.heard = performance.now();
  showState();
}

/** Newest first, but what is pinned stays right behind the newest. */
function inOrder() {
  const cards = [...picture.cards.values()].sort((a, b) => b.order - a.order);
  const older = cards.slice(1);
  return [...cards.slice(0, 1), ...older.filter((card) => card.pinned), ...older.filter((card) => !card.pinned)];
}

/** Keep no more cards than the scene asks for: it bounds the page and what is kept. */
function trim() {
  for (const card of inOrder().slice(picture.scene.cards)) picture.cards.delete(card.id);
}

// --- the last picture, kept over a reload and a power cut ----------------------------------------

let keeping = 0;
function keepSoon() {
  keeping ||= setTimeout(keep, 1_000);
}

function keep() {
  clearTimeout(keeping);
  keeping = 0;
  if (!picture.scene) return;
  const { scene, at } = picture;
  let cards = inOrder();
  let kept = JSON.stringify({ scene, at, offset, cards });
  while (kept.length > KEPT_SIZE && cards.length) {
    cards = cards.slice(0, Math.floor(cards.length / 2));
    kept = JSON.stringify({ scene, at, offset, cards });
  }
  try {
    localStorage.setItem(KEPT, kept);
  } catch (error) {
    warn("no room to keep the picture", error);
    // What is kept from before may hold a post that was taken off since: forget it.
    try { localStorage.removeItem(KEPT); } catch { /* this browser keeps nothing at all */ }
  }
}

function recall() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT));
    const scene = kept && readScene(kept.scene);
    if (!scene) return;
    const cards = array(kept.cards).map(readCard).filter(Boolean).map((card) => [card.id, card]);
    Object.assign(picture, { scene, cards: new Map(cards), at: Number(kept.at) || 0 });
    offset = Number(kept.offset) || 0;
    trim();
  } catch (error) {
    warn("the kept picture cannot be read", error);
  }
}

// --- the frame, and drawing the whole -------------------------------------------------------------

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

function luminance(colour) {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Lighten a colour until words in it stand out from any card by 4.5:1 (WCAG 2.2, 1.4.3). */
function legible(colour) {
  const enough = 4.5 * (luminance(CARD_GROUND) + 0.05);
  let mixed = colour;
  for (let white = 0.05; luminance(mixed) + 0.05 < enough && white <= 1; white += 0.05) {
    mixed = colour.map((channel) => Math.round(channel + (255 - channel) * white));
  }
  return mixed;
}

/** Shrink a text of the house until it fits the room that its style gives it. */
function shrink(element) {
  element.removeAttribute("style");
  if (!element.offsetParent) return;
  const { fontSize, maxHeight } = getComputedStyle(element);
  const [largest, limit] = [parseFloat(fontSize), parseFloat(maxHeight) || Infinity];
  const tooLarge = (size) => {
    element.style.fontSize = `${size}px`;
    return element.scrollWidth > element.clientWidth || element.offsetHeight > limit;
  };
  let size = largest;
  element.style.maxHeight = "none";
  element.style.overflowWrap = "normal";
  while (tooLarge(size) && size > largest * 0.45) size *= 0.94;
  element.style.overflowWrap = "";
  while (tooLarge(size) && size > largest * 0.1) size *= 0.94;
}

const codes = document.querySelectorAll("img.qr");
for (const image of codes) {
  image.addEventListener("error", () => {
    image.hidden = true;
    image.removeAttribute("src");
  });
}

/** Ask for the QR code where it is not there yet: it changes with the link. */
function askForCode() {
  const { link } = picture.scene;
  const source = `/wall/qr.svg?for=${encodeURIComponent(link)}`;
  for (const image of codes) {
    image.hidden = !link;
    if (link && image.getAttribute("src") !== source) image.src = source;
  }
}

let framed = "";
function drawFrame(scene) {
  const key = JSON.stringify([scene, root.dataset.frame, innerWidth, innerHeight]);
  if (key === framed) return;
  framed = key;
  const texts = { ...scene, title: scene.title || scene.hashtag };
  document.title = texts.title || "Wall";
  root.style.setProperty("--accent", scene.accent && channels(scene.accent).join(" "));
  root.style.setProperty("--accent-ink", scene.accent && legible(channels(scene.accent)).join(" "));
  for (const part of document.querySelectorAll("[data-part]")) part.hidden = !scene[part.dataset.part];
  askForCode();
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = texts[element.dataset.text];
    shrink(element);
  }
}

let drawing = 0;
/** Draw what the picture says; what stays the same is not touched. */
function draw({ urgent = false, calm = !stillness.matches && !document.hidden } = {}) {
  cancelAnimationFrame(drawing);
  drawing = 0;
  const { scene, cards } = picture;
  if (!scene) return;
  const before = root.dataset.frame;
  const frame = scene.held ? "held" : cards.size ? "cards" : "empty";
  tag("frame", frame);
  if (frame !== "cards") clear();
  drawFrame(scene);
  if (frame === "cards") {
    const filled = layOut(inOrder(), {
      calm: calm && before === "cards",
      now: engineNow(),
      house: scene.title || scene.hashtag,
      known: (id) => cards.has(id),
    });
    root.toggleAttribute("data-sparse", filled < 0.5);
  }
  showState();
  tag("seq", String(picture.seq));
  tellSeen(urgent);
}

/** Draw before the next frame; where the page is not seen there is none, so at once. */
function drawSoon() {
  if (document.hidden) draw();
  else drawing ||= requestAnimationFrame(() => draw());
}

// --- how old the picture is ------------------------------------------------------------------------

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });
const mark = document.getElementById("age");

function tag(name, value) {
  if (root.dataset[name] !== value) root.dataset[name] = value;
}

function showState() {
  const { frame } = root.dataset;
  const stale = performance.now() - line.heard > STALE;
  tag("link", stale ? "stale" : line.answered ? "up" : "down");
  tag("state", frame === "held" ? "held" : stale ? "gone" : frame === "empty" ? "empty" : "live");
  if (!stale) return;
  const [day, today] = [picture.at, engineNow()].map((time) => calendar.format(time));
  const time = `as of ${day === today ? "" : `${day}, `}${clock.format(picture.at)}`;
  const words = !picture.at ? "connecting" : line.answered ? time : `${time} · reconnecting`;
  if (mark.textContent !== words) mark.textContent = words;
}

let ticks = 0;
function tick() {
  ticks += 1;
  if (ticks % 10 === 0) tellAges(engineNow());
  showState();
  if (performance.now() - told > SEEN_AGAIN) tellSeen(true);
  if (line.socket && performance.now() - Math.max(line.heard, line.tried) > SILENT) hangUp();
}

// --- the line to the engine -----------------------------------------------------------------------

function connect() {
  line.timer = 0;
  line.tried = performance.now();
  const { protocol, host, pathname, search } = location;
  const socket = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}${pathname}${search}`);
  line.socket = socket;
  socket.addEventListener("message", ({ data }) => line.socket === socket && receive(data));
  socket.addEventListener("close", () => line.socket === socket && hangUp());
}

/** Let the line go and try again: after 0.5 s, doubled to 8 s, each screen at its own moment. */
function hangUp() {
  const { socket } = line;
  Object.assign(line, { socket: null, answered: false });
  socket?.close();
  if (!line.timer) {
    line.timer = setTimeout(connect, line.retry * (0.5 + Math.random()));
    line.retry = Math.min(line.retry * 2, LAST_RETRY);
  }
  showState();
}

let told = -Infinity;
let telling = 0;
/** Tell the engine what is drawn: at most once a second, and at once where it waits for it. */
function tellSeen(urgent = false) {
  const wait = told + SEEN_EVERY - performance.now();
  if (!urgent && wait > 0) {
    telling ||= setTimeout(() => tellSeen(true), wait);
    return;
  }
  clearTimeout(telling);
  telling = 0;
  if (!line.answered || line.socket?.readyState !== WebSocket.OPEN) return;
  told = performance.now();
  const [width, height] = [innerWidth, innerHeight].map((size) => Math.round(size * devicePixelRatio));
  line.socket.send(JSON.stringify({ say: "seen", seq: Number(root.dataset.seq), width, height }));
}

// --- the start --------------------------------------------------------------------------------------

addEventListener("resize", () => draw({ calm: false }));
addEventListener("pagehide", keep);
document.addEventListener("visibilitychange", () => {
  settle();
  draw({ calm: false });
});
recall();
draw({ calm: false });
showState();
connect();
setInterval(tick, 1_000);
