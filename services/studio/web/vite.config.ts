import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

import { withoutUnused } from "./unused";

// The viewer's library changes seldom and is large: a file of its own, whose name stays when pages change.
const VIEWER = /node_modules\/(@cornerstonejs|@kitware|gl-matrix|comlink)/;

const PAGES = ["index", "audit", "cases", "curate", "denied", "jobs", "login", "lti", "missing", "quiz", "reading", "share", "study", "verify"];

// `--mode harness` builds the pages that only development and tests open.
export default defineConfig(({ mode }) => ({
  ...(mode === "harness" ? { root: "harness" } : {}),
  base: "./", // the studio may stand under a path
  plugins: [preact({ prefreshEnabled: false, devToolsEnabled: false }), withoutUnused()],
  build: {
    outDir: "../pages",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy takes no data: addresses
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: mode === "harness" ? { viewer: "harness/viewer.html" } : Object.fromEntries(PAGES.map((name) => [name, `${name}.html`])),
      output: {
        manualChunks: (id: string) => (VIEWER.test(id) ? "viewer-library" : undefined),
        // A reader of a study who looks at the page's source finds no name of a module, such as "recipe".
        chunkFileNames: ({ name }: { name: string }) => `assets/${/^viewer/i.test(name) ? "[name]" : "part"}-[hash].js`,
      },
    },
  },
  test: { environment: "happy-dom", isolate: false, maxWorkers: 1, testTimeout: 60_000, include: ["src/**/*.test.{ts,tsx}"] },
}));
