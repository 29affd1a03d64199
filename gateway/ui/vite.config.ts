import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** The gateway serves `name.gz` instead of `name` to a browser that takes it. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    closeBundle() {
      const folder = new URL('dist/assets/', import.meta.url)
      for (const name of readdirSync(folder).filter((one) => /\.(js|css|svg)$/.test(one)))
        writeFileSync(new URL(`${name}.gz`, folder), gzipSync(readFileSync(new URL(name, folder)), { level: 9 }))
    },
  }
}

export default defineConfig({
  plugins: [react(), compressed()],
  // The gateway puts a nonce of its own here for each answer (gateway/pages.py).
  html: { cspNonce: 'MEDPRO_NONCE' },
  build: {
    // The first ones that know light-dark(), which older targets would have rewritten.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
    rollupOptions: { input: ['index.html', 'docs.html'] },
  },
  server: { proxy: { '/api/v1': 'http://127.0.0.1:8080' } },
})
