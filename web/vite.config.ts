import { defineConfig } from "vite";

const API = "http://localhost:8000"; // what `make up` serves

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
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
      },
    },
  },
  server: { proxy: { "/api": API, "/media": API, "/health": API } },
});
