/** Making elements: plain data in, DOM out, so that no text is ever parsed as HTML. */

const SVG = "http://www.w3.org/2000/svg";

/** Returns an element; `on…` properties are listeners, null and false properties are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const PATHS = {
  heart: "M12 21s-7.6-4.7-10-9.4C.3 8 2 4 5.900 4 8.400 4 10.500 5.500 12 7.600 13.500 5.500 15.600 4 18.100 4 22 4 23.700 8 22 11.600 19.600 16.300 12 21 12 21z",
  eye: "M12 5C6.500 5 2.600 9.200 1.200 12c1.400 2.800 5.300 7 10.800 7s9.400-4.200 10.800-7C21.400 9.200 17.500 5 12 5zm0 11.500a4.500 4.500 0 1 1 0-9 4.500 4.500 0 0 1 0 9zm0-2.300a2.200 2.200 0 1 0 0-4.400 2.200 2.200 0 0 0 0 4.400z",
  loud: "M3 9.500v5h3.800l5.200 4.300V5.200L6.800 9.500zm12.200-1.900v8.800a5 5 0 0 0 0-8.800zm0-4.500v2.300a7 7 0 0 1 0 13.200v2.300a9.200 9.200 0 0 0 0-17.800z",
  mute: "M3 9.500v5h3.800l5.200 4.300V5.200L6.800 9.500zm18.700-.300-1.600-1.600-2.300 2.300-2.300-2.300-1.600 1.600 2.300 2.300-2.300 2.300 1.600 1.600 2.300-2.300 2.300 2.300 1.600-1.600-2.300-2.300z",
  play: "M8 5.200v13.600c0 .8.900 1.300 1.500.9l10.400-6.800c.6-.4.600-1.300 0-1.700L9.500 4.300c-.6-.4-1.500.1-1.500.9z",
  up: "M12 7.500 4.600 15l1.700 1.700 5.700-5.800 5.700 5.800 1.700-1.700z",
  down: "M12 16.500 4.600 9l1.700-1.700 5.700 5.800 5.700-5.800L19.400 9z",
  plus: "M10.800 4h2.400v6.800H20v2.400h-6.800V20h-2.400v-6.800H4v-2.400h6.800z",
  close: "M6.400 4.800 12 10.400l5.600-5.600 1.600 1.600L13.600 12l5.600 5.600-1.600 1.600-5.600-5.600-5.600 5.600-1.600-1.600 5.600-5.600-5.600-5.600z",
  film: "M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zm0 2.500v2h2v-2zm0 4.500v2h2v-2zm0 4.500v2h2v-2zm14-9v2h2v-2zm0 4.500v2h2v-2zm0 4.500v2h2v-2zM10 8.500v7l5.500-3.500z",
  cloud: "M6.500 19a5 5 0 0 1-.6-9.960A6.500 6.500 0 0 1 18.400 9.600 4.800 4.800 0 0 1 18 19zm.1-2h11.200a2.800 2.800 0 0 0 0-5.500h-1.100l-.2-1a4.500 4.500 0 0 0-8.700-.2l-.2.7-.8.100A3 3 0 0 0 6.600 17z",
  check: "M9.500 18.300 3.700 12.500l1.700-1.700 4.100 4.100 9.100-9.100 1.700 1.700z",
  dot: "M12 15.500a3.500 3.500 0 1 1 0-7 3.500 3.500 0 0 1 0 7z",
  skip: "M5 10.800h14v2.400H5z",
  spin: "M12 3a9 9 0 0 1 9 9h-2.400A6.600 6.600 0 0 0 12 5.400z",
};

/** Returns one of the icons above, which says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

const TONES = ["#7ce0d3", "#ffb86b", "#ff8fa3", "#b9a3ff", "#8ecbff", "#d6e37a"];

/** Returns a round picture of somebody: their first letter on a tone of their own. */
export function avatar(person) {
  const sum = [...person.username].reduce((total, letter) => total + letter.codePointAt(0), 0);
  const round = h("span", { class: "avatar", "aria-hidden": "true" }, [...person.display_name][0].toUpperCase());
  round.style.background = TONES[sum % TONES.length];
  return round;
}

const COUNTS = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** Returns a count as people read it: 999, 1.2K. */
export function compact(count) {
  return COUNTS.format(count);
}

/** Shows a sentence for a few seconds. */
export function toast(text, { bad = false } = {}) {
  const shown = h("p", { class: bad ? "toast bad" : "toast" }, text);
  document.getElementById("toasts").append(shown);
  setTimeout(() => shown.remove(), 4500);
}

/** Whether the person asked their system for less motion. */
export function prefersStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
