/**
 * The gateway's own keys: 32 random bytes each, made at the first start where the configuration names no place for
 * them. Losing `index` loses every stored choice; losing `encryption` loses every event that waits.
 */
import { createHmac, createPrivateKey, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { type GatewayConfig, KEY_NAMES, type KeyName } from '../contracts/config.ts'
import { replaceFile, syncFolder } from '../platform/durable-file-sync.ts'

const KEY_BYTES = 32
/** PKCS#8 wrapping of an Ed25519 seed (RFC 8410, section 7). */
export const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** A key could not be read or is not one. Says which and where, never what was found. */
export class KeyUnusable extends Error {
  constructor(name: KeyName, where: string, problem: string, cause?: unknown) {
    super(`key ${name} (${where}): ${problem}. It must hold 32 bytes as 64 hex digits or base64.`, { cause })
    this.name = 'KeyUnusable'
  }
}

export interface Keys {
  readonly index: KeyObject
  readonly pseudonym: KeyObject
  readonly commitment: KeyObject
  /** Raw: wraps the subjects' keys in the intake's worker. */
  readonly encryption: Uint8Array
  /** Raw: a P-256 key is made of it. */
  readonly deletion: Uint8Array
  /** Ed25519. */
  readonly signing: KeyObject
  /** By name: 16 hex digits that tell keys apart and say nothing of them. */
  readonly fingerprints: Readonly<Record<KeyName, string>>
}

export function loadKeys(config: GatewayConfig, environment: Readonly<Record<string, string | undefined>>): Keys {
  const bytes = Object.fromEntries(
    KEY_NAMES.map((name) => [name, readKey(name, config.keys[name], environment)]),
  ) as Record<KeyName, Buffer>
  return {
    index: createSecretKey(bytes.index),
    pseudonym: createSecretKey(bytes.pseudonym),
    commitment: createSecretKey(bytes.commitment),
    encryption: new Uint8Array(bytes.encryption),
    deletion: new Uint8Array(bytes.deletion),
    signing: createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, bytes.signing]), format: 'der', type: 'pkcs8' }),
    fingerprints: Object.fromEntries(
      KEY_NAMES.map((name) => [name, keyedReference(createSecretKey(bytes[name]), 'fingerprint', name).slice(0, 16)]),
    ) as Record<KeyName, string>,
  }
}

function readKey(
  name: KeyName,
  reference: GatewayConfig['keys'][KeyName],
  environment: Readonly<Record<string, string | undefined>>,
): Buffer {
  if ('env' in reference) return parseKey(name, `env ${reference.env}`, environment[reference.env] ?? '')
  if (!existsSync(reference.file)) writeOnce(reference.file, randomBytes(KEY_BYTES).toString('hex'))
  try {
    return parseKey(name, reference.file, readFileSync(reference.file, 'utf8'))
  } catch (error) {
    if (error instanceof KeyUnusable) throw error
    throw new KeyUnusable(name, reference.file, 'cannot be read', error)
  }
}

function parseKey(name: KeyName, where: string, text: string): Buffer {
  const trimmed = text.trim()
  const bytes = /^[0-9a-f]{64}$/i.test(trimmed) ? Buffer.from(trimmed, 'hex') : Buffer.from(trimmed, 'base64')
  if (bytes.length !== KEY_BYTES) throw new KeyUnusable(name, where, trimmed === '' ? 'is empty' : 'is not 32 bytes')
  return bytes
}

/**
 * Whole or not there, however a start ends; durable, with its name, before it is used; readable by this account alone.
 * Nothing may be at `path`: this process owns the folder.
 */
function writeOnce(path: string, text: string): void {
  const folder = dirname(path)
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    syncFolder(dirname(folder))
  }
  replaceFile(path, `${text}\n`)
  syncFolder(folder)
}

/** First 16 bytes of `HMAC-SHA256(key, parts joined with NUL)` as hex: references that mean nothing without the key. */
export function keyedReference(key: KeyObject, ...parts: readonly string[]): string {
  return createHmac('sha256', key).update(parts.join('\0')).digest('hex').slice(0, 32)
}
