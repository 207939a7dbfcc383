/**
 * What partners received of an identity before its addresses were kept: read from the ledger once, then stored. A record names
 * the classes that passed unchanged, not their values. So an identity's class is certain only if no other class of the record
 * could hold it.
 */
import { type IdentityKey, never, type PartnerId } from '../model/brand.ts'
import type { IdentityKind } from '../model/event.ts'
import type { EarlierDisclosure, NoticeStore } from './ports.ts'

/** From the record of a disclosure that was or may have been made. */
export interface PastDisclosure {
  readonly partner: PartnerId
  readonly app: string
  /** The app's platform; undefined if the app is no longer configured. */
  readonly platform: string | undefined
  /** Classes that passed unchanged. */
  readonly passed: ReadonlySet<string>
}

export interface FindEarlierParts {
  readonly store: Pick<NoticeStore, 'earlier' | 'saveEarlier'>
  /** The ledger's disclosures about this identity, or found by it. */
  readonly disclosures: (identity: IdentityKey) => AsyncIterable<PastDisclosure>
  readonly kindOf: (identity: IdentityKey) => IdentityKind
}

/** By identity. Reads the ledger once per identity. */
export type FindEarlier = (
  identities: readonly IdentityKey[],
) => Promise<ReadonlyMap<IdentityKey, readonly EarlierDisclosure[]>>

export function createFindEarlier({ store, disclosures, kindOf }: FindEarlierParts): FindEarlier {
  const read = async (identity: IdentityKey): Promise<readonly EarlierDisclosure[]> => {
    const had = new Map<string, EarlierDisclosure>()
    for await (const { partner, app, platform, passed } of disclosures(identity)) {
      const one = { partner, app, ...passedAs(kindOf(identity), passed, platform) }
      had.set([partner, app, one.class, one.kind].join('\0'), one)
    }
    const found = [...had.values()]
    await store.saveEarlier(identity, found)
    return found
  }
  return async (identities) => {
    const distinct = [...new Set(identities)]
    const known = await store.earlier(distinct)
    const found = new Map<IdentityKey, readonly EarlierDisclosure[]>()
    for (const [place, identity] of distinct.entries()) found.set(identity, known[place] ?? (await read(identity)))
    return found
  }
}

const UNCERTAIN = { class: '', kind: '' } as const

function passedAs(
  kind: IdentityKind,
  passed: ReadonlySet<string>,
  platform: string | undefined,
): Pick<EarlierDisclosure, 'class' | 'kind'> {
  switch (kind) {
    case 'user':
      return passed.has('user_id') ? { class: 'user_id', kind: '' } : UNCERTAIN
    case 'anonymous':
      return passed.has('anonymous_id') ? { class: 'anonymous_id', kind: '' } : UNCERTAIN
    case 'advertising_id':
      if (!passed.has('advertising_id')) return UNCERTAIN
      return { class: 'advertising_id', kind: platform === 'ios' ? 'idfa' : 'unknown' }
    case 'vendor_id':
      // On Android it may be the app set id or the Android id, and the other one may have been sent.
      return platform === 'ios' && passed.has('vendor_id') && !passed.has('device_id')
        ? { class: 'vendor_id', kind: '' }
        : UNCERTAIN
    default:
      return never(kind)
  }
}
