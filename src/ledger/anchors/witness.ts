/** A C2SP tlog-witness: it cosigns a checkpoint only if that extends every earlier one it has seen of this ledger. */

import { withoutTail } from '../../model/text.ts'
import { findCosignature, parseWitnessKey } from './cosignature.ts'
import { type Anchor, AnchorContradicts, type CosignatureStore } from './ports.ts'
import { postText } from './post.ts'

export interface WitnessParts {
  /** Its submission prefix. */
  readonly url: string
  /** Its verifier key. */
  readonly key: string
  /** RFC 6962 proof, base64 hashes; undefined if the records it needs were pruned. */
  readonly consistency: (from: number, to: number) => Promise<readonly string[] | undefined>
  readonly kept: CosignatureStore
}

/** tlog-witness: the body holds the size of the newest checkpoint it cosigned. */
const CONFLICT = 409
/** tlog-witness: the proof does not connect what it has seen to this checkpoint. */
const INCONSISTENT = 422

export function witnessAnchor({ url, key, consistency, kept }: WitnessParts): Anchor {
  const witness = parseWitnessKey(key)
  const submit = `${withoutTail(url, '/')}/add-checkpoint`
  /** Size of the newest checkpoint it cosigned; with 0, a conflict answers the real size. */
  let seen = 0
  return {
    name: `witness ${witness.name}`,
    where: new URL(url).origin,
    put: async ({ size, note }) => {
      for (let attempt = 0; attempt < 2; attempt++) {
        const proof = await consistency(seen, size)
        if (proof === undefined) throw new Error(`records that its ${seen} rest on are no longer kept`)
        const { status, body } = await postText(
          submit,
          `old ${seen}\n${proof.map((hash) => `${hash}\n`).join('')}\n${note}`,
        )
        if (status === CONFLICT && attempt === 0) {
          const known = Number(/^(0|[1-9][0-9]{0,15})\n$/u.exec(body)?.[1] ?? Number.NaN)
          if (known > size)
            throw new AnchorContradicts(`it has seen ${known} records of this ledger, which has ${size}: that`)
          if (!(known <= size)) throw new Error('it does not say how much of this ledger it has seen')
          seen = known
          continue
        }
        if (status === INCONSISTENT) throw new AnchorContradicts(`what it has seen of this ledger at ${seen} records`)
        if (status !== 200) throw new Error(`it answered ${status}`)
        const line = findCosignature(body, note, witness)
        if (line === undefined) throw new Error('its answer holds no good cosignature under its key')
        kept.add({ size, witness: witness.name, line })
        seen = size
        return
      }
      throw new Error('it does not say twice the same of what it has seen')
    },
  }
}
