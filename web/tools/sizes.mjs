// Prints what the built site weighs, gzipped, and fails when the app's own JavaScript is too heavy.
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST_APP_BYTES = 60_000;
const LIBRARIES = { "hls.js": /^hls-/, uPlot: /^uplot[.-]/i }; // loaded only where they are needed

const assets = new URL("../dist/assets/", import.meta.url);
const sizes = readdirSync(assets)
  .map((name) => ({ name, bytes: gzipSync(readFileSync(new URL(name, assets)), { level: 9 }).length }))
  .sort((one, other) => other.bytes - one.bytes);

const library = (name) => Object.keys(LIBRARIES).find((each) => LIBRARIES[each].test(name));
const isScript = (name) => name.endsWith(".js");
const sum = (rows) => rows.reduce((total, row) => total + row.bytes, 0);
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(9);

const page = readFileSync(new URL("../dist/index.html", import.meta.url), "utf8");
const app = sizes.filter(({ name }) => isScript(name) && !library(name));
const first = sizes.filter(({ name }) => page.includes(name));

for (const { name, bytes } of sizes) console.log(`${kB(bytes)}  ${name}${library(name) ? "  (library)" : ""}`);
console.log(`${kB(sum(first))}  before the first screen: scripts and styles`);
console.log(`${kB(sum(app))}  all of the app's JavaScript, at most ${kB(MOST_APP_BYTES).trim()}`);
if (sum(app) > MOST_APP_BYTES) {
  console.error("The app's JavaScript is too heavy; see web/README.md.");
  process.exit(1);
}
