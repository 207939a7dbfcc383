/** Validates a contract's `connection` against its partner type. Never repeats a connection's value. */
import type { Json } from '../../model/brand.ts'
import type { Path, Problem } from '../../model/problem.ts'
import type { Connection, PartnerType } from '../../partners/kit/type.ts'
import { isInsideHost } from '../../platform/public-address.ts'
import { isSecretReference, REFERENCE_FORM } from '../options/words.ts'
import { shape, shapeOf } from '../shape.ts'
import { problemAt, type Source } from '../source.ts'

export type CheckedConnection =
  | { readonly ok: true; readonly connection: Connection }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** `allowLoopback` is undefined if `gateway.yaml` is invalid: loopback is then not judged. */
export function checkConnection(
  source: Source,
  raw: Readonly<Record<string, unknown>>,
  type: PartnerType,
  allowLoopback: boolean | undefined,
): CheckedConnection {
  // The type may report the same problem: one per place is enough.
  const own = [...checkSecrets(source, raw, type), ...checkOrigins(source, ['connection'], raw, allowLoopback)]
  const isReported = (path: string): boolean => own.some((one) => path === one.path || path.startsWith(`${one.path}.`))
  const shaped = shape(type.connection, source, raw, { under: ['connection'], repeatValues: false })
  const problems = [...own, ...(shaped.ok ? [] : shaped.problems.filter(({ path }) => !isReported(path)))]
  if (problems.length > 0 || !shaped.ok) return { ok: false, problems }
  // Sound: `PartnerType.connection` promises plain data; the copy ensures it.
  const connection = JSON.parse(JSON.stringify(shaped.value)) as { readonly [key: string]: Json }
  try {
    type.encoder(connection)
  } catch {
    // The type's message may repeat a setting, and so a key.
    const found = `settings that the type ${type.type} cannot work with`
    return {
      ok: false,
      problems: [
        problemAt(source, ['connection'], { found, hint: `Compare them with docs/partners/${type.type}.md.` }),
      ],
    }
  }
  return { ok: true, connection }
}

/** A secret's place must hold a reference. Other content is not repeated, not even as a path. */
function checkSecrets(source: Source, raw: Readonly<Record<string, unknown>>, type: PartnerType): readonly Problem[] {
  return type.secrets.flatMap((pattern) =>
    secretPlaces(raw, pattern.split('.')).flatMap(({ path, value }) => {
      if (isReferenceWithPrefix(value)) return []
      // `headers.*` may also hold plain texts; only names of credentials require a reference.
      if (pattern.endsWith('*') && typeof value === 'string' && !CREDENTIAL_NAME.test(path.at(-1) ?? '')) return []
      return [
        problemAt(source, ['connection', ...path], {
          found: `${shapeOf(value)} in the place of a secret, not a reference to it`,
          allowed: REFERENCE_FORM,
          hint: 'A secret itself never stands in a file of the configuration; if it was real, replace it.',
          at: 'key',
        }),
      ]
    }),
  )
}

const CREDENTIAL_NAME = /auth|token|secret|key|passw|credential|cookie|signature|session/i

/** The places in the file that match a pattern such as `key`, `signature.key` or `headers.*`. */
function secretPlaces(
  value: unknown,
  pattern: readonly string[],
  above: readonly string[] = [],
): readonly { readonly path: readonly string[]; readonly value: unknown }[] {
  const [step, ...rest] = pattern
  if (step === undefined) return [{ path: above, value }]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const map = value as Readonly<Record<string, unknown>>
  const keys = step === '*' ? Object.keys(map) : Object.hasOwn(map, step) ? [step] : []
  return keys.flatMap((key) => secretPlaces(map[key], rest, [...above, key]))
}

/** `{ prefix: "Bearer ", env: NAME }` is a reference inside a header. */
function isReferenceWithPrefix(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { prefix, ...reference } = value as Readonly<Record<string, unknown>>
  return (prefix === undefined || (typeof prefix === 'string' && prefix.length <= 64)) && isSecretReference(reference)
}

/** Every address in a connection must be https, or loopback if the gateway allows it. */
function checkOrigins(
  source: Source,
  path: Path,
  value: unknown,
  allowLoopback: boolean | undefined,
): readonly Problem[] {
  if (typeof value === 'object' && value !== null) {
    const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
    return entries.flatMap(([key, inner]) => checkOrigins(source, [...path, key], inner, allowLoopback))
  }
  const [, scheme = '', host = ''] =
    typeof value === 'string' ? (/^\s*([a-z][a-z0-9+.-]*):\/\/([^/?#]*)/i.exec(value) ?? []) : []
  if (scheme === '') return []
  const problem = (found: string, hint = ''): readonly Problem[] => [
    problemAt(source, path, { found, allowed: 'an https address', hint }),
  ]
  if (host.includes('@'))
    return problem('an address with a user name or password in it', 'Make it a secret of its own.')
  if (!/^https?$/i.test(scheme)) return problem('an address that is not https')
  if (hasCredential(String(value)))
    return problem('an address with a credential in its query', 'Make it a secret of its own.')
  if (isLoopback(host)) {
    if (allowLoopback !== false) return []
    return problem('an address of this machine', 'For a test, set allow_loopback_partners: true in gateway.yaml.')
  }
  return /^https$/i.test(scheme) ? [] : problem('an address that is not https')
}

/**
 * Addresses that no partner can have: sending would be refused by the rule for outgoing connections, which uses the same function
 * (RFC 6890; CWE-918). Covers every notation that a URL parser accepts: `0x7f.1`, `[::ffff:10.0.0.1]`.
 */
export function warnOfAddresses(
  source: Source,
  connection: Readonly<Record<string, unknown>>,
  problems: readonly Problem[],
): readonly Problem[] {
  const walk = (value: unknown, path: Path): readonly Problem[] => {
    if (typeof value === 'object' && value !== null) {
      const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
      return entries.flatMap(([key, inner]) => walk(inner, [...path, key]))
    }
    const url = typeof value === 'string' && /^\s*https?:/i.test(value) ? URL.parse(value.trim()) : null
    if (url === null || !isInsideHost(url.hostname)) return []
    // For tests on this machine, if the gateway allows it: `http://127.0.0.1:9000`.
    if (url.protocol === 'http:') return []
    const warning = problemAt(source, path, {
      found: 'an address inside of a network, at which no partner can be: every send to it is refused',
      allowed: 'a public address',
    })
    return problems.some(({ line, column }) => line === warning.line && column === warning.column) ? [] : [warning]
  }
  return walk(connection, ['connection'])
}

/** `?api_key=…` with a literal value: every reader of the file could use it. */
function hasCredential(address: string): boolean {
  const query = address.split('?')[1] ?? ''
  return query
    .split('&')
    .some((pair) => /^([a-z]*_?(key|token)|secret|password|passwd|auth|signature|sig)=[^{%$_[(#]/i.test(pair))
}

function isLoopback(host: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
}
