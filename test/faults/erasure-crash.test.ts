/** An erasure that is killed at any of its steps is finished by the next start: in every file, once and for all. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { IdentityKey, PartnerId } from '../../src/model/brand.ts'
import { ADVERTISING_DIMENSIONS } from '../../src/model/signal.ts'
import { verifyLedger } from '../../src/threads/ledger-verify.ts'
import { intent, outcome } from '../ledger/fixtures.ts'
import { acceptedEvent } from '../support/builders.ts'
import { openErasureParts } from '../support/erasure-parts.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { formsOfBytes, tracesIn } from '../support/traces.ts'

/** An account and two devices; keys of other kinds are told apart by their two highest bits. */
const ANN = '0a'.repeat(16) as IdentityKey
const PHONE = '8b'.repeat(16) as IdentityKey
const BEN = '0c'.repeat(16) as IdentityKey
const ACME = 'acme' as PartnerId
const LAST_STEP = 20

async function before(folder: string): Promise<{ keys: Uint8Array[] }> {
  const opened = await openErasureParts(folder)
  await opened.choices.observe([{ identities: [ANN, PHONE], device: PHONE, restricting: [], lifting: [], at: 1 }])
  for (const key of [ANN, PHONE, BEN]) {
    await opened.intake.append({
      app: 'messenger-ios' as never,
      items: [{ event: acceptedEvent({ identityKeys: [key] }), partners: [ACME] }],
      rejected: {},
    })
  }
  for (let n = 0; n < 12; n++) {
    const { epoch: _, blind: __, commitment: ___, bytes: ____, ...rest } = intent(n, 1, ACME)
    await opened.ledger.append([
      { ...rest, subject: [ANN, PHONE, BEN][n % 3]!, item: `item ${n}` },
      outcome(n, undefined, 1, ACME),
    ])
  }
  await opened.archive.seal()
  const keys = [ANN, PHONE].flatMap((key) => opened.keys.all(key).map(({ key: bytes }) => bytes))
  equal(keys.length, 2)
  equal((await opened.archive.find({ subject: [ANN, PHONE] })).records.length, 8)
  await opened.close()
  return { keys }
}

function killAt(folder: string, step: number): Promise<{ signal: NodeJS.Signals | null; out: string }> {
  const child = spawn(process.execPath, [
    join(import.meta.dirname, 'erasure-crash-child.ts'),
    folder,
    ANN,
    String(step),
  ])
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk
  })
  return new Promise((resolve) => child.on('close', (_code, signal) => resolve({ signal, out })))
}

test('an erasure killed at any step is finished by the next start', async (t) => {
  const root = await temporaryFolder(t)
  const made = join(root, 'made')
  const { keys } = await before(made)
  const steps =
    Number(process.env.SLUICE_CASES ?? 0) > 0
      ? Array.from({ length: LAST_STEP }, (_, i) => i + 1)
      : [2, 5, 8, 10, 14, 18]
  const whole = join(root, 'whole')
  await cp(made, whole, { recursive: true })
  equal((await killAt(whole, 0)).out.trim(), `calls ${LAST_STEP}`, 'every step is known to this test')
  for (const step of steps) {
    const folder = join(root, `step-${step}`)
    await cp(made, folder, { recursive: true })
    equal((await killAt(folder, step)).signal, 'SIGKILL', `step ${step}`)
    const opened = await openErasureParts(folder)
    const resumed = await opened.erasures().resume()
    // Before the first commit nothing was promised to anybody: the person asks again.
    if (resumed === 0 && step === 1) await opened.erasures().erase([ANN], { channel: 'user_token' })
    deepEqual(await opened.choices.erasuresUnderWay(), [], `step ${step}`)
    deepEqual([opened.keys.all(ANN), opened.keys.all(PHONE), opened.keys.all(BEN).length], [[], [], 1], `step ${step}`)
    equal((await opened.archive.find({ subject: [ANN, PHONE] })).records.length, 0)
    const denied = opened.choices.lookup([PHONE]).standing.findings.reduce((bits, { denies }) => bits | denies, 0)
    equal(denied & ADVERTISING_DIMENSIONS, ADVERTISING_DIMENSIONS, `step ${step}`)
    const said = (await opened.archive.find({ limit: 1_000 })).records.map(({ action }) => action)
    for (const action of ['erasure', 'erasure_recipient', 'erasure_identity', 'subject_keys_destroyed'])
      ok(said.includes(action), `step ${step}: ${action}`)
    ok(
      said.indexOf('erasure') < said.indexOf('subject_keys_destroyed'),
      'recipients are on record before the keys are gone',
    )
    while ((await opened.intake.pull(ACME, 10)).some(({ event }) => event.identityKeys[0] !== BEN))
      ok(false, `step ${step}: something of hers is given out`)
    const { pairs } = await opened.intake.totals()
    deepEqual([pairs.acme?.settled.erased, pairs.acme?.routed], [2, 3], `step ${step}`)
    await opened.close()
    for (const key of keys) deepEqual(tracesIn(folder, formsOfBytes(key)), [])
    for (const key of [ANN, PHONE])
      deepEqual(tracesIn(folder, formsOfBytes(Buffer.from(key, 'hex')), ['choices.db']), [], `step ${step}`)
    const report = await verifyLedger(folder, { checkpoints: [] })
    deepEqual([report.verified, report.problems], [true, []], `step ${step}`)
    await rm(folder, { recursive: true })
  }
})

test('a pair on its way when its person is erased ends as erased, and its INTENT stays assumed disclosed', async (t) => {
  const folder = await temporaryFolder(t)
  const opened = await openErasureParts(folder)
  await opened.intake.append({
    app: 'messenger-ios' as never,
    items: [{ event: acceptedEvent({ identityKeys: [ANN], receivedAt: Date.now() }), partners: [ACME] }],
    rejected: {},
  })
  equal((await opened.intake.pull(ACME, 1)).length, 1)
  const { epoch: _, blind: __, commitment: ___, bytes: ____, ...rest } = intent(1, 1, ACME)
  await opened.ledger.append([{ ...rest, subject: ANN, item: 'on its way' }])
  const erased = await opened.erasures().erase([ANN], { channel: 'user_token' })
  deepEqual([erased.pairsEnded, erased.recipients.map(({ partner }) => partner)], [1, ['acme']])
  await opened.close()
  // The OUTCOME never came: the next start says what that means.
  const again = await openErasureParts(folder)
  const { pairs } = await again.intake.totals()
  deepEqual([pairs.acme?.settled.erased, pairs.acme?.pending], [1, 0])
  deepEqual(await again.intake.pull(ACME, 1), [])
  const [row] = (await again.archive.find({ kind: 'intent' })).records
  equal((row?.outcome as { kind?: string } | undefined)?.kind, 'unresolved_assume_disclosed')
  await again.close()
  const report = await verifyLedger(folder, { checkpoints: [] })
  deepEqual([report.verified, report.problems, report.openIntents], [true, [], 0])
})
