/**
 * A card's node: its words, its pictures, who said it, and the house's answer. Scenes share it.
 *
 * Owns how a post becomes elements. Knows nothing of places, sizes, the engine or the frame. Foreign
 * text becomes text nodes, foreign addresses are loaded only where they are the engine's own, and a
 * text is never cut.
 */

import { word } from "./words.js";

const UNCROPPED = 0.9; // of a picture, at least, where it is cropped

/** Each network's name and a sign of ours for it: a horizon, three that are linked, a word said. */
const NETWORKS = new Map(Object.entries({
  bluesky: ["Bluesky", "M2 17h20M6 17a6 6 0 0 1 12 0M12 4v3M3.5 8.5l2 1.6M20.5 8.5l-2 1.6"],
  mastodon: ["Mastodon", "M11 8 7 15.5M13 8l4 7.5M8.5 18h7M12 3.5a2.2 2.2 0 1 0 .01 0M5.7 15.8a2.2 2.2 0 1 0 .01 0M18.3 15.8a2.2 2.2 0 1 0 .01 0"],
  x: ["X", "M4 4.5h16v11.5H11l-5 4.5V16H4z"],
}));
const OTHER = "M12 4a8 8 0 1 0 .01 0";
const FILM = "M7 4v16l13-8z";

const failed = new WeakMap(); // tile whose picture did not come -> how to make it again

export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export function drawing(className, path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.appendChild(document.createElementNS(svg.namespaceURI, "path")).setAttribute("d", path);
  return svg;
}

/** Put a text into a block, its links, tags and mentions marked. */
export function tell(block, text) {
  const tidy = text.trim().replace(/\n\s*\n\s*/g, "\n\n");
  for (const part of tidy.split(/(https?:\/\/\S+|[#＃@][\p{L}\p{M}\p{N}_]+)/u)) {
    const kind = /^https?:/.test(part) ? "link" : /^[#＃]./u.test(part) ? "tag" : /^@./u.test(part) ? "mention" : "";
    block.append(kind ? make("span", kind, part) : part);
  }
  return block;
}

/** The post's own words. A warning of its author covers them: nobody in the room can click it away. */
export function wordsOf(card) {
  const block = make("p", "words");
  block.dir = "auto";
  if (card.language) block.lang = card.language;
  if (card.warning) {
    block.classList.add("cover");
    block.append(make("b", "", word("warning")), card.warning);
    return block;
  }
  return tell(block, card.text);
}

/**
 * The house's answer, in its own name. Its words decide the direction of all of it: what stands in
 * a bdi has no say in that.
 */
export function answerOf(card, house) {
  const block = make("section", "answer");
  block.dir = "auto";
  block.lang = ""; // not known: better no hyphens than another language's
  block.append(make("bdi", "house", house), tell(make("p", "words"), card.answer));
  return block;
}

/** The address of a picture that the engine itself serves, or "". */
export function ownAddress(url) {
  try {
    const address = new URL(url, location.origin);
    return url.startsWith("/") && address.origin === location.origin ? address.href : "";
  } catch {
    return "";
  }
}

export function tileOf(one, covered, alone) {
  const { url, kind, alt } = one;
  const tile = make("div", "tile");
  const cover = (text) => {
    const words = make("p", "", text);
    words.dir = "auto";
    tile.classList.add("covered");
    tile.replaceChildren(words);
  };
  const address = ownAddress(url);
  if (covered) cover(word("sensitive"));
  else if (!address) cover(alt || word("noPicture"));
  else {
    const image = make("img");
    image.alt = alt;
    image.decoding = "async";
    image.addEventListener("error", () => {
      cover(alt || word("noPicture"));
      failed.set(tile, () => tileOf(one, covered, alone));
    });
    if (alone) image.addEventListener("load", () => showEntire(tile));
    image.src = address;
    tile.append(image);
    if (kind !== "image") tile.append(drawing("film", FILM));
  }
  return tile;
}

/** A picture that stands alone is cropped only where it loses little; a map or a portrait is not. */
export function showEntire(tile) {
  const { naturalWidth: width, naturalHeight: height } = tile.querySelector("img") ?? {};
  if (!width || !tile.clientWidth) return;
  const shape = (width / height) * (tile.clientHeight / tile.clientWidth);
  tile.classList.toggle("entire", Math.min(shape, 1 / shape) < UNCROPPED);
}

/** The pictures of a post, covered where it or its author asks for that. */
export function mediaOf(card) {
  const media = make("div", "media");
  media.dataset.count = card.media.length;
  media.append(...card.media.map((one) => tileOf(one, card.sensitive || card.warning, card.media.length === 1)));
  return media;
}

function networkOf(card) {
  const [network, glyph] = NETWORKS.get(card.network) ?? [card.network, OTHER];
  const label = make("span", "network");
  label.append(drawing("glyph", glyph), network);
  return label;
}

function whoOf(card) {
  const name = make("bdi", "name", card.name || card.handle);
  const from = make("bdi", "from", card.handle && `@${card.handle}`);
  name.dir = from.dir = "auto";
  const who = make("div", "who");
  who.append(name, from);
  return who;
}

/** Who said it, where and when: the foot of a card. */
export function signatureOf(card, now) {
  const when = make("time", "when");
  if (card.at) when.dateTime = card.at;
  tellAge(when, now);
  const where = make("div", "where");
  where.append(networkOf(card), when);
  const signature = make("footer", "by");
  signature.append(whoOf(card), where);
  return signature;
}

/** Who said it and where, for a scene that gives one post all its room. */
export function authorOf(card) {
  const author = make("footer", "author");
  author.append(whoOf(card), networkOf(card));
  return author;
}

export function nodeOf(card, { now, house }) {
  const node = make("article", "card");
  node.dataset.id = card.id;
  node.dataset.version = card.version;
  if (card.text.trim() || card.warning || !card.media.length) node.append(wordsOf(card));
  if (card.media.length) node.append(mediaOf(card));
  node.append(signatureOf(card, now));
  if (card.answer.trim()) node.append(answerOf(card, house));
  return node;
}

function tellAge(time, now) {
  const age = Math.floor((now - Date.parse(time.dateTime)) / 1_000);
  const [amount, unit] =
    age < 60 ? [age, "second"] : age < 3_600 ? [age / 60, "minute"] : age < 86_400 ? [age / 3_600, "hour"] : [age / 86_400, "day"];
  const text = Number.isNaN(age) ? "" : age < 5 ? word("justNow") : `${Math.floor(amount)} ${word(unit)}`;
  if (time.textContent !== text) time.textContent = text;
}

/** Tell anew how long ago each post below `within` was said. */
export function tellAges(within, now) {
  for (const time of within.querySelectorAll(".when")) tellAge(time, now);
}

/** Ask again for the pictures below `within` that did not come: the engine is back. */
export function mend(within) {
  for (const tile of within.querySelectorAll(".tile")) {
    const again = failed.get(tile);
    if (again) tile.replaceWith(again());
  }
}
