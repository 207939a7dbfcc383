/** A data folder that was set back, or a ledger under another key: the places outside and the announcements are asked. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import { until } from '../../support/until.ts'
import type { Served } from '../harness/served.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

interface Anchored {
  readonly gateway: Served
  readonly anchors: string
  /** Sends a purchase and waits for a checkpoint outside that covers it. */
  goOn(): Promise<void>
}

async function anchored(world: World): Promise<Anchored> {
  const partner = await world.partner()
  const anchors = await world.emptyFolder()
  const gateway = await world.gateway({
    contracts: [webhookContract('acme', partner.origin)],
    gateway: { ledger: { segment_leaves: 256, anchors: { every_seconds: 1, folder: anchors } } },
  })
  return {
    gateway,
    anchors,
    goOn: async () => {
      const signed = async (): Promise<number> => {
        const { status, text } = await gateway.call('/ledger/checkpoint')
        return status === 200 ? Number(text.split('\n')[1]) : 0
      }
      const before = await signed()
      equal((await gateway.send([purchase(), purchase()])).status, 200)
      await gateway.settled()
      // At least an INTENT and an OUTCOME more, signed and outside.
      const sizeNow = await until('a checkpoint of the new records', async () => {
        const size = await signed()
        return size >= before + 2 && size
      })
      await until('it to be outside', () => Number(/\d+/.exec(newest(anchors))) >= sizeNow)
    },
  }
}

function newest(anchors: string): string {
  return (
    readdirSync(anchors)
      .filter((name) => name.endsWith('.txt'))
      .sort()
      .at(-1) ?? ''
  )
}

async function copy(gateway: Served, to: string): Promise<void> {
  cpSync(gateway.data, to, { recursive: true })
}
function putBack(gateway: Served, from: string): void {
  rmSync(gateway.data, { recursive: true })
  cpSync(from, gateway.data, { recursive: true })
}

async function refusedFor(gateway: Served, names: RegExp): Promise<void> {
  const start = await gateway.startRefused()
  notEqual(start, 'serves')
  if (start !== 'serves') match(start.said, names)
}

export const world: WorldCase = {
  source: 'RFC 6962, section 7.3; C2SP tlog-witness: a log never signs what does not continue what it published',
  faults: {
    'F3-older': async (world) => {
      const { gateway, goOn } = await anchored(world)
      await goOn()
      await gateway.stop()
      const older = join(await world.emptyFolder(), 'data')
      await copy(gateway, older)
      await gateway.start()
      await goOn()
      await gateway.stop()
      putBack(gateway, older)
      await refusedFor(gateway, /anchor folder/)
      await gateway.start({ args: ['--accept-anchored-history'] })
      await gateway.stop()
      // Accepted once is on record: the next start asks nothing.
      await gateway.start()
    },
    'F3-overwritten': async (world) => {
      const { gateway, anchors, goOn } = await anchored(world)
      await goOn()
      const name = `checkpoint-${String(Number(/\d+/.exec(newest(anchors))) + 1).padStart(12, '0')}.txt`
      const others = new Map<string, string>()
      for (let size = 1; size <= 60; size++) {
        const file = `checkpoint-${String(Number(/\d+/.exec(name)) + size).padStart(12, '0')}.txt`
        others.set(file, `another history of ${size}\n`)
        writeFileSync(join(anchors, file), others.get(file) as string)
      }
      equal((await gateway.send(Array.from({ length: 10 }, () => purchase()))).status, 200)
      await gateway.settled()
      await until('it to say so', async () => (await gateway.staff('/readyz')).status === 503)
      for (const [file, text] of others) equal(readFileSync(join(anchors, file), 'utf8'), text)
    },
    'F8-replaced': async (world) => {
      const { gateway, goOn } = await anchored(world)
      await goOn()
      await gateway.stop()
      const trust = readFileSync(join(gateway.data, 'ledger', 'trust'), 'utf8')
      writeFileSync(join(gateway.data, 'keys', 'signing.key'), randomBytes(32).toString('hex'))
      await refusedFor(gateway, /key signing/)
      await refusedFor(gateway, /key signing/)
      equal(readFileSync(join(gateway.data, 'ledger', 'trust'), 'utf8'), trust)
    },
  },
  neighbours: {
    'a gateway that goes on is never told that its own checkpoints are another history': async (world) => {
      const { gateway, anchors, goOn } = await anchored(world)
      await goOn()
      await gateway.stop('SIGKILL')
      await gateway.start()
      await goOn()
      equal((await gateway.staff('/readyz')).status, 200)
      ok(readdirSync(anchors).length >= 2)
      deepEqual(
        readdirSync(anchors).filter((name) => !/^checkpoint-\d{12}\.txt$/.test(name)),
        [],
      )
    },
    'an anchor folder that is not there keeps nobody from starting': async (world) => {
      const partner = await world.partner()
      const gateway = await world.gateway({
        contracts: [webhookContract('acme', partner.origin)],
        gateway: { ledger: { anchors: { every_seconds: 1, folder: join(await world.emptyFolder(), 'not-mounted') } } },
      })
      equal((await gateway.send([purchase()])).status, 200)
      await gateway.settled()
    },
  },
}
