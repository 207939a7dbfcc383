/** A stranger checks the ledger with docs/ledger-format.md alone: leaves, tree, checkpoint, and a revision's digest. */
import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { webhookContract } from '../../support/config-folder.ts'
import { purchase } from '../../support/purchase.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const sha256 = (...parts: readonly Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()

/** RFC 6962, section 2.1. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return sha256(Buffer.of(0), leaves[0]!)
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return sha256(Buffer.of(1), rootOf(leaves.slice(0, k)), rootOf(leaves.slice(k)))
}

async function recorded(world: World) {
  const partner = await world.partner()
  const gateway = await world.gateway({ contracts: [webhookContract('northwind', partner.origin)] })
  equal((await gateway.send([purchase({ userId: 'u-1' }), purchase({ userId: 'u-2' })])).status, 200)
  await gateway.settled()
  await gateway.stop()
  const folder = join(gateway.data, 'ledger')
  const leaves = readdirSync(folder)
    .filter((name) => /^segment-\d+\.db$/u.test(name))
    .sort()
    .flatMap((name) => {
      const db = new DatabaseSync(join(folder, name), { readOnly: true })
      const rows = db.prepare('SELECT leaf FROM leaves ORDER BY seq').all()
      db.close()
      return rows.map(({ leaf }) => Buffer.from(leaf as Uint8Array))
    })
  return { gateway, folder, leaves }
}

/** RFC 8785 for what a revision holds. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}

export const world: WorldCase = {
  source: 'RFC 6962 section 2.1; RFC 8785; C2SP tlog-checkpoint and signed-note',
  faults: {
    'F11-digest': async (world) => {
      const page = readFileSync(join(world.tree, 'docs', 'ledger-format.md'), 'utf8')
      match(page, /RFC 8785/, 'the page says in which form a revision is hashed')
      match(page, /revisions\//, 'and where it lies')
      const { gateway, leaves } = await recorded(world)
      const file = JSON.parse(readFileSync(join(gateway.data, 'revisions', '000001.json'), 'utf8'))
      const { apps, contracts, policy } = file
      const digest = createHash('sha256').update(canonical({ apps, contracts, policy })).digest('hex')
      equal(digest, file.digest)
      const intents = leaves.filter((leaf) => leaf[1] === 1)
      ok(intents.length === 2 && intents.every((leaf) => leaf.includes(Buffer.from(digest.slice(0, 8), 'hex'))))
    },
  },
  neighbours: {
    'auditor: the newest checkpoint is the root of the leaves, signed by the key in trust': async (world) => {
      const { folder, leaves } = await recorded(world)
      const note = readFileSync(join(folder, 'checkpoint'), 'utf8')
      const [text, signatures = ''] = note.split('\n\n')
      const [, size, root] = text!.split('\n')
      deepEqual([Number(size), root], [leaves.length, rootOf(leaves).toString('base64')])
      const [, keyId = '', key = ''] =
        /^[^+]+\+([0-9a-f]{8})\+(\S+)$/mu.exec(readFileSync(join(folder, 'trust'), 'utf8')) ?? []
      const raw = Buffer.from(key, 'base64').subarray(1)
      const publicKey = createPublicKey({
        key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]),
        format: 'der',
        type: 'spki',
      })
      const signed = Buffer.from(/\s(\S+)$/u.exec(signatures.trim())?.[1] ?? '', 'base64')
      equal(signed.subarray(0, 4).toString('hex'), keyId)
      ok(verify(null, Buffer.from(`${text}\n`), publicKey, signed.subarray(4)))
    },
    'auditor: every leaf is of a version and kind of the page, numbered in order, INTENT before OUTCOME': async (
      world,
    ) => {
      const { leaves } = await recorded(world)
      const open = new Set<string>()
      for (const [seq, leaf] of leaves.entries()) {
        ok([3, 4].includes(leaf[0]!))
        equal(leaf.readUIntBE(3, 6), seq)
        const id = leaf.toString('hex', 15, 31)
        if (leaf[1] === 1) open.add(id)
        if (leaf[1] === 2) ok(open.delete(id), `OUTCOME ${seq} follows its INTENT`)
      }
      equal(open.size, 0)
    },
  },
}
