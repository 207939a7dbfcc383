/** The roster that cell 0 keeps of all cells' ledgers: what it records, and what it refuses to. */
import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createSigner } from '../../src/ledger/signer.ts'
import { parseTrust } from '../../src/ledger/verify/note.ts'
import { checkTlogProof } from '../../src/ledger/verify/proof.ts'
import type { NodeId } from '../../src/model/brand.ts'
import { ORIGIN, signingKey, withheld } from './fixtures.ts'
import { MINUTE_MS, openCell, rosterOf } from './roster-cells.ts'

const DAY_MS = 24 * 60 * MINUTE_MS

describe('the roster', () => {
  test('opens each cell under its key, and records its checkpoint each minute', async (t) => {
    const { cells, state, open, records, actions } = await rosterOf(t, 3)
    const roster = open()
    await roster.turn()
    state.now += MINUTE_MS - 1
    await roster.turn()
    deepEqual(await actions(), ['0 cell_opened', '1 cell_opened', '2 cell_opened'])
    state.now += 1
    await cells[1]!.ledger.append([withheld(0)])
    await roster.turn()
    deepEqual((await actions()).slice(3), ['0 cell_checkpoint', '1 cell_checkpoint', '2 cell_checkpoint'])
    const [, second, , , again] = await records()
    const { root, ...facts } = second!.facts
    deepEqual(facts, {
      cell: '1',
      cells: '0 1',
      origin: `${ORIGIN}/c01`,
      size: 0,
      verifier_key: cells[1]!.ledger.verifierKey,
    })
    equal(Buffer.from(String(root), 'base64').length, 32)
    deepEqual([again?.facts.cells, again?.facts.size], ['0 1 2', 1])
    notEqual(again?.facts.root, root)
  })

  test('is shown with proofs that lead to its own signature', async (t) => {
    const { cells, open, records } = await rosterOf(t, 2)
    const roster = open()
    equal(await roster.list(), undefined)
    await roster.turn()
    const list = JSON.parse((await roster.list()) ?? '')
    deepEqual([list.roster, list.cells.map(({ name }: { name: string }) => name)], [ORIGIN, ['c00', 'c01']])
    const verdict = checkTlogProof(list.cells[1].opened, parseTrust(cells[0]!.ledger.verifierKey))
    const [, opened] = await records()
    deepEqual(verdict, { state: 'valid', origin: ORIGIN, index: opened!.seq, size: 2 })
  })

  test('is proved once for all who ask at once', async (t) => {
    const { cells, open } = await rosterOf(t, 2)
    const roster = open()
    await roster.turn()
    const { archive } = cells[0]!
    const { proof } = archive
    let proofs = 0
    Object.assign(archive, {
      proof: (of: Parameters<typeof proof>[0]) => {
        proofs++
        return proof(of)
      },
    })
    const lists = await Promise.all(Array.from({ length: 10 }, roster.list))
    // Of the newest record, and of two for each cell.
    deepEqual([proofs, new Set(lists).size, typeof lists[0]], [5, 1, 'string'])
  })

  test('records nothing of a cell that does not answer, and says how old what it has is', async (t) => {
    const { state, said, open, actions } = await rosterOf(t, 3)
    const roster = open()
    await roster.turn()
    const answer = state.answers.get('2')!
    state.answers.delete('2')
    for (let minute = 0; minute < 3; minute++) {
      state.now += MINUTE_MS
      await roster.turn()
    }
    deepEqual(said, ['2 silent'])
    deepEqual(
      (await actions()).filter((one) => one.startsWith('2')),
      ['2 cell_opened'],
    )
    deepEqual(roster.standing(), [
      { cell: '0', ageSeconds: 0, contradicts: false },
      { cell: '1', ageSeconds: 0, contradicts: false },
      { cell: '2', ageSeconds: 180, contradicts: false },
    ])
    await rejects(roster.collect('2' as NodeId))
    state.answers.set('2', answer)
    await roster.collect('2' as NodeId)
    equal(roster.standing()[2]?.ageSeconds, 0)
  })

  test('never records a ledger that does not continue what it has', async (t) => {
    const { home, cells, state, said, open, actions } = await rosterOf(t, 3)
    const [, one, two] = cells
    await one!.ledger.append([withheld(0), withheld(1)])
    const older = await one!.answer(0)
    await one!.ledger.append([withheld(2)])
    const roster = open()
    await roster.turn()
    const [good] = [state.answers.get('1')!]
    const fork = await openCell(join(home, 'fork'), '1', one!.key)
    const foreign = await openCell(join(home, 'foreign'), '7', one!.key)
    t.after(() => Promise.all([fork.close(), foreign.close()]))
    for (const ledger of [fork.ledger, foreign.ledger])
      await ledger.append([withheld(5), withheld(6), withheld(7), withheld(8)])
    const stranger = { ...(await good(3)), trust: two!.ledger.verifierKey }
    const spoilt = { ...(await good(3)), note: older.note.replace('\n2\n', '\n3\n') }
    const unproven = { ...(await fork.answer(3)), proof: undefined }
    const bad = [
      async () => older,
      fork.answer,
      foreign.answer,
      async () => stranger,
      async () => spoilt,
      async () => unproven,
    ]
    for (const answer of bad) {
      state.now += MINUTE_MS
      state.answers.set('1', answer)
      await roster.turn()
      await roster.turn()
      equal(roster.standing()[1]?.contradicts, true)
    }
    deepEqual(said, ['1 rolled_back', '1 forked', '1 foreign', '1 checkpoint_key_unknown', '1 unproven'])
    deepEqual(
      (await actions()).filter((one) => one.startsWith('1')),
      ['1 cell_opened'],
    )
    equal(roster.standing()[1]?.ageSeconds, bad.length * 60)
    state.answers.set('1', good)
    await roster.turn()
    deepEqual(roster.standing()[1], { cell: '1', ageSeconds: 0, contradicts: false })
  })

  test('tells two histories apart that both continue an empty ledger, and takes the same tree under a new key', async (t) => {
    // github.com/C2SP/C2SP/pull/54: pairs with the empty tree are consistent. github.com/sigstore/rekor/issues/1025: signed anew.
    const { home, cells, state, said, open, records } = await rosterOf(t, 2)
    const roster = open()
    await roster.turn()
    const other = await openCell(join(home, 'other'), '1', cells[1]!.key)
    t.after(() => other.close())
    await other.ledger.append([withheld(1)])
    await cells[1]!.ledger.append([withheld(0)])
    await roster.collect('1' as NodeId)
    equal((await records()).at(-1)?.facts.size, 1)
    const good = state.answers.get('1')!
    state.answers.set('1', other.answer)
    await rejects(roster.collect('1' as NodeId))
    deepEqual(said, ['1 forked'])
    const [, size, root] = (await good(1)).note.split('\n')
    const anew = createSigner(`${ORIGIN}/c01`, signingKey())
    const note = anew.checkpoint(Number(size), Buffer.from(root!, 'base64'))
    state.answers.set('1', async () => ({
      note,
      trust: `${cells[1]!.ledger.verifierKey}\n${anew.verifierKey}`,
      proof: [],
    }))
    await roster.collect('1' as NodeId)
    const last = (await records()).at(-1)!
    deepEqual([last.action, last.facts.size, last.facts.verifier_key], ['cell_opened', 1, anew.verifierKey])
  })

  test('closes a cell that was taken out, and opens it again under another key or where it was', async (t) => {
    const { home, cells, state, said, open, records, actions } = await rosterOf(t, 2)
    await cells[1]!.ledger.append([withheld(0), withheld(1)])
    const roster = open()
    await roster.turn()
    const older = await cells[1]!.answer(0)
    await cells[1]!.ledger.append([withheld(2)])
    await roster.collect('1' as NodeId)
    state.present = ['0']
    await roster.turn()
    const closed = (await records()).at(-1)!
    deepEqual([closed.action, closed.facts.cells, closed.facts.size], ['cell_closed', '0', 3])
    deepEqual(
      roster.standing().map(({ cell }) => cell),
      ['0'],
    )
    // The folder of before, set back.
    state.present = ['0', '1']
    state.answers.set('1', async () => older)
    await roster.turn()
    deepEqual(said, ['1 rolled_back'])
    const anew = await openCell(join(home, 'anew'), '1')
    t.after(() => anew.close())
    state.answers.set('1', anew.answer)
    await roster.turn()
    deepEqual((await actions()).slice(-2), ['1 cell_closed', '1 cell_opened'])
    equal((await records()).at(-1)?.facts.verifier_key, anew.ledger.verifierKey)
  })

  test('closes nobody before it knows who there is', async (t) => {
    const { state, open, actions } = await rosterOf(t, 2)
    const roster = open()
    await roster.turn()
    state.present = []
    await roster.turn()
    equal((await actions()).length, 2)
  })

  test('goes on after a start with what its ledger has, also after weeks', async (t) => {
    const { cells, state, said, open, actions } = await rosterOf(t, 3)
    await cells[1]!.ledger.append([withheld(0)])
    await open().turn()
    const before = (await actions()).length
    state.now += 20 * DAY_MS
    state.answers.set('1', async () => ({ ...(await cells[2]!.answer(1)), trust: cells[1]!.ledger.verifierKey }))
    await open().turn()
    deepEqual(said, ['1 checkpoint_key_unknown'])
    // Said again, so that what is pruned need not be read.
    deepEqual((await actions()).slice(before), ['0 cell_opened', '1 cell_opened', '2 cell_opened'])
    await open().turn()
    const roster = open()
    state.now += MINUTE_MS
    await roster.turn()
    deepEqual((await actions()).slice(before + 3), ['0 cell_checkpoint', '2 cell_checkpoint'])
    match(String(roster.standing()[1]?.ageSeconds), /^1728060$/)
    ok(roster.standing()[1]?.contradicts)
  })
})
