import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
import { withoutDescriptions } from './build/without-descriptions.ts'

const SERVER = 'http://127.0.0.1:8080'

/** Text compresses to a quarter; done once here, no request waits for it. */
function compressed(): Plugin {
  let folder = ''
  return {
    name: 'compressed',
    apply: 'build',
    configResolved({ root, build }) {
      folder = join(root, build.outDir)
    },
    async closeBundle() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true })
      for (const { parentPath, name } of entries.filter(({ name: each }) =>
        /\.(js|css|html|svg)$/.test(each),
      )) {
        const path = join(parentPath, name)
        const plain = await readFile(path)
        await writeFile(`${path}.gz`, gzipSync(plain, { level: 9 }))
        await writeFile(
          `${path}.br`,
          brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
        )
      }
    },
  }
}

export default defineConfig({
  base: '/app/',
  plugins: [withoutDescriptions(), react(), tailwind(), compressed()],
  resolve: { alias: { zod: join(import.meta.dirname, 'build/no-schemas.ts') } },
  build: { target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '^/(?!app/|@|$)': { target: SERVER, ws: true } } },
})
