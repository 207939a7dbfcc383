/**
 * What partners had of an identity before its addresses were kept: read from the ledger once, and noted. A record says which
 * classes left as they were, not which value was which: only where no other class of the record could be the identity is it
 * certain as what it left.
 */
import { type IdentityKey, never, type PartnerId } from '../model/brand.ts'
import type { IdentityKind } from '../model/event.ts'
import type { HadBefore, NoticeStore } from './ports.ts'

/** Of a record about a disclosure that may have been made. */
export interface Disclosed {
  readonly partner: PartnerId
  readonly app: string
  /** `ios`, `android`, or what the app is; undefined where nobody knows any more. */
  readonly platform: string | undefined
  /** Classes that left as they were. */
  readonly passed: ReadonlySet<string>
}

export interface BeforeParts {
  readonly store: Pick<NoticeStore, 'before' | 'noteBefore'>
  /** What the ledger says of disclosures about this identity, or found by it. */
  readonly disclosures: (identity: IdentityKey) => AsyncIterable<Disclosed>
  readonly kindOf: (identity: IdentityKey) => IdentityKind
}

/** By identity. Reads no record of one that was looked up before. */
export type LookBefore = (identities: readonly IdentityKey[]) => Promise<ReadonlyMap<IdentityKey, readonly HadBefore[]>>

export function createLookBefore({ store, disclosures, kindOf }: BeforeParts): LookBefore {
  const read = async (identity: IdentityKey): Promise<readonly HadBefore[]> => {
    const had = new Map<string, HadBefore>()
    for await (const { partner, app, platform, passed } of disclosures(identity)) {
      const one = { partner, app, ...passedAs(kindOf(identity), passed, platform) }
      had.set([partner, app, one.class, one.kind].join('\0'), one)
    }
    const found = [...had.values()]
    await store.noteBefore(identity, found)
    return found
  }
  return async (identities) => {
    const distinct = [...new Set(identities)]
    const known = await store.before(distinct)
    const found = new Map<IdentityKey, readonly HadBefore[]>()
    for (const [place, identity] of distinct.entries()) found.set(identity, known[place] ?? (await read(identity)))
    return found
  }
}

const UNCERTAIN = { class: '', kind: '' } as const

function passedAs(
  kind: IdentityKind,
  passed: ReadonlySet<string>,
  platform: string | undefined,
): Pick<HadBefore, 'class' | 'kind'> {
  switch (kind) {
    case 'user':
      return passed.has('user_id') ? { class: 'user_id', kind: '' } : UNCERTAIN
    case 'anonymous':
      return passed.has('anonymous_id') ? { class: 'anonymous_id', kind: '' } : UNCERTAIN
    case 'advertising_id':
      if (!passed.has('advertising_id')) return UNCERTAIN
      return { class: 'advertising_id', kind: platform === 'ios' ? 'idfa' : 'unknown' }
    case 'vendor_id':
      // Of an Android device it may be the app set id or the Android id, and the other one may be what left.
      return platform === 'ios' && passed.has('vendor_id') && !passed.has('device_id')
        ? { class: 'vendor_id', kind: '' }
        : UNCERTAIN
    default:
      return never(kind)
  }
}
