import durable from "@durabletest/vitest-plugin/config";
import { defineConfig } from "vitest/config";

export default defineConfig({ plugins: [durable()], test: { include: ["*.test.ts"] } });
