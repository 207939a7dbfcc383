/** The ledgers of a cluster's cells verified together: each planted fault is found, by its name. */
import { deepEqual, equal, match, ok, throws } from 'node:assert/strict'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { trustedKeys, verifyRoster as verifyList } from '../../docs/verifier/verify.mjs'
import type { NodeId } from '../../src/model/brand.ts'
import type { LedgerEntry } from '../../src/model/disclosure.ts'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { type RosterReport, type RosterVerifyOptions, verifyRoster } from '../../src/threads/roster-verify.ts'
import { sluice } from '../support/sluice.ts'
import { intent, ORIGIN, outcome, TIME } from './fixtures.ts'
import { MINUTE_MS, openCell, openRoster, type RosterCell } from './roster-cells.ts'

/**
 * Three cells with disclosures; the third was closed. `older` is cell 1 as it was before the roster saw its last records,
 * `stub` the roster when only two cells had been opened.
 */
let home: string
let cells: readonly RosterCell[]
/** What the roster lists: at the end, and while three cells were open. */
let list: List
let older: List
const trustFile = (): string => join(home, 'trust')
const paths = { roster: '', one: '', two: '', older: '', stub: '' }

interface List {
  readonly roster: string
  readonly newest: string
  readonly cells: readonly {
    readonly cell: string
    readonly name: string
    readonly opened: string
    readonly newest: string
  }[]
}

const sent = (...numbers: readonly number[]): readonly LedgerEntry[] => numbers.flatMap((n) => [intent(n), outcome(n)])

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'sluice-roster-'))
  const house = await openRoster(home, 3)
  const { state } = house
  await house.cells[1]!.ledger.append(sent(1, 2, 3))
  await house.cells[2]!.ledger.append(sent(4, 5))
  const roster = house.open()
  state.present = ['0', '1']
  await roster.turn()
  paths.older = await house.copy(1, 'older')
  state.present = ['0', '1', '2']
  await roster.turn()
  paths.stub = join(home, 'stub')
  await cp(house.cells[0]!.folder, paths.stub, { recursive: true })
  const early = JSON.parse((await roster.list()) ?? '')
  await house.cells[0]!.ledger.append(sent(6))
  await house.cells[1]!.ledger.append(sent(7, 8))
  for (let minute = 1; minute < 4; minute++) {
    state.now += MINUTE_MS
    await roster.turn()
  }
  state.present = ['0', '1']
  await roster.turn()
  list = JSON.parse((await roster.list()) ?? '')
  older = early
  await house.close()
  cells = house.cells
  await writeFile(trustFile(), cells[0]!.ledger.verifierKey)
  Object.assign(paths, { roster: cells[0]!.folder, one: cells[1]!.folder, two: cells[2]!.folder })
})
after(() => rm(home, { recursive: true, force: true }))

/** A copy of a folder with more records in it, under its own key. */
async function withMore(cell: number, from: string, name: string, records: readonly LedgerEntry[]): Promise<string> {
  const folder = join(home, name)
  await cp(from, folder, { recursive: true })
  const opened = await openCell(folder, `${cell}`, cells[cell]!.key)
  await opened.ledger.append(records)
  await opened.close()
  return folder
}

const verified = (options: Partial<RosterVerifyOptions> = {}, roster = paths.roster): Promise<RosterReport> =>
  verifyRoster(roster, { cells: [paths.one], ...options })

/** Names of all findings, each once, with the cell whose ledger they are in. */
function found({ roster, cells: each, problems }: RosterReport): readonly string[] {
  return [
    ...new Set([
      ...roster.problems.map(({ name }) => `roster ${name}`),
      ...each.flatMap(({ cell, report }) => report.problems.map(({ name }) => `${cell} ${name}`)),
      ...problems.map(({ name }) => name),
    ]),
  ]
}

describe('the ledgers of all cells', () => {
  test('verify by the keys that the roster has, with a closed one or without', async () => {
    for (const more of [[], [paths.two]]) {
      const report = await verified({ cells: [paths.one, ...more] })
      deepEqual([found(report), report.verified, report.open], [[], true, ['0', '1']])
      deepEqual(
        report.cells.map(({ cell }) => cell),
        ['0', '1', '2'].slice(0, 2 + more.length),
      )
    }
    const trust = cells[0]!.ledger.verifierKey
    ok((await verified({ trust })).verified)
    const strange = await verified({ trust: cells[1]!.ledger.verifierKey })
    ok(found(strange).includes('roster checkpoint_key_unknown'))
  })

  test('a cell that was set back', async () => {
    deepEqual(found(await verified({ cells: [paths.older] })), ['1 rolled_back'])
  })

  test('a cell that was rewritten from some record on, and signed again', async () => {
    const forked = await withMore(1, paths.older, 'forked', sent(17, 18, 19))
    deepEqual(found(await verified({ cells: [forked] })), ['1 roster_mismatch'])
  })

  test('a cell that is not shown, one that is shown twice and one of no cluster', async () => {
    deepEqual(found(await verified({ cells: [] })), ['cell_missing'])
    deepEqual(found(await verified({ cells: [paths.one, paths.one] })), ['cell_unknown'])
    deepEqual(found(await verified({ cells: [paths.one, paths.two] }, paths.stub)), [])
    const strange = await openCell(join(home, 'strange'), '9')
    await strange.ledger.append(sent(30))
    await strange.close()
    deepEqual(found(await verified({ cells: [paths.one, strange.folder] })), ['cell_unknown'])
  })

  test('a disclosure in two cells', async () => {
    const twice = await withMore(1, paths.one, 'twice', sent(6, 4))
    const report = await verified({ cells: [twice, paths.two] })
    deepEqual(found(report), ['intent_in_two_cells'])
    deepEqual(report.problems.map(({ says }) => says.replaceAll(/INTENT \d+/g, 'INTENT')).toSorted(), [
      'INTENT of cell 1 has the id of INTENT of cell 0',
      'INTENT of cell 2 has the id of INTENT of cell 1',
    ])
    equal(report.problemCount, 2)
  })

  test('what a cell recorded long after it was seen, or after it was closed', async () => {
    const late = { ...intent(40), time: TIME + 30 * MINUTE_MS }
    const unseen = await withMore(1, paths.one, 'unseen', [late, outcome(40)])
    const report = await verified({ cells: [unseen] })
    deepEqual(found(report), ['cell_unseen'])
    match(report.problems[0]!.says, /^INTENT 10 of cell 1 was recorded 27 minutes after the roster saw the cell last/)
    ok((await verified({ cells: [unseen], mostUnseenMs: 30 * MINUTE_MS })).verified)
    const continued = await withMore(2, paths.two, 'continued', sent(41))
    deepEqual(found(await verified({ cells: [paths.one, continued] })), ['cell_continued'])
  })

  test('a checkpoint of any of them that was kept, and that none of these ledgers has', async () => {
    const noteOf = (folder: string) => readFile(join(folder, 'ledger', 'checkpoint'), 'utf8')
    const checkpoints = [await noteOf(paths.older), await noteOf(paths.stub)]
    ok((await verified({ checkpoints })).verified)
    const other = await withMore(1, paths.older, 'other', sent(27))
    deepEqual(found(await verified({ checkpoints: [await noteOf(other)] })), ['1 forked'])
    deepEqual(found(await verified({ cells: [paths.older], checkpoints: [await noteOf(paths.one)] })), [
      '1 rolled_back',
    ])
  })

  test('a roster that was written anew without a cell: by what was kept of it', async () => {
    const kept = await readFile(join(paths.roster, 'ledger', 'checkpoint'), 'utf8')
    const anew = await withMore(0, paths.stub, 'anew', sent(50, 51, 52, 53, 54, 55, 56))
    ok(!found(await verified({}, anew)).includes('roster forked'))
    ok(found(await verified({ checkpoints: [kept] }, anew)).some((one) => /^roster (forked|rolled_back)$/.test(one)))
  })

  test('a cell that was closed and opened again under another key is another ledger', async () => {
    const second = await mkdtemp(join(tmpdir(), 'sluice-roster-'))
    try {
      const house = await openRoster(second, 2)
      await house.cells[1]!.ledger.append(sent(1, 2))
      const roster = house.open()
      await roster.turn()
      house.state.present = ['0']
      await roster.turn()
      house.state.present = ['0', '1']
      const anew = await openCell(join(second, 'anew'), '1')
      house.state.answers.set('1', anew.answer)
      await anew.ledger.append(sent(3))
      await roster.collect('1' as NodeId)
      await anew.close()
      await house.close()
      const [zero, one] = house.cells
      const of = async (...folders: readonly string[]) => found(await verifyRoster(zero!.folder, { cells: folders }))
      deepEqual(await of(anew.folder), [])
      deepEqual(await of(one!.folder, anew.folder), [])
      deepEqual(await of(one!.folder), ['cell_missing'])
    } finally {
      await rm(second, { recursive: true, force: true })
    }
  })
})

describe('the ledgers of all cells as they are served', () => {
  /** `cells`: the folder that each name shows; undefined: 503. */
  async function asServed(
    t: TestContext,
    shown: List | string,
    folders: Readonly<Record<string, string>>,
    ...more: string[]
  ) {
    const server = createServer(async (request, response) => {
      const path = (request.url ?? '').replace('/ledger/', '')
      const [, name = '', rest = ''] = /^(c\d\d)\/(.*)$/.exec(path) ?? []
      const folder = folders[name]
      if (path === 'cells') return response.end(typeof shown === 'string' ? shown : JSON.stringify(shown))
      if (folder === undefined) return response.writeHead(503).end()
      const archive = openLedgerArchive(folder, async () => undefined)
      const served = await archive.serve(rest)
      await archive.close()
      if (typeof served === 'string') return response.writeHead(404).end()
      return response.end(served.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    t.after(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ledger`
    // The records' times are of last year.
    const flags = ['--trust', trustFile(), '--unseen-minutes', '99999999', '--json', ...more]
    const { out, err, code } = await sluice(['ledger', 'verify', '--roster', url, ...flags])
    if (out === '') return { code, says: err.trim() }
    const { verified, problems } = JSON.parse(out) as { verified: boolean; problems: readonly { name: string }[] }
    return { code, verified, names: [...new Set(problems.map(({ name }) => name))] }
  }
  const good = () => ({ c00: paths.roster, c01: paths.one })

  test('continue what the roster has of each', async (t) => {
    deepEqual(await asServed(t, list, good()), { code: 0, verified: true, names: [] })
    // Kept of cell 1 by somebody.
    const kept = join(paths.older, 'ledger', 'checkpoint')
    deepEqual(await asServed(t, list, good(), '--checkpoint', kept), { code: 0, verified: true, names: [] })
  })

  test('are found out by what the roster has', async (t) => {
    const names = async (shown: List, folders: Readonly<Record<string, string>>, ...more: string[]) => {
      const { code, names: found } = await asServed(t, shown, folders, ...more)
      equal(code, 1)
      return found
    }
    deepEqual(await names(list, { ...good(), c01: paths.older }), ['rolled_back'])
    const forked = await withMore(1, paths.older, 'forked-too', sent(17, 18, 19, 20, 21))
    deepEqual(await names(list, { ...good(), c01: forked }), ['forked'])
    deepEqual(await names(list, { c00: paths.roster }), ['cell_missing'])
    deepEqual(await names(list, { ...good(), c01: paths.roster }), ['cell_missing'])
    const without = { ...list, cells: list.cells.slice(0, 1) }
    deepEqual(await names(without, good()), ['cell_missing'])
    const [zero, one] = list.cells as [List['cells'][number], List['cells'][number]]
    const swapped = { ...list, cells: [zero, { ...one, newest: zero.newest }] }
    deepEqual(await names(swapped, good()), ['roster_malformed', 'cell_missing'])
    deepEqual(await names({ ...list, newest: zero.opened }, good()), ['roster_malformed'])
    deepEqual(await names(list, good(), '--unseen-minutes', '5'), ['cell_unseen'])
  })

  test('are none where nothing of the list can be believed', async (t) => {
    for (const shown of ['', '{}', '{"cells":[]}', '{"cells":[null]}', '{"cells":[{"cell":7}]}'])
      match(
        (await asServed(t, shown, good())).says ?? '',
        /^(?:nothing of the roster is proved|the list of cells is not readable)/,
      )
  })

  test('are read by a program that is not ours', () => {
    const keys = trustedKeys(cells[0]!.ledger.verifierKey)
    equal(
      verifyList(older, keys),
      `The roster of ${ORIGIN} has 3 open cells: 0 at 0 records, 1 at 6 records, 2 at 4 records.`,
    )
    const [zero, one] = list.cells as [List['cells'][number], List['cells'][number]]
    const faults: readonly (readonly [list: object, why: RegExp])[] = [
      [{ ...list, cells: [zero] }, /Open on the roster are cells 0, 1/],
      [{ ...list, cells: [zero, { ...one, newest: zero.newest }] }, /about another/],
      [{ ...list, cells: [zero, { ...one, opened: one.newest }] }, /where cell 1 was opened/],
      [{ ...list, cells: [zero, { ...one, newest: one.newest.replace('index', 'index 1') }] }, /no tlog-proof/],
      [{ ...list, roster: `${ORIGIN}/c01` }, /no record of this roster/],
      [{ ...list, cells: [] }, /no list/],
      [{ ...older, newest: list.newest }, /Open on the roster are cells 0, 1;/],
      [{ ...list, newest: zero.opened }, /does not show the newest record/],
    ]
    for (const [fault, why] of faults) throws(() => verifyList(fault, keys), why)
    throws(() => verifyList(list, trustedKeys(cells[1]!.ledger.verifierKey)), /signed by no key that you trust/)
  })
})
