import type { WireResult } from '../flow/ports.ts'
import type { PartnerId } from '../model/brand.ts'
import type { UnderWay } from '../observe/under-way.ts'
import type { HttpWire } from './http-wire.ts'

/** Counts a request from its first byte to its end. */
export function observedWire(wire: HttpWire, begun: UnderWay, refused: (partner: PartnerId) => void): HttpWire {
  const watch = (partner: PartnerId, begin: () => boolean) => {
    let end = (): void => {}
    return {
      begin: () => {
        const mayBegin = begin()
        if (mayBegin) end = begun.begin()
        return mayBegin
      },
      ended: async (result: Promise<WireResult>): Promise<WireResult> => {
        try {
          const known = await result
          if (known.kind === 'failed_before_write' && known.code === 'EGRESS_REFUSED') refused(partner)
          return known
        } finally {
          end()
        }
      },
    }
  }
  return {
    ...wire,
    send: (partner, request, begin) => {
      const watched = watch(partner, begin)
      return watched.ended(wire.send(partner, request, watched.begin))
    },
    forward: (partner, request, begin, sink) => {
      const watched = watch(partner, begin)
      const { ended, abandon } = wire.forward(partner, request, watched.begin, sink)
      return { ended: watched.ended(ended), abandon }
    },
  }
}
