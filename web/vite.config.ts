import { defineConfig } from "vite";

const API = "http://localhost:8000"; // what `make up` serves

export default defineConfig({
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
            { name: "base", priority: 2, test: /node_modules.@?preact|src.(api|app|kit|session)\b|src.\w+\.tsx?$|strings.(common|people-kit)/ },
            { name: (id) => /(?:screens|strings).(studio|upload|people|search|settings|moderation)\b/.exec(id)?.[1], priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": API, "/media": API, "/health": API } },
});
