/** Checks a contract's `notify` against what its partner accepts, and points out further options. */
import type { EpochMs } from '../../model/brand.ts'
import type { Path, Problem } from '../../model/problem.ts'
import type { RegisteredType } from '../../partners/kit/envelope-limits.ts'
import type { NoticeAbility, ToldVerb } from '../../partners/kit/notices.ts'
import type { Connection } from '../../partners/kit/type.ts'
import type { NotifyOptions } from '../options/notify.ts'
import type { Finding } from '../source.ts'

type Flag = (path: Path, finding: Finding) => Problem
type Key = 'opt_out' | 'deletion'

const VERBS = { opt_out: 'opt_out', deletion: 'erase' } as const satisfies Record<Key, ToldVerb>
const OF = { opt_out: 'of an opt-out', deletion: 'of a deletion' } as const satisfies Record<Key, string>

export function checkNotify(
  flag: Flag,
  notify: NotifyOptions | undefined,
  type: RegisteredType,
  connection: Connection,
): readonly Problem[] {
  if (notify === undefined || notify === 'off') return []
  return keys.flatMap((key) => {
    if (!isOn(notify[key])) return []
    const call = callOf(type, connection, key)
    const path = ['notify', key]
    if (call === undefined) {
      const instead = type.notices?.otherwise ?? ''
      const hint = `${instead}${instead === '' ? '' : ' '}See docs/partners/${type.type}.md, or write off.`
      return [flag(path, { found: `the type ${type.type} cannot be told ${OF[key]} with this connection`, hint })]
    }
    if (call.certainty !== 'A' && notify.confirmed === undefined) {
      const found = `on, and the interface is marked [${call.certainty}]: nobody has made sure that it is as described`
      return [flag(path, { found, hint: 'Try it with the partner, then say in notify.confirmed how you know.' })]
    }
    if (key === 'opt_out' && !call.reversible && !isIrrevocable(notify)) {
      const found = 'on, and the partner has no way to take it back'
      return [flag(path, { found, allowed: 'off, or { irrevocable: true }', hint: IRREVOCABLE_HINT })]
    }
    return []
  })
}
const IRREVOCABLE_HINT =
  'With { irrevocable: true } it is sent where the person shows who they are or an officer says so, never on the word of a write key.'

/** Warns of accepted notices that the contract does not mention. */
export function warnOfNotify(
  flag: Flag,
  notify: NotifyOptions | undefined,
  type: RegisteredType,
  connection: Connection,
): readonly Problem[] {
  if (notify !== undefined) return []
  const able = keys.filter((key) => callOf(type, connection, key) !== undefined)
  if (able.length === 0) return []
  const found = `missing: the partner could be told ${able.map((key) => OF[key]).join(' and ')}, and is not`
  const hint = `Write notify: { ${able.map((key) => `${key}: on`).join(', ')} } (docs/notices.md), or notify: off.`
  return [flag(['notify'], { found, hint })]
}

const DAY_MS = 86_400_000
/** Warn this many days ahead: enough for the partner to send its next certificate and for two people to approve it. */
const SOON_DAYS = 30

/** Warns if the certificates that verify a partner's answers expire soon, or have expired. */
export function warnOfTrust(
  flag: Flag,
  notify: NotifyOptions | undefined,
  type: RegisteredType,
  connection: Connection,
  now: EpochMs,
): readonly Problem[] {
  if (notify === undefined || notify === 'off') return []
  const told = keys.filter((key) => isOn(notify[key]))
  const ends = told.flatMap((key) => callOf(type, connection, key)?.under(connection)?.trustedUntil ?? [])
  const days = Math.ceil((Math.min(...ends) - now) / DAY_MS)
  if (days > SOON_DAYS) return []
  const when = days <= 0 ? 'has ended' : `ends in ${days} day${days === 1 ? '' : 's'}`
  const found = `the last certificate that the partner’s answers are checked with ${when}: from then on none is believed`
  return [flag(['connection'], { found, hint: 'Put the partner’s next one beside it.' })]
}

const keys = ['opt_out', 'deletion'] as const satisfies readonly Key[]

function isOn(value: Exclude<NotifyOptions, 'off'>[Key]): boolean {
  return value !== 'off'
}

function isIrrevocable({ opt_out: value }: Exclude<NotifyOptions, 'off'>): boolean {
  return typeof value === 'object' && value.irrevocable
}

function callOf(type: RegisteredType, connection: Connection, key: Key): NoticeAbility | undefined {
  const call = type.notices?.calls[VERBS[key]]
  return call?.under(connection) === undefined ? undefined : call
}
