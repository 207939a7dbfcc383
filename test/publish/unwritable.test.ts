/** What is live is answered so, whatever fails afterwards: a folder that cannot be written, a ledger that went away. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Submitted } from '../../src/publish/publisher.ts'
import { ACME } from '../config/fixture.ts'
import { ANN, BEN, code, type Desk, LESS, levels, MORE, proposed, set, withDesk } from './desk.ts'

const FILE = 'partners/acme.yaml'
const notSaved = (submitted: Submitted) => {
  ok(submitted.kind === 'published', submitted.kind)
  return submitted.notSaved
}
const waiting = (desk: Desk) => desk.publisher.proposals().filter(({ state }) => state === 'waiting')

describe('where the folder cannot be written', () => {
  test('a narrowing is live, says which files it could not save, and nothing takes it back', async () => {
    await withDesk(async (desk, restart) => {
      desk.faults.readOnly = true
      deepEqual(notSaved(await desk.change(LESS)), { files: [FILE], why: 'EROFS' })
      deepEqual([desk.revisions.current().number, levels(desk).os], [2, 1])
      equal(await desk.file(FILE), ACME)
      for (const again of [desk, await restart()]) {
        equal(again.resaved.at(-1)?.kind, again === desk ? undefined : 'failed')
        const { changed, waiting: asked } = await again.reload()
        deepEqual([changed, asked, waiting(again).length, levels(again).os], [false, undefined, 0, 1])
      }
    })
  })

  test('also where the folder is mounted anew, which touches every file', async () => {
    await withDesk(async (desk, restart) => {
      desk.faults.readOnly = true
      await desk.change(LESS)
      await utimes(join(desk.folder, FILE), 1, 1)
      const again = await restart()
      deepEqual([waiting(again).length, levels(again).os, again.resaved[0]?.kind], [0, 1, 'failed'])
    })
  })

  test('a second edit goes on from the first, and both are saved once the folder can be written', async () => {
    await withDesk(async (desk, restart) => {
      desk.faults.readOnly = true
      await desk.change(LESS)
      await desk.change(set(['share', 'ip'], [16, 48]))
      equal(levels(desk).os, 1)
      const again = await restart()
      again.faults.readOnly = false
      await again.reload()
      deepEqual(again.resaved.at(-1), { kind: 'saved', files: [FILE] })
      match(await again.file(FILE), /os: reduced/)
      match(await again.file(FILE), /ip: \[ ?16, 48 ?\]/)
      deepEqual([again.revisions.current().number, waiting(again).length], [3, 0])
      deepEqual((await restart()).resaved, [])
    })
  })

  test('somebody who changes such a file by other means is heard', async () => {
    await withDesk(async (desk) => {
      desk.faults.readOnly = true
      await desk.change(LESS)
      await desk.write(FILE, ACME.replace('  os: pass', '  os: pass\n  timezone: pass'))
      const { waiting: asked } = await desk.reload()
      match(asked!.words, /os instead of os \(reduced\)|timezone/)
      equal(levels(desk).os, 1)
    })
  })

  test('an approval and a rollback are live as well, and say so', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'x' }))
      desk.faults.readOnly = true
      const approved = await desk.publisher.approve(number, BEN, '')
      deepEqual([approved.revision, approved.proposal.state, approved.notSaved?.why], [2, 'approved', 'EROFS'])
      const by = { base: approved.revision, author: ANN.id, message: '', reason: '' }
      const back = await desk.publisher.rollBack(1 as never, by, desk.drafts.seenFor)
      equal(notSaved(back)?.why, undefined)
      deepEqual([levels(desk).gender, desk.revisions.current().number], [undefined, 3])
    })
  })

  test('a file that somebody changed before is refused, and nothing is live', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'x' }))
      await desk.write(FILE, `${ACME}# mine\n`)
      await rejects(desk.publisher.approve(number, BEN, ''), code('ERR_FILES_CHANGED'))
      equal(desk.revisions.current().number, 1)
    })
  })
})

describe('where the record of what is live fails', () => {
  test('a narrowing is published all the same', async () => {
    await withDesk(async (desk) => {
      desk.faults.forgets = true
      equal((await desk.change(LESS)).kind, 'published')
      equal(levels(desk).os, 1)
    })
  })

  test('a widening is not, for it is recorded before', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'x' }))
      desk.faults.forgets = true
      await rejects(desk.publisher.approve(number, BEN, ''), code('ERR_LEDGER_UNAVAILABLE'))
      equal(levels(desk).gender, undefined)
    })
  })
})
