// Prints what the built site weighs, gzipped, and fails when a screen needs too much JavaScript of
// the app's own: its chunks, and those that they can't do without.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST_BYTES = 60_000;
const LIBRARIES = { "hls.js": /^hls-/, uPlot: /^uplot/i }; // fetched on demand, where they are needed

const assets = new URL("../dist/assets/", import.meta.url);
const files = new Map(readdirSync(assets).map((name) => [name, readFileSync(new URL(name, assets))]));
const sizes = new Map([...files].map(([name, bytes]) => [name, gzipSync(bytes, { level: 9 }).length]));
const page = readFileSync(new URL("../dist/index.html", import.meta.url), "utf8");

const isLibrary = (name) => Object.values(LIBRARIES).some((pattern) => pattern.test(name));
const scripts = [...files.keys()].filter((name) => name.endsWith(".js") && !isLibrary(name));
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
const sum = (names) => [...names].reduce((total, name) => total + sizes.get(name), 0);

/** Returns a script and all that it imports before it can run. */
function needed(name, found = new Set()) {
  if (found.has(name) || !scripts.includes(name)) return found;
  found.add(name);
  const imports = files.get(name).toString().matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g);
  for (const [, imported] of imports) needed(imported, found);
  return found;
}

const entry = scripts.filter((name) => page.includes(name)).flatMap((name) => [...needed(name)]);
const visits = scripts.map((name) => ({ name, bytes: sum(new Set([...entry, ...needed(name)])) }));
const heaviest = visits.reduce((most, visit) => (visit.bytes > most.bytes ? visit : most));

for (const [name, bytes] of [...sizes].sort(([, one], [, other]) => other - one)) {
  console.log(`${kB(bytes)}  ${name}${isLibrary(name) ? "  (library, on demand)" : ""}`);
}
console.log(`${kB(sum([...files.keys()].filter((name) => page.includes(name))))}  before the first screen: scripts and styles`);
console.log(`${kB(sum(scripts))}  all screens of all roles together`);
console.log(`${kB(heaviest.bytes)}  the heaviest screen, ${heaviest.name}; at most ${kB(MOST_BYTES).trim()}`);
if (heaviest.bytes > MOST_BYTES) {
  console.error("That is too heavy; web/README.md says what counts.");
  process.exit(1);
}
