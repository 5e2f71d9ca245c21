import { defineConfig } from 'vitest/config'

const PAGES = 'e2e/pages/**/*.test.ts'
const base = {
  globalSetup: ['packages/server/test/global-setup.ts'],
  pool: 'forks' as const,
}

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...base,
          name: 'all',
          include: [
            'packages/**/*.test.ts',
            'e2e/**/*.test.ts',
            'bench/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: [PAGES, '**/node_modules/**', '**/dist/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          ...base,
          name: 'pages',
          include: [PAGES],
          // A browser takes more than one processor: one after the other, and after everything else.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
})
