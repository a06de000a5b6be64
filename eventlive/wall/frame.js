/**
 * The frame around the scenes: title, what is on now, how to join in, the logo, the sponsors' corner,
 * the theme, and the mark that says how old the picture is.
 *
 * Owns the elements of index.html but for the stage. Never decides what is shown.
 */

import { ownAddress } from "./cards.js";
import { warn } from "./errors.js";

const SPONSOR = 10_000; // ms for each in the corner
const LEGIBLE = 4.5; // contrast of words (WCAG 2.2, 1.4.3)
const TINT = 0.26; // of the accent in the brightest part of the newest card

const root = document.documentElement;
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

let themed = document.querySelector("link[data-theme]"); // the sheet in use, null for the house's own
let asked = ""; // the theme that was asked for last

/** Use another theme once it is there; one that does not come changes nothing. */
export function dress({ theme }, onChange) {
  const address = theme && `/wall/theme.css?v=${encodeURIComponent(theme)}`;
  if (address === asked) return;
  asked = address;
  const before = themed;
  const worn = (sheet) => {
    themed = sheet;
    before?.remove();
    showFilm();
    onChange();
  };
  if (!address) return worn(null);
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.addEventListener("load", () => (asked === address ? worn(sheet) : sheet.remove()));
  sheet.addEventListener("error", () => {
    sheet.remove();
    warn("a theme that does not come", theme);
    if (asked === address) asked = themed?.getAttribute("href") ?? "";
  });
  sheet.href = address;
  document.head.append(sheet);
}

/** A background that moves is an element of its own. */
function showFilm() {
  const [, address = ""] = /^url\(["']?(\/[^"')]+\.(?:mp4|webm))["']?\)$/.exec(property("--background")) ?? [];
  const own = address && ownAddress(address);
  root.toggleAttribute("data-film", Boolean(own));
  film.hidden = !own;
  if (own && film.src !== own) film.src = own;
  else if (!own && film.hasAttribute("src")) film.removeAttribute("src");
}

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

const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long" });

/** Say of when the picture is (`at`, ms of the engine's clock, 0 for none) and whether a line is up. */
export function drawAge(at, now, answered) {
  const [day, today] = [at, now].map((time) => calendar.format(time));
  const time = `as of ${day === today ? "" : `${day}, `}${hours.format(at)}`;
  const words = !at ? "connecting" : answered ? time : `${time} · reconnecting`;
  if (mark.textContent !== words) mark.textContent = words;
}
