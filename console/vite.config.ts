/** How Vite builds the console and serves it while it is worked on: `npx vite console`, with the API of a server at SLUICE_API. */
import { defineConfig, type InlineConfig } from 'vite'
import { contractTable } from './contract-table.ts'

const api = process.env['SLUICE_API'] ?? 'http://127.0.0.1:3000'

export const consoleConfig: InlineConfig = {
  root: import.meta.dirname,
  plugins: [contractTable()],
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Pages are small, and each of a hundred tiny files would be a request.
    chunkSizeWarningLimit: 800,
    reportCompressedSize: false,
    manifest: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      // Libraries mark what is for browsers; everything here is.
      onwarn: (warning, warn) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(warning),
    },
  },
  server: { proxy: { '/v1': api } },
}

// oxlint-disable-next-line import/no-default-export -- Vite reads it so
export default defineConfig(consoleConfig)
