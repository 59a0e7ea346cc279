import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // chDB ends a process with a segmentation fault when it was loaded in a worker thread.
    pool: 'forks',
    maxWorkers: 2,
    deps: { optimizer: { ssr: { enabled: true, include: ['typebox', 'typebox/compile', 'typebox/system'] } } },
    include: ['**/*.test.ts'],
    exclude: ['dist/**', 'node_modules/**', 'dashboards/web/**'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
