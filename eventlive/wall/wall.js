/**
 * The wall: what a venue's screen shows, and how it stays right when the engine does not answer.
 *
 * Owns the wiring: what arrives is taken into the picture, the scene that is meant to stand now is
 * drawn, and the engine is told so. Never decides what is shown (the desk does), and has no post in
 * the page while all is held or dark. docs/protocol.md describes the frames.
 */

import { mend, tellAges } from "./cards.js";
import { clock, keepTime } from "./clock.js";
import { note, warn } from "./errors.js";
import { speak } from "./words.js";
import { askForPictures, askForTheme, drawAge, drawCorner, drawFrame, dress, forgetSizes, tag } from "./frame.js";
import { line } from "./line.js";
import { addresses, inOrder, keep, keepLast, keepSoon, picture, recall, screenOf, takeChanged, takeShow } from "./picture.js";
import { empty, isScene, settle, show, sweep } from "./stage.js";
import { showing, untilTurn } from "./turns.js";

const STRIP_SHAPE = 6; // wider than high by more than that: one row
const LOW_SHAPE = 3; // by more than that, and lower than this many pixels: one row too
const LOW = 200;
const X_HEIGHT = 53; // px of type that is read from 20 m on a picture 4 m wide and 1920 px (10' of arc)
const LARGEST = 0.08; // of the picture's height
const RELOAD_WAIT = 5_000; // ms for the engine to answer before the page dares to load itself anew
const RELOAD_WITHIN = 3_000; // ms, each screen at its own moment
const CLAIMED = 2_000; // ms for the worker to take this page over: a page loaded past it is not
const CROWDED = 50; // ms since the last drawing within which changes wait for a frame
const LONGEST_WAIT = 60_000; // ms until it is drawn again, whatever a scene says

const root = document.documentElement;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const query = new URLSearchParams(location.search);
const screenName = (query.get("screen") ?? "").trim();
const override = isScene(query.get("scene")) ? query.get("scene") : "";
const NOTHING = { title: "", hashtag: "", link: "", now: "", accent: "", cards: 12, theme: "", logo: "", sponsors: [], corner: false, language: "", zone: "", held: false };

// --- what arrives ---------------------------------------------------------------------------------

/** Take one frame. Whatever is wrong with it, the picture stays as it was. */
function receive(data) {
  try {
    const frame = typeof data === "string" ? JSON.parse(data) : null;
    if (frame?.tell === "show") onShow(frame);
    else if (frame?.tell === "changed") onChanged(frame);
    else if (frame?.tell === "pulse") onPulse(frame);
    else warn("a frame of an unknown kind");
  } catch (error) {
    warn("a frame that cannot be used", error);
    note(error);
  }
}

function onShow(frame) {
  const before = addresses();
  if (!takeShow(frame)) return;
  forget(before);
  line.good();
  heard(frame);
  mend(document);
  askForPictures(picture.scene);
  askForTheme();
  draw({ urgent: true });
  keep();
  mindRefresh(true);
}

function onChanged(frame) {
  if (!line.answered || !Number.isSafeInteger(frame.seq)) return warn("a change out of place");
  if (frame.seq <= picture.seq) return warn("a change seen before");
  if (frame.seq > picture.seq + 1 || (frame.epoch ?? picture.epoch) !== picture.epoch) return line.hangUp();
  arrived = performance.now();
  const before = addresses();
  const urgent = takeChanged(frame);
  forget(before);
  heard({});
  if (urgent) {
    draw({ urgent: true }); // now: a page in the background gets no animation frames
    keep();
  } else {
    drawSoon();
    keepSoon();
  }
  mindRefresh();
}

function onPulse(frame) {
  if (!line.answered || !Number.isSafeInteger(frame.seq)) return warn("a pulse out of place");
  if (frame.seq > picture.seq) return line.hangUp();
  if (heard(frame)) drawSoon(); // what goes by the engine's clock goes on
  keepSoon();
  mindRefresh();
}

/**
 * A sign of life, with the engine's clock where the frame carried it, and how old it is; gives
 * whether it ends an absence of the engine.
 */
function heard({ now, age }) {
  const { fresh } = line;
  const old = line.heard(age);
  const engine = Date.parse(now);
  if (!Number.isNaN(engine)) clock.hear(engine);
  picture.at = clock.now() - old;
  showState();
  return !fresh && line.fresh;
}

/** Have the worker forget the pictures that no card on the wall has any more. */
function forget(before) {
  const now = addresses();
  const gone = [...before].filter((url) => !now.has(url));
  if (gone.length) navigator.serviceWorker?.controller?.postMessage({ forget: gone });
}

// --- what stands ----------------------------------------------------------------------------------

/** Whether the screen is so low that posts stand in one row. */
function isStrip() {
  const shape = innerWidth / innerHeight;
  return shape > STRIP_SHAPE || (shape > LOW_SHAPE && innerHeight < LOW);
}

/** The scenes that may stand now, the one that is meant to first. */
function wanted(scene, screen, now) {
  if (scene.held) return ["hold"];
  const meant = override || showing(screen, now);
  const names = [isScene(meant) ? meant : "masonry", "masonry", "hold"];
  return isStrip() ? names.flatMap((name) => (name === "masonry" ? ["ticker", name] : [name])) : names;
}

/** The smallest type for the last row, in px of this screen. */
function leastOf({ distance, width }) {
  if (!distance) return 0;
  const least = X_HEIGHT * (distance / 20) * (4 / (width || 4)) * (innerWidth / 1920);
  return Math.min(least, LARGEST * innerHeight);
}

let drawing = 0;
let waiting = 0;
let arrived = performance.now(); // the last change, until it is drawn
let lag = 0;
let drawnAt = -Infinity; // the end of the last drawing: on a slow screen it takes a while

/** Draw what the picture says; what stays the same is not touched. */
function draw(how) {
  try {
    bring(how);
  } finally {
    drawnAt = performance.now();
  }
}

function bring({ urgent = false, calm = !stillness.matches && !document.hidden } = {}) {
  cancelAnimationFrame(drawing);
  clearTimeout(waiting);
  drawing = waiting = 0;
  const scene = picture.scene ?? NOTHING;
  const screen = screenOf(screenName);
  const now = clock.now();
  const dark = screen.dark && !scene.held;
  const least = leastOf(screen);
  if (picture.scene) {
    speak(scene);
    drawFrame(scene);
    dress(scene, fitAnew);
  }
  root.style.setProperty("--least", least ? `${least}px` : "");
  root.toggleAttribute("data-dark", dark);
  root.toggleAttribute("data-strip", isStrip());
  drawCorner(scene, now);
  const context = {
    cards: inOrder(), scene, screen, programme: picture.programme, now, fresh: line.fresh, least, look,
  };
  let again = untilTurn(screen, now);
  let stands = "";
  if (dark) empty(now);
  else {
    const drawn = show(wanted(scene, screen, now), context, { calm: calm && !urgent });
    stands = drawn.name;
    again = Math.min(again, drawn.again);
    root.toggleAttribute("data-sparse", Boolean(drawn.sparse));
  }
  tag("scene", stands);
  tag("frame", document.querySelector(`.scene[data-scene="${stands}"][data-frame-around]`) ? "around" : "none");
  showState();
  if (!picture.scene) return;
  if (sweep(picture.cards)) note("a card was left that is off the wall");
  if (arrived !== null) lag = Math.min(65_535, Math.round(performance.now() - arrived));
  arrived = null; // what is drawn again for its own reasons says nothing of that
  tag("seq", String(picture.seq));
  line.drawn = { seq: Math.max(0, picture.seq), scene: stands || "dark", lag };
  line.tell(urgent);
  if (again !== Infinity) waiting = setTimeout(draw, Math.min(LONGEST_WAIT, again));
}

let look = 0; // grows with each theme and font that came: what was measured before is not true any more
function fitAnew() {
  look += 1;
  forgetSizes();
  draw({ calm: false });
}

/**
 * Draw at once where nothing was drawn a moment ago, or where the page is not seen and has no frames;
 * of many changes that come together the others wait for the next frame.
 */
function drawSoon() {
  if (document.hidden || (!drawing && performance.now() - drawnAt > CROWDED)) draw();
  else drawing ||= requestAnimationFrame(() => draw());
}

function showState() {
  const { scene } = root.dataset;
  const { stale } = line;
  tag("link", stale ? "stale" : line.answered ? "up" : "down");
  const state = picture.scene?.held ? "held" : root.hasAttribute("data-dark") ? "dark" : stale ? "gone" : scene === "hold" ? "empty" : "live";
  tag("state", state);
  if (stale) drawAge(picture.at, clock.now(), line.answered);
}

// --- a new page -----------------------------------------------------------------------------------

let loadedWith = null; // Scene.refresh as the engine said it first
let reloading = false;
/** Load the page anew where the engine asks for it, right after it has given the page again. */
async function mindRefresh(whole = false) {
  const { refresh } = picture.scene;
  if (loadedWith === null && whole) loadedWith = refresh;
  if (loadedWith === null || refresh === loadedWith || reloading) return;
  reloading = true;
  await new Promise((wait) => setTimeout(wait, Math.random() * RELOAD_WITHIN));
  try {
    if (await isPage(location.href)) return location.reload();
    // The script names screens by now, and a page without a name is led to a list of them.
    const named = new URL(location.href);
    named.searchParams.set("screen", screenName || "main");
    if (!(await isPage(named.href))) throw new Error("GET /wall: not the wall's page");
    location.replace(named.href);
  } catch (error) {
    warn("the page cannot be loaded anew just now", error);
    reloading = false; // the next sign of life tries again
  }
}

/** Whether the wall's page is there, and not another one to which the engine leads. */
async function isPage(address) {
  const answer = await fetch(address, { cache: "no-store", signal: AbortSignal.timeout(RELOAD_WAIT) });
  return answer.ok && !answer.redirected && (await answer.text()).includes('name="page"');
}

/** Have the page's files at hand for when the engine is away: only where the browser trusts it. */
async function keepFiles() {
  if (!isSecureContext || !("serviceWorker" in navigator)) return;
  const path = "/wall/worker.js";
  try {
    const policy = self.trustedTypes?.createPolicy("eventlive", { createScriptURL: (url) => (url === path ? url : "") });
    const claimed = new Promise((done) => {
      if (navigator.serviceWorker.controller) done();
      else navigator.serviceWorker.addEventListener("controllerchange", done, { once: true });
    });
    await navigator.serviceWorker.register(policy ? policy.createScriptURL(path) : path, { scope: "/wall" });
    const { active } = await navigator.serviceWorker.ready;
    await Promise.race([claimed, new Promise((wait) => setTimeout(wait, CLAIMED))]);
    // What came, and what is still on its way without the worker having seen it.
    const came = performance.getEntriesByType("resource").map(({ name }) => name);
    const coming = [...document.querySelectorAll("img, link[href]")].map(({ src, href }) => src || href).filter(Boolean);
    const files = [...came, ...coming];
    active.postMessage({ page: location.href, version: line.version, files });
  } catch (error) {
    warn("the page's files cannot be kept", error);
  }
}

// --- the start ------------------------------------------------------------------------------------

let ticks = 0;
function tick() {
  ticks += 1;
  const now = clock.now();
  if (ticks % 10 === 0) tellAges(document, now);
  if (picture.scene) drawCorner(picture.scene, now);
  showState();
  line.tick();
}

if (query.get("transparent") === "1") root.dataset.transparent = "";
addEventListener("resize", () => draw({ calm: false }));
addEventListener("pagehide", keepLast);
document.addEventListener("visibilitychange", () => {
  settle();
  draw({ calm: false });
});
stillness.addEventListener("change", settle);
document.fonts.addEventListener("loadingdone", fitAnew);
recall();
draw({ calm: false });
line.open(receive, showState);
keepTime();
keepFiles();
setInterval(tick, 1_000);
