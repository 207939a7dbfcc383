/** 300 idle connections used up the process's files: the ledger's worker failed and the process ended. */
import { ok, strictEqual } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { request } from 'undici'
import { WRITE_KEY, webhookContract } from '../../support/config-folder.ts'
import { until } from '../../support/until.ts'
import { openRaw, type Raw } from '../harness/raw.ts'
import type { World } from '../harness/world.ts'
import type { WorldCase } from '../harness/world-case.ts'

const FILES = 256

/** A gateway that may open so few files; resolves to its data plane. */
async function startLimited(world: World): Promise<{ dataUrl: string; isRunning: () => boolean }> {
  const partner = await world.partner()
  const folder = await world.folder({ contracts: [webhookContract('p0', partner.origin)] })
  const child = spawn(
    'sh',
    [
      '-c',
      `ulimit -n ${FILES}; exec "$0" "$@"`,
      process.execPath,
      join(world.tree, 'bin', 'sluice.js'),
      'serve',
      folder.config,
    ],
    {
      cwd: world.tree,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  world.after(() => void child.kill('SIGKILL'))
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  const dataUrl = await until(
    'the gateway to serve',
    () => /events on (\S+),/.exec(output)?.[1] ?? (isRunning() ? undefined : 'ended'),
  )
  ok(dataUrl !== 'ended', output)
  return { dataUrl, isRunning }
}

/** As SDKs do, again where the connection was closed before an answer: a burst that is still being let go of takes some along. */
async function post(dataUrl: string, id: string): Promise<number> {
  return until('an answer', () => postOnce(dataUrl, id).catch(() => undefined), 10_000)
}

async function postOnce(dataUrl: string, id: string): Promise<number> {
  const { statusCode, body } = await request(`${dataUrl}/v1/batch`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${WRITE_KEY}:`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ batch: [{ type: 'track', event: 'Order Completed', userId: 'u1', messageId: id }] }),
    reset: true,
  })
  await body.dump()
  return statusCode
}

async function survives(world: World, idle: number): Promise<void> {
  const { dataUrl, isRunning } = await startLimited(world)
  const opened = await Promise.allSettled(Array.from({ length: idle }, () => openRaw(dataUrl, '')))
  const raws = opened.flatMap((one): Raw[] => (one.status === 'fulfilled' ? [one.value] : []))
  world.after(() => {
    for (const { socket } of raws) socket.destroy()
  })
  for (let index = 0; index < 20; index++) strictEqual(await post(dataUrl, `during-${index}`), 200)
  ok(isRunning(), 'the process has ended')
  for (const { socket } of raws) socket.destroy()
  strictEqual(await post(dataUrl, 'after'), 200)
  ok(isRunning(), 'the process has ended')
}

export const world: WorldCase = {
  source: 'juanfont/headscale#132, mattn/go-sqlite3#618, cockroachdb/cockroach#6120; CWE-774',
  faults: { 'idle-connections-300': (world) => survives(world, 300) },
  neighbours: { 'twenty idle connections disturb nobody': (world) => survives(world, 20) },
}
