/**
 * One post, set large: its words as large as there is room, its pictures, who said it and where.
 *
 * Owns how a post stands in the scenes that give it all their room. Which post that is, is theirs.
 */

import { authorOf, mediaOf, wordsOf } from "./cards.js";
import { fit, group } from "./setting.js";

const QUOTABLE = /\p{L}.*\s.*\p{L}/u; // words, on one line: not a sign, a number or a list
const QUOTED = /^[\p{Pi}\p{Pf}"'„‚「『《〈]/u;

/** How large the words of a post may be at most, in px: a share of their box, and some units in a low one. */
export function mostFor(text, { clientWidth, clientHeight }, unit) {
  const share = text.length < 14 ? 0.26 : text.length < 90 ? 0.17 : 0.13;
  return Math.max(share * Math.min(clientWidth, clientHeight * 1.35), Math.min(clientHeight * 0.6, 4.8 * unit));
}

/** Fill a box, which is in the page, with a post; `quoted` puts its words in quotation marks. */
export function setPost(box, card, { least, unit, quoted = false }) {
  const words = card.text.trim() || card.warning || !card.media.length ? wordsOf(card) : null;
  const media = card.media.length ? mediaOf(card) : null;
  const node = group("article", "post", words && group("div", "saying", words), media, authorOf(card));
  node.classList.toggle("pictured", Boolean(words && media));
  node.dataset.id = card.id;
  node.dataset.version = card.version;
  if (quoted && words && !card.warning && QUOTABLE.test(card.text) && !QUOTED.test(card.text.trim())) words.classList.add("quoted");
  box.append(node);
  node.dir = (words ?? node.querySelector(".name")).matches(":dir(rtl)") ? "rtl" : "ltr";
  setAuthor(node, { least, unit });
  if (!words) return node;
  fit(words, mostFor(card.warning || card.text, words.parentNode, unit), { columns: 3 });
  return node;
}

/** Set the names below a post: on a line each where that is possible, smaller where it is not. */
export function setAuthor(node, { least, unit }) {
  for (const [part, size] of [[".name", 2.7], [".from", 1.9]]) {
    const line = node.querySelector(`.author ${part}`);
    const most = Math.max(size * unit, least);
    if (line?.textContent) fit(line, most, { height: most * 1.4 });
  }
}
