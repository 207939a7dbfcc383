/** Answers of erasures, kept for those who asked and for nobody else. */
import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import type { IdentityKey, Revision } from '../model/brand.ts'
import { ANSWER_DAYS, addedUp, createErasureAnswers } from './erasure-answers.ts'
import { holdsOver } from './holds.ts'
import type { KeptAnswer, SealedFiles } from './ports.ts'

const DAY_MS = 86_400_000
const MONDAY = 20_000 * DAY_MS
const [ANN, PHONE, BEN] = ['u:ann', 'a:phone', 'u:ben'] as unknown as readonly [IdentityKey, IdentityKey, IdentityKey]
const recipient = (partner: string, disclosures: number) => ({
  partner,
  disclosures,
  firstAt: MONDAY,
  lastAt: MONDAY,
  revision: 1 as Revision,
})
const ANSWER: KeptAnswer = {
  id: 'e1',
  at: MONDAY + 5,
  identities: 2,
  recipients: [recipient('acme', 3)],
  keysDestroyed: 2,
  pairsEnded: 1,
}

function made() {
  const files = new Map<string, { readonly sealed: Uint8Array; readonly day: number }>()
  const clock = { now: MONDAY + 10 }
  const port: Omit<SealedFiles, 'take'> = {
    read: async (name) => files.get(name)?.sealed,
    write: async (name, sealed, day) => void files.set(name, { sealed, day }),
    removeBefore: async (day) => {
      for (const [name, one] of files) if (one.day < day) files.delete(name)
    },
  }
  const secret = createSecretKey(Buffer.alloc(32, 1))
  return {
    files,
    clock,
    answers: createErasureAnswers({ files: port, secret, random: randomBytes, now: () => clock.now }),
  }
}

describe('answers of erasures', () => {
  test('the identity it is kept under finds it again, another one does not', async () => {
    const { answers } = made()
    await answers.keep(PHONE, ANSWER)
    deepEqual(await answers.of([ANN, PHONE]), { ...ANSWER, at: MONDAY })
    equal(await answers.of([BEN]), undefined)
  })
  test('the code finds it, and only the code', async () => {
    const { answers } = made()
    const code = await answers.keepUnderCode(ANSWER)
    equal(code.length, 22)
    equal((await answers.byCode(code))?.id, 'e1')
    equal(await answers.byCode(`${code.slice(0, 21)}${code[21] === 'A' ? 'B' : 'A'}`), undefined)
    notEqual(await answers.keepUnderCode(ANSWER), code)
  })
  test('files of one erasure share nothing, hold no time but the day, and say nothing without the key', async () => {
    const { files, answers } = made()
    await answers.keep(ANN, ANSWER)
    await answers.keepUnderCode(ANSWER)
    const kept = [...files]
    equal(kept.length, 2)
    for (const [name, { sealed, day }] of kept) {
      equal(day, MONDAY)
      ok(!name.includes('ann') && !Buffer.from(sealed).includes('acme'))
    }
  })
  test(`after ${ANSWER_DAYS} days there is none, and pruning removes the file`, async () => {
    const { files, clock, answers } = made()
    await answers.keep(ANN, ANSWER)
    clock.now = MONDAY + (ANSWER_DAYS + 1) * DAY_MS
    equal(await answers.of([ANN]), undefined)
    await answers.prune()
    equal(files.size, 0)
  })
  test('what is found later is added to what was found before', () => {
    const later = {
      ...ANSWER,
      id: 'e2',
      identities: 1,
      recipients: [recipient('acme', 1), recipient('bolt', 2)],
      keysDestroyed: 1,
    }
    const { id, identities, recipients, keysDestroyed } = addedUp(ANSWER, later)
    deepEqual(
      [id, identities, recipients.map(({ partner, disclosures }) => [partner, disclosures]), keysDestroyed],
      [
        'e2',
        2,
        [
          ['acme', 4],
          ['bolt', 2],
        ],
        3,
      ],
    )
  })
})

describe('legal holds over a person', () => {
  const rows = [{ kind: 'intent', seq: 5, time: 1_000 }]
  const records = { find: async () => ({ records: rows }) }
  const table: readonly [string, object, boolean][] = [
    ['a time that covers the record', { from: 500, to: 1_500 }, true],
    ['its very moment', { from: 1_000, to: 1_000 }, true],
    ['a time before it', { from: 0, to: 999 }, false],
    ['a time without an end', { from: 500 }, true],
    ['a time without a beginning', { to: 1_500 }, true],
    ['a segment from before it', { first: 0 }, true],
    ['a segment that begins after it', { first: 6 }, false],
  ]
  for (const [what, range, covers] of table)
    test(`${what}: ${covers ? 'counts' : 'does not count'}`, async () => {
      deepEqual(await holdsOver(records, [{ id: 'h', ...range }], [ANN]), covers ? ['h'] : [])
    })
})
