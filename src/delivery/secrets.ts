/** Secrets are references: `{env: NAME}` or `{file: path}`. Read when needed, re-read when the file changes, never shown. */
import { readFileSync, statSync } from 'node:fs'
import type { Json } from '../model/brand.ts'

/** A secret could not be read: names the reference, never a value. The delivery is retried later. */
export class SecretUnreadable extends Error {
  constructor(reference: string, cause?: unknown) {
    super(`secret ${reference} cannot be read`, { cause })
    this.name = 'SecretUnreadable'
  }
}

export type ReadSecret = (reference: Json | undefined) => string

export function createSecretReader(environment: Readonly<Record<string, string | undefined>>): ReadSecret {
  const files = new Map<string, { readonly changedAt: number; readonly value: string }>()
  return (reference) => {
    if (typeof reference !== 'object' || reference === null || Array.isArray(reference))
      throw new SecretUnreadable('of unknown form')
    const { env, file } = reference as { readonly env?: Json; readonly file?: Json }
    if (typeof env === 'string') {
      const value = environment[env]
      if (value === undefined || value === '') throw new SecretUnreadable(`env ${env}`)
      return value
    }
    if (typeof file !== 'string') throw new SecretUnreadable('of unknown form')
    try {
      const changedAt = statSync(file).mtimeMs
      const known = files.get(file)
      if (known?.changedAt === changedAt) return known.value
      const value = readFileSync(file, 'utf8').trim()
      // An empty file, perhaps being rewritten: an empty secret would accept an empty proof.
      if (value === '') throw new Error('it is empty')
      files.set(file, { changedAt, value })
      return value
    } catch (error) {
      throw new SecretUnreadable(`file ${file}`, error)
    }
  }
}
