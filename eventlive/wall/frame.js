/**
 * The frame around the scenes: title, what is on now, how to join in, the logo, the sponsors' corner,
 * the theme, and the mark that says how old the picture is.
 *
 * Owns the elements of index.html but for the stage. Never decides what is shown.
 */

import { ownAddress } from "./cards.js";
import { warn } from "./errors.js";
import { clockTime, dayOf, word } from "./words.js";

const SPONSOR = 10_000; // ms for each in the corner
const ASK_AGAIN = 30_000; // ms until a theme that did not come is asked for again
const LEGIBLE = 4.5; // contrast of words (WCAG 2.2, 1.4.3)
const TINT = 0.26; // of the accent in the brightest part of the newest card

const root = document.documentElement;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const film = document.querySelector(".film-ground");
const corner = document.querySelector(".corner");
const mark = document.getElementById("age");
const codes = document.querySelectorAll("img.qr");
const logo = document.querySelector(".rail .logo");

export function tag(name, value) {
  if (root.dataset[name] !== value) root.dataset[name] = value;
}

// --- colours --------------------------------------------------------------------------------------

const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

/** The channels of a colour, however the stylesheet writes it. */
function channelsOf(colour) {
  brush.fillStyle = "#000";
  brush.fillStyle = colour;
  brush.fillRect(0, 0, 1, 1);
  return [...brush.getImageData(0, 0, 1, 1).data].slice(0, 3);
}

const property = (name) => getComputedStyle(root).getPropertyValue(name).trim();

function luminance(colour) {
  const [red, green, blue] = colour.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const mix = (one, other, share) => one.map((channel, at) => Math.round(channel + (other[at] - channel) * share));

/** Lighten a colour, or darken it on a light card, until words in it stand out from any card. */
function legible(colour) {
  const card = channelsOf(property("--card"));
  const grounds = [card, mix(card, colour, TINT)];
  const away = luminance(card) < 0.18 ? [255, 255, 255] : [0, 0, 0];
  let mixed = colour;
  for (let share = 0.05; grounds.some((ground) => contrast(mixed, ground) < LEGIBLE) && share <= 1; share += 0.05) {
    mixed = mix(colour, away, share);
  }
  return mixed;
}

function colour({ accent }) {
  const channels = accent && channelsOf(accent);
  root.style.setProperty("--accent", channels && channels.join(" "));
  root.style.setProperty("--accent-ink", channels && legible(channels).join(" "));
  root.toggleAttribute("data-light", luminance(channelsOf(property("--ground"))) > 0.4);
}

// --- the theme ------------------------------------------------------------------------------------

let themed = null; // the sheet in use, null for the house's own
let coming = null; // the sheet that was asked for and is not there yet
let failed = ""; // the theme that did not come
let retry = 0; // when it may be asked for again, of performance.now()
const addressOf = (theme) => theme && `/wall/theme/${encodeURIComponent(theme)}.css`;
const hrefOf = (sheet) => sheet?.getAttribute("href") ?? "";

/** Use another theme once it is there; one that does not come changes nothing. */
export function dress({ theme }, onChange) {
  const address = addressOf(theme);
  if (coming && hrefOf(coming) !== address) {
    coming.remove(); // never worn: it was thought better of
    coming = null;
  }
  if (coming || address === hrefOf(themed) || (address === failed && performance.now() < retry)) return;
  const worn = (sheet) => {
    themed?.remove();
    [themed, coming] = [sheet, null];
    showFilm();
    onChange();
  };
  if (!address) return worn(null);
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.addEventListener("load", () => coming === sheet && worn(sheet));
  sheet.addEventListener("error", () => {
    sheet.remove();
    if (coming !== sheet) return;
    warn("a theme that does not come", theme);
    coming = null;
    failed = address;
    retry = performance.now() + ASK_AGAIN;
  });
  sheet.href = address;
  coming = sheet;
  document.head.append(sheet);
}

/** Ask again for a theme that did not come: the engine is back. */
export function askForTheme() {
  failed = "";
}

/** A background that moves is an element of its own. */
function showFilm() {
  const [, address = ""] = /^url\(["']?(\/[^"')]+\.(?:mp4|webm))["']?\)$/.exec(property("--background")) ?? [];
  const own = address && !("transparent" in root.dataset) && ownAddress(address); // no overlay shows it
  root.toggleAttribute("data-film", Boolean(own));
  film.hidden = !own;
  if (own && film.src !== own) film.src = own;
  else if (!own && film.hasAttribute("src")) film.removeAttribute("src");
  moveFilm();
}

/** Let it run, unless nothing may move. */
function moveFilm() {
  if (film.hidden || stillness.matches) film.pause();
  else film.play().catch(() => null); // not there yet: it starts by itself once it is
}
stillness.addEventListener("change", moveFilm);
film.addEventListener("playing", () => stillness.matches && film.pause());

// --- what stands in the frame ---------------------------------------------------------------------

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

for (const image of [...codes, logo]) {
  image.addEventListener("error", () => {
    image.hidden = true;
    image.removeAttribute("src");
  });
}

function picture(image, source) {
  image.hidden = !source;
  if (source && image.getAttribute("src") !== source) image.src = source;
  if (!source) image.removeAttribute("src");
}

/** Ask for the QR code and the logo where they are not there yet: a code changes with the link. */
export function askForPictures({ link, logo: path }) {
  for (const image of codes) picture(image, link && `/wall/qr.svg?for=${encodeURIComponent(link)}`);
  picture(logo, path && ownAddress(path) && path);
}

let framed = "";
/** Set the frame anew when it is drawn next: its fonts or its theme are others now. */
export function forgetSizes() {
  framed = "";
}

export function drawFrame(scene) {
  const key = JSON.stringify([scene, innerWidth, innerHeight]);
  if (key === framed) return;
  framed = key;
  const texts = { ...scene, title: scene.title || scene.hashtag };
  document.title = texts.title || "Wall";
  colour(scene);
  for (const part of document.querySelectorAll("[data-part]")) part.hidden = !scene[part.dataset.part];
  askForPictures(scene);
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-text]")) {
    element.textContent = texts[element.dataset.text];
    shrink(element);
  }
}

/** Show one sponsor in the corner, the next ten seconds later: the same on all screens. */
export function drawCorner({ corner: wanted, sponsors }, now) {
  const one = wanted && sponsors.length ? sponsors[Math.floor(now / SPONSOR) % sponsors.length] : null;
  root.toggleAttribute("data-corner", Boolean(one));
  const key = one ? JSON.stringify(one) : "";
  if (corner.dataset.of === key) return;
  corner.dataset.of = key;
  corner.replaceChildren();
  if (!one) return;
  const named = () => {
    const name = document.createElement("p");
    name.dir = "auto";
    name.textContent = one.name;
    corner.replaceChildren(name);
  };
  const address = one.logo && ownAddress(one.logo);
  if (!address) return named();
  const image = document.createElement("img");
  image.alt = one.name;
  image.addEventListener("error", () => corner.dataset.of === key && named());
  image.src = address;
  corner.append(image);
}

// --- how old the picture is -----------------------------------------------------------------------

/** Say of when the picture is (`at`, ms of the engine's clock, 0 for none) and whether a line is up. */
export function drawAge(at, now, answered) {
  const [day, today] = [at, now].map(dayOf);
  const time = word("asOf", `${day === today ? "" : `${day}, `}${clockTime(at)}`);
  const words = !at ? word("connecting") : answered ? time : `${time} · ${word("reconnecting")}`;
  if (mark.textContent !== words) mark.textContent = words;
}
