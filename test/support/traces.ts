/** Looks for what must be gone in every byte of a folder: a text in every form it could have been kept in. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A text and what is derived from it without a key: case, dashes, hex, base64, hashes as bytes and as hex. */
export function formsOf(text: string): ReadonlyMap<string, Buffer> {
  const forms = new Map<string, Buffer>()
  for (const [how, one] of [
    ['as it is', text],
    ['upper case', text.toUpperCase()],
    ['lower case', text.toLowerCase()],
    ['without dashes', text.replaceAll('-', '')],
  ] as const) {
    const bytes = Buffer.from(one)
    forms.set(how, bytes)
    forms.set(`${how}, hex`, Buffer.from(bytes.toString('hex')))
    forms.set(`${how}, base64`, Buffer.from(bytes.toString('base64').replace(/=+$/u, '')))
    forms.set(`${how}, base64url`, Buffer.from(bytes.toString('base64url')))
    forms.set(`${how}, UTF-16`, Buffer.from(one, 'utf16le'))
    for (const algorithm of ['md5', 'sha1', 'sha256']) {
      const digest = createHash(algorithm).update(bytes).digest()
      forms.set(`${how}, ${algorithm}`, digest)
      forms.set(`${how}, ${algorithm} hex`, Buffer.from(digest.toString('hex')))
    }
  }
  return forms
}

/** Bytes, as they are and as text. */
export function formsOfBytes(bytes: Uint8Array): ReadonlyMap<string, Buffer> {
  const buffer = Buffer.from(bytes)
  return new Map([
    ['bytes', buffer],
    ['hex', Buffer.from(buffer.toString('hex'))],
    ['HEX', Buffer.from(buffer.toString('hex').toUpperCase())],
    ['base64', Buffer.from(buffer.toString('base64').replace(/=+$/u, ''))],
    ['base64url', Buffer.from(buffer.toString('base64url'))],
  ])
}

/** `file: form` of every find, in files of any kind: databases, their logs and shared memory, texts. */
export function tracesIn(folder: string, forms: ReadonlyMap<string, Buffer>, skip: readonly string[] = []): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !skip.some((name) => entry.name.startsWith(name)))
    .flatMap((entry) => {
      const bytes = readFileSync(join(entry.parentPath, entry.name))
      return [...forms].filter(([, form]) => bytes.includes(form)).map(([how]) => `${entry.name}: ${how}`)
    })
}
