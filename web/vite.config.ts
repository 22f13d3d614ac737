import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { precompress } from "./build/precompress.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  // The server gives each response a nonce of its own in place of this.
  html: { cspNonce: "__INTRVU_NONCE__" },
  plugins: [precompress()],
  build: {
    outDir: "dist",
    // No data: addresses but those that libraries bring: a policy can then forbid most of them.
    assetsInlineLimit: 0,
    // Monaco is one large piece by nature; it is loaded by this page only.
    chunkSizeWarningLimit: 5_000,
    reportCompressedSize: false,
    // One page an entry: the practice room will be "index.html" beside this one.
    rolldownOptions: {
      input: { graphiql: here("graphiql.html") },
      // Libraries mark files "use client", for React servers: there is none here.
      checks: { moduleLevelDirective: false },
    },
  },
  worker: { format: "es" },
});
