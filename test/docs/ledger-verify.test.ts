import { deepStrictEqual, ok } from 'node:assert/strict'
import { exec } from 'node:child_process'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openLedgerArchive } from '../../src/threads/ledger-archive.ts'
import { intent, outcome } from '../ledger/fixtures.ts'
import { writeLedgerOfPeople } from '../ledger/of-people.ts'
import { openRoster } from '../ledger/roster-cells.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DOC = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'ledger-verify.md'), 'utf8')
const COMMAND = new URL('../../src/cli/ledger.ts', import.meta.url).href
const SCRIPT = `import { ledgerCommand } from '${COMMAND}'; await ledgerCommand().parseAsync(process.argv.slice(3), { from: 'user' })`

/** Each `$` line of the page's shell blocks, and what follows it there. */
function steps(): readonly { readonly command: string; readonly printed: string }[] {
  const blocks = [...DOC.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1]!)
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = '', ...printed] = step.split('\n')
        return { command, printed: printed.join('\n') }
      }),
  )
}

/** What is below `/ledger/`; undefined: 404. */
async function served(t: TestContext, bodyOf: (path: string) => Promise<Uint8Array | undefined>): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = await bodyOf((request.url ?? '').replace('/ledger/', ''))
    if (body === undefined) response.writeHead(404).end()
    else response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('the commands of docs/ledger-verify.md print what the page says', async (t) => {
  if (process.platform === 'win32') return t.skip('NOT TESTED: the page is for a POSIX shell')
  const home = await temporaryFolder(t)
  const handed = await writeLedgerOfPeople(join(home, 'data'))
  await cp(join(home, 'data', 'ledger', 'trust'), join(home, 'trust'))
  writeFileSync(join(home, 'export.json'), JSON.stringify(handed))
  writeFileSync(join(home, 'sluice.mjs'), SCRIPT)
  await cp(join(import.meta.dirname, '..', '..', 'docs', 'verifier', 'verify.mjs'), join(home, 'verify.mjs'))
  const archive = openLedgerArchive(join(home, 'data'), async () => undefined)
  t.after(() => archive.close())
  const hash = (await archive.record({ seq: 246 }))?.hash as string
  // As the data plane serves them.
  const origin = await served(t, async (path) => {
    const found = await archive.serve(path)
    return typeof found === 'string' ? undefined : found.body
  })

  const cells = await openRoster(join(home, 'cells'), 2)
  t.after(cells.close)
  cells.state.now = Date.now()
  await cells.cells[1]!.ledger.append([intent(1), outcome(1), intent(2), outcome(2)])
  await cells.cells[0]!.ledger.append([intent(3), outcome(3), intent(4), outcome(4)])
  const roster = cells.open()
  await roster.turn()
  cells.state.now += 60_000
  await roster.turn()
  for (const [cell, { folder, ledger }] of cells.cells.entries()) {
    symlinkSync(folder, join(home, `cell-${cell}`))
    writeFileSync(join(home, `trust-${cell}`), `${ledger.verifierKey}\n`)
  }
  writeFileSync(join(home, 'cells.json'), (await roster.list()) ?? '')
  const cluster = await served(t, async (path) => {
    if (path === 'cells') return Buffer.from((await roster.list()) ?? '')
    const [, cell = '0', rest = path] = /^c0(\d)\/(.*)$/.exec(path) ?? []
    const found = await cells.cells[Number(cell)]!.archive.serve(rest)
    return typeof found === 'string' ? undefined : found.body
  })

  const run = (command: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const line = command
        .replace(/^npx sluice /, `"${process.execPath}" sluice.mjs `)
        .replace(/^node /, `"${process.execPath}" `)
        .replace('https://gateway.example', origin)
        .replace('https://cluster.example', cluster)
      exec(line, { cwd: home, env: { ...process.env, HASH: hash } }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`${command}\n${stdout}${stderr}`))
      })
    })
  const all = steps()
  ok(all.length >= 9)
  for (const { command, printed } of all) {
    const said = await run(command)
    deepStrictEqual([command, said.replaceAll(/[0-9a-f]{64}/g, '…')], [command, printed])
  }
})
