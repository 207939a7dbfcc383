import { deepEqual, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AppId, IdentityKey, NodeId, Revision } from '../model/brand.ts'
import { GatewayError } from '../model/errors.ts'
import type { GoodToKeep, ToKeep } from './accepting.ts'
import { createSpread, type Owners } from './spread.ts'

const HERE = '0' as NodeId
const REFUSED = new GatewayError('ERR_BATCH_TOO_MANY', { max: 1 })
const DOWN = new GatewayError('ERR_OWNER_UNAVAILABLE')

describe('a request’s events, spread over cells', () => {
  test('each go to their owner, and the answers come back in the order of the events', async () => {
    const { kept, keep } = spreadOver()
    deepEqual(await keep(request(['1a', '0b', '2c', '1d', '0e'])), ['1a', '0b', '2c', '1d', '0e'])
    deepEqual(kept(), ['0: 0b 0e', '1: 1a 1d', '2: 2c'])
  })
  test('all of one other cell leave this one alone, where nothing was refused', async () => {
    const { kept, keep } = spreadOver()
    await keep(request(['1a', '1b']))
    deepEqual(kept(), ['1: 1a 1b'])
  })
  test('what was refused is counted here, and by no other cell', async () => {
    const { kept, keep } = spreadOver()
    await keep({ ...request(['1a']), rejected: [{ code: 'EVENT_NO_ID' }] })
    deepEqual(kept(), ['0:  (1 rejected)', '1: 1a'])
  })
  test('a refusal comes after every cell has stored the observations, and yields to a cell that did not', async () => {
    const { kept, keep } = spreadOver()
    await rejects(keep({ ...request([]), said: said(['1a', '0b']), refusal: REFUSED }), REFUSED)
    deepEqual(kept(), ['0:  said 0b', '1:  said 1a'])
    const down = spreadOver({ down: ['1'] })
    await rejects(down.keep({ ...request([]), said: said(['1a', '0b']), refusal: REFUSED }), DOWN)
  })
  test('one owner that is down fails the request, though others keep their part', async () => {
    const { kept, keep } = spreadOver({ down: ['1'] })
    await rejects(keep(request(['0a', '1b', '2c'])), DOWN)
    deepEqual(kept(), ['0: 0a', '2: 2c'])
  })
  test('the next ones keep it where they may, this cell too, until none is left', async () => {
    const one = spreadOver({ down: ['1'], orTheNext: true })
    deepEqual(await one.keep(request(['1a', '2b', '1c'])), ['1a', '2b', '1c'])
    deepEqual(one.kept(), ['2: 1a 1c', '2: 2b'])
    const two = spreadOver({ down: ['1', '2'], orTheNext: true })
    deepEqual(await two.keep(request(['1a'])), ['1a'])
    deepEqual(two.kept(), ['0: 1a'])
  })
})

/** A key begins with its owner; where that is left out, the highest of the others has it. */
function spreadOver({
  down = [],
  orTheNext = false,
}: {
  readonly down?: readonly string[]
  readonly orTheNext?: boolean
} = {}) {
  const kept: string[] = []
  const keepAt = (cell: NodeId, { good, said: heard, rejected, refusal }: ToKeep) => {
    if (down.includes(cell)) throw DOWN
    const names = good.map(({ keys }) => keys[0]!)
    const spoke = heard.map(({ identities }) => ` said ${identities[0]}`).join('')
    kept.push(`${cell}: ${names.join(' ')}${spoke}${rejected.length === 0 ? '' : ` (${rejected.length} rejected)`}`)
    if (refusal !== undefined) throw refusal
    // Sound: what is kept is told apart by its name here.
    return names as unknown as Awaited<ReturnType<Owners['keep']>>
  }
  const owners: Owners = {
    here: HERE,
    ownerOf: (key, without) => {
      const own = key.slice(0, 1) as NodeId
      const left = (['2', '1', '0'] as NodeId[]).filter((cell) => !without.includes(cell))
      return left.includes(own) ? own : left[0]!
    },
    keep: async (owner, part) => keepAt(owner, part),
    orTheNext,
  }
  const { keep } = createSpread(owners, { keep: async (taken) => keepAt(HERE, taken) })
  return { keep, kept: () => kept.toSorted() }
}

function request(keys: readonly string[]): ToKeep {
  // Sound: nothing else of an event is looked at.
  const good = keys.map((key) => ({ keys: [key as IdentityKey] }) as unknown as GoodToKeep)
  return { app: { id: 'app' as AppId }, revision: 1 as Revision, good, rejected: [], said: [], refusal: undefined }
}

function said(keys: readonly string[]): ToKeep['said'] {
  return keys.map((key) => ({ identities: [key as IdentityKey], restricting: [], lifting: [], at: 0 }))
}
