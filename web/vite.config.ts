import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "/static/",
  publicDir: false,
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
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
  },
});
