/** The house in its scenes: its mark or its name, and a time of the day as it writes it. */

import { ownAddress } from "./cards.js";
import { fit, group, told } from "./setting.js";

/** The house's logo with its hashtag, or its name where there is no logo. */
export function houseOf({ title, hashtag, logo, language }) {
  const address = logo && ownAddress(logo);
  const name = told("p", "name", title || hashtag, language);
  const node = group("footer", "author house-by", group("div", "who", name));
  if (title && hashtag) node.append(told("p", "network", hashtag));
  if (address) {
    const image = document.createElement("img");
    image.className = "logo";
    image.alt = title || hashtag;
    image.addEventListener("load", () => name.replaceWith(image));
    image.src = address;
  }
  return node;
}

/** Set the name of the house on its line. */
export function setHouse(node, { least, unit }) {
  const most = Math.max(2.1 * unit, least);
  for (const line of node.querySelectorAll(".house-by p")) {
    if (line.textContent) fit(line, most, { height: most * 1.4 });
  }
}

const forms = new Map(); // language -> form

/** A time of the day, as it is written in a language; in the screen's own zone. */
export function clockTime(time, language) {
  if (!forms.has(language)) forms.set(language, formOf(language));
  return forms.get(language).format(time);
}

function formOf(language) {
  const form = { hour: "2-digit", minute: "2-digit" };
  try {
    return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language || "en-GB", form);
  } catch {
    return new Intl.DateTimeFormat("en-GB", form);
  }
}
