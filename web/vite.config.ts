import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// What blurs a background comes from the installation itself, in a folder named after its content.
const SEGMENTER = [
  "selfie_segmentation.js",
  "selfie_segmentation.binarypb",
  "selfie_segmentation_landscape.tflite",
  "selfie_segmentation_solution_simd_wasm_bin.js",
  "selfie_segmentation_solution_simd_wasm_bin.wasm",
] as const;
const segmenter = () =>
  SEGMENTER.map((name) => ({
    name,
    source: readFileSync(here(`node_modules/@mediapipe/selfie_segmentation/${name}`)),
  }));

function segmenterFolder(): string {
  const hash = createHash("sha256");
  for (const { source } of segmenter()) hash.update(source);
  return `blur/${hash.digest("hex").slice(0, 8)}/`;
}

const copySegmenter: Plugin = {
  name: "copy-segmenter",
  generateBundle() {
    for (const { name, source } of segmenter()) {
      const fileName = segmenterFolder() + name;
      this.emitFile({ type: "asset", fileName, source });
      // Six megabytes: packed here once, and not by every process that starts.
      if (name.endsWith(".wasm")) {
        this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(source) });
      }
    }
  },
};

export default defineConfig({
  base: "/static/",
  define: { __BLUR_FOLDER__: JSON.stringify(`/static/${segmenterFolder()}`) },
  plugins: [copySegmenter],
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    // A link that a script adds has no nonce, and what a chunk needs is there already.
    modulePreload: { polyfill: false, resolveDependencies: () => [] },
    target: ["chrome107", "firefox104", "safari16"],
    // Inlined data: addresses would not pass the font-src and worker-src of our pages.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: {
        call: here("src/call-page.ts"),
        practice: here("src/practice-page.ts"),
        test: here("src/test-page.ts"),
        elsewhere: here("src/elsewhere-page.ts"),
        staff: here("src/staff-page.ts"),
        planner: here("src/planner-page.ts"),
        main: here("styles/main.css"),
        "call-style": here("styles/call.css"),
        "practice-style": here("styles/practice.css"),
        "planner-style": here("styles/planner.css"),
      },
    },
  },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
    // Only for what hangs: on a machine that does much else a second of work takes long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
