import { defineConfig, type Plugin } from "vite";

const API = "http://localhost:8000"; // what `make up` serves

/** Has the feed's code fetched beside the shell's: most visits begin with it. */
const preloadFeed: Plugin = {
  name: "preload-feed",
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle = {} }) =>
      Object.keys(bundle)
        .filter((name) => /^assets\/feed-.*\.js$/.test(name))
        .map((name) => ({ tag: "link", attrs: { rel: "modulepreload", crossorigin: true, href: `/${name}` }, injectTo: "head" })),
  },
};

export default defineConfig({
  plugins: [preloadFeed],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // A file's name makes its classes its own; names that repeat their keys weigh next to nothing.
  css: { modules: { generateScopedName: (name, file) => `${name}_${/(\w+)\.module/.exec(file)![1]}` } },
  build: {
    target: "es2023",
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0, // the policy allows no inline script, and a file can be kept for ever
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        hashCharacters: "base36",
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
        // One chunk for what every screen is made of and one for each large area: together they
        // compress to a seventh less than a chunk for every module that two screens share.
        codeSplitting: {
          groups: [
            { name: "base", priority: 3, test: /node_modules.@?preact|src.(api|app|kit|session)\b|playback.engine|src.\w+\.tsx?$|strings.(common|people-kit)/ },
            { name: (id) => (/screens.feed.(panels|comments|sheets|copying)\b/.test(id) ? "panels" : "feed"), test: /(screens|strings).feed\b|src.playback\b/, priority: 2 },
            { name: (id) => /(?:screens|strings).(studio|upload|people|search|settings|moderation)\b/.exec(id)?.[1], priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": API, "/media": API, "/health": API } },
});
