/** What was granted for a time or a share, and what the files say of it afterwards. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NOW } from '../config/fixture.ts'
import { ANN, BEN, code, type Desk, LESS, levels, MORE, proposed, set, withDesk } from './desk.ts'

const DAY = 86_400_000
const TOMORROW = NOW + DAY
const FILE = 'partners/acme.yaml'
const by = (desk: Desk, reason = '') => ({
  base: desk.revisions.current().number,
  author: ANN.id,
  message: '',
  reason,
})
const waiting = (desk: Desk) => desk.publisher.proposals().filter(({ state }) => state === 'waiting')
const drift = (desk: Desk) => desk.filesStatus().drift

async function grant(desk: Desk, stage: { until?: number; percent?: number }): Promise<void> {
  await desk.publisher.approve(proposed(await desk.change(MORE, { reason: 'x', stage })).number, BEN, '')
}

describe('a grant that lapsed', () => {
  test('is told as long as the file holds it, and not asked for again; it is when the file is changed', async () => {
    await withDesk(async (desk, restart) => {
      await grant(desk, { until: TOMORROW })
      match(await desk.file(FILE), /gender: pass/)
      deepEqual(drift(desk), [{ file: FILE, why: 'staged', until: TOMORROW }])
      desk.at = TOMORROW
      await desk.publisher.dropLapsed()
      for (const again of [desk, await restart()]) {
        equal((await again.reload()).waiting, undefined)
        deepEqual(waiting(again), [])
        deepEqual(drift(again), [{ file: FILE, why: 'lapsed', until: TOMORROW }])
        equal(levels(again).gender, undefined)
      }
      const again = await restart()
      await again.write(FILE, (await again.file(FILE)).replace('gender: pass', 'gender: pass\n  timezone: pass'))
      const { waiting: asked } = await again.reload()
      match(asked!.warnings!.join('\n'), /since a grant of it lapsed, 2\d{3}-.*asked for again/)
      deepEqual(drift(again), [{ file: FILE, why: 'waits' }])
    })
  })
})

describe('a share taken back to 0 percent', () => {
  test('is told, and a further grant until then keeps its end', async () => {
    await withDesk(async (desk) => {
      await grant(desk, { percent: 50 })
      await desk.publisher.setShare('acme', 0, by(desk) as never)
      deepEqual(drift(desk), [{ file: FILE, why: 'staged', percent: 0 }])
      const more = await desk.change(set(['share', 'timezone'], 'pass'), { reason: 'x', stage: { until: TOMORROW } })
      ok(more.kind === 'published')
      deepEqual([more.change, more.warnings], ['same', []])
      deepEqual(drift(desk), [{ file: FILE, why: 'staged', percent: 0, until: TOMORROW }])
      const all = proposed(await desk.publisher.setShare('acme', 100, by(desk, 'x') as never))
      await desk.publisher.approve(all.number, BEN, '')
      equal(levels(desk).timezone, 2)
      desk.at = TOMORROW
      await desk.publisher.dropLapsed()
      deepEqual([levels(desk).timezone, levels(desk).gender], [undefined, 1])
    })
  })
})

describe('a wish for an end or a share', () => {
  test('that has nothing to act on is told, not dropped', async () => {
    await withDesk(async (desk) => {
      for (const [change, stage] of [
        [LESS, { until: TOMORROW }],
        [set(['share', 'ip'], [16, 48]), { percent: 10 }],
      ] as const) {
        const submitted = await desk.change(change, { stage })
        ok(submitted.kind === 'published')
        match(submitted.warnings.join('\n'), /nothing becomes wider/)
      }
    })
  })

  test('that has passed is refused', async () => {
    await withDesk(async (desk) => {
      await rejects(desk.change(MORE, { reason: 'x', stage: { until: NOW - 1 } }), code('ERR_STAGE_IMPOSSIBLE'))
      await rejects(desk.change(LESS, { stage: { until: NOW } }), code('ERR_STAGE_IMPOSSIBLE'))
    })
  })
})

describe('what the status says of the files', () => {
  test('waits, turned down, and back to one truth', async () => {
    await withDesk(async (desk) => {
      deepEqual([drift(desk), desk.filesStatus().read?.ok], [[], true])
      const text = await desk.file(FILE)
      await desk.write(FILE, text.replace('  os: pass', '  os: pass\n  gender: pass'))
      const { waiting: asked } = await desk.reload(ANN.id)
      deepEqual(drift(desk), [{ file: FILE, why: 'waits' }])
      await desk.publisher.reject(asked!.number, BEN, 'no')
      deepEqual(drift(desk), [{ file: FILE, why: 'turned_down' }])
      await desk.write(FILE, 'not: [yaml')
      await desk.reload()
      const { read } = desk.filesStatus()
      deepEqual([read?.ok, read!.problems > 0], [false, true])
      deepEqual(drift(desk), [{ file: FILE, why: 'turned_down' }])
      await desk.write(FILE, text)
      await desk.reload()
      deepEqual([drift(desk), desk.filesStatus().read?.ok], [[], true])
    })
  })
})
