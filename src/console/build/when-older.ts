/**
 * Builds the console if there is no build or its sources are newer. Never keeps the gateway from starting: if the build fails,
 * it reports why, and the gateway runs without a console.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { writeOperations } from './write-operations.ts'
import { writeSnippets } from './write-snippets.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const SOURCES = [
  'src/console',
  'src/model',
  'docs/openapi.json',
  'docs/sdks.md',
  'config/schema/partner.json',
  'package-lock.json',
]
const BUILT = join(ROOT, 'dist', 'console')
const STAMP = join(BUILT, 'built.txt')
/** Smaller files are not compressed. */
const GZIP_FROM = 1_024

function newestOf(path: string): number {
  const full = join(ROOT, path)
  if (!existsSync(full)) return 0
  if (!statSync(full).isDirectory()) return statSync(full).mtimeMs
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.endsWith('.test.ts') && !name.endsWith('operations.ts') && !name.endsWith('snippets.ts'))
    .reduce((newest, name) => Math.max(newest, statSync(join(full, name)).mtimeMs), 0)
}

function isFresh(): boolean {
  return existsSync(STAMP) && SOURCES.every((path) => newestOf(path) <= statSync(STAMP).mtimeMs)
}

function gzipAll(): void {
  for (const name of readdirSync(BUILT, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(?:js|css|html|svg)$/.test(name)) continue
    const bytes = readFileSync(join(BUILT, name))
    if (bytes.length >= GZIP_FROM) writeFileSync(join(BUILT, `${name}.gz`), gzipSync(bytes, { level: 9 }))
  }
}

async function buildConsole(): Promise<void> {
  writeOperations()
  writeSnippets()
  const { build } = await import('vite')
  await build({ configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)), logLevel: 'warn' })
  gzipAll()
  writeFileSync(STAMP, 'The console, built from src/console.\n')
}

if (!isFresh()) {
  try {
    const began = Date.now()
    await buildConsole()
    process.stdout.write(`Built the console in ${((Date.now() - began) / 1_000).toFixed(1)} s.\n`)
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'for no reason given'
    process.stdout.write(`The console was not built (${why}): the gateway runs without it.\n`)
    if (process.argv.includes('--strict')) process.exitCode = 1
  }
}
