/** The built console's files, read once. Without them the gateway runs and `/` does not exist. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The output of `npm run build:console`. */
const BUILT = fileURLToPath(new URL('../../../dist/console/', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
}

export interface ConsoleFile {
  readonly bytes: Buffer
  /** Compressed at build time; undefined if that saved too little. */
  readonly gzipped: Buffer | undefined
  readonly type: string
  readonly etag: string
}

/** By path (`/index.html`, `/assets/…`); empty if no console was built. */
export function readConsole(folder: string = BUILT): ReadonlyMap<string, ConsoleFile> {
  if (!existsSync(join(folder, 'index.html'))) return new Map()
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => name.split(sep).join('/'))
  return new Map(
    names.flatMap((name) => {
      const type = TYPES[extname(name)]
      if (type === undefined) return []
      const bytes = readFileSync(join(folder, name))
      const gzipped = names.includes(`${name}.gz`) ? readFileSync(join(folder, `${name}.gz`)) : undefined
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
      return [[`/${name}`, { bytes, gzipped, type, etag }] as const]
    }),
  )
}
