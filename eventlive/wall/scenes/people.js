/** People: whose voices are on the wall, those with most of them first. */

import { make } from "../cards.js";
import { empty, fit, group, room, stand, told } from "../setting.js";
import { word } from "../words.js";

const MOST = 8;
const ROW = 9; // units that one of them needs
const STRIP = 5; // wider than high by that much, it is a row
const WIDE = 2.4; // units: with larger type than this, one of them needs all the width

export function draw(stage, context) {
  const voices = voicesOf(context.cards);
  if (!voices.length) return clear(stage);
  const said = voices.map(({ ids, ...voice }) => voice);
  stand(stage, context, [JSON.stringify(said), context.scene.language], (body) => setVoices(body, voices, context.stage));
  return { shown: [], again: Infinity };
}

export function clear(stage) {
  empty(stage);
  return null;
}

/** Everybody with a card, by how many there are, then by the newest. */
function voicesOf(cards) {
  const voices = new Map();
  for (const { handle, id, name, network, order } of cards) {
    if (!name && !handle) continue;
    const who = `${network} ${handle || name}`;
    const voice = voices.get(who) ?? { name: name || handle, handle: name ? handle : "", order: -Infinity, count: 0 };
    voice.count += 1;
    if (order > voice.order) Object.assign(voice, { order, id });
    voices.set(who, voice);
  }
  return [...voices.values()].sort((a, b) => b.count - a.count || b.order - a.order).slice(0, MOST);
}

function setVoices(body, voices, { least }) {
  const { width, height, unit } = room(body);
  const row = Math.max(ROW * unit, least * 3.2);
  const shape = least < WIDE * unit ? width / height : 1;
  const across = shape > STRIP ? 4 : shape > 1.2 ? 2 : 1;
  const down = Math.max(1, Math.min(Math.ceil(voices.length / across), Math.floor((height - 16 * unit) / row)));
  const shown = voices.slice(0, across * down);
  const list = make("ol");
  list.style.setProperty("--down", Math.min(down, Math.ceil(shown.length / across)));
  list.style.setProperty("--disc", `${Math.max(6 * unit, least * 2.6)}px`);
  for (const { count, handle, id, name } of shown) {
    const item = group("li", "voice",
      make("span", "disc", initials(name)),
      group("div", "who", told("p", "name", name), handle ? told("p", "from", `@${handle}`) : null),
      make("p", "count", count > 1 ? word("posts", count) : word("onePost")));
    item.dataset.id = id;
    list.append(item);
  }
  body.append(group("section", "voices enters", make("p", "label", word("voices")), list));
  for (const [part, size] of [[".name", 2.9], [".from", 1.9]]) {
    const most = Math.max(size * unit, least);
    for (const line of list.querySelectorAll(part)) fit(line, most, { height: most * 1.4 });
  }
}

/** The first letters of the first and the last name; of other scripts the first sign. */
function initials(name) {
  const words = name.split(/[\s.@_-]+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  if (!words.length) return [...new Intl.Segmenter().segment(name)][0]?.segment ?? "";
  const first = (word) => [...word][0].toLocaleUpperCase();
  return words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0]);
}
