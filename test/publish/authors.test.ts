/** Whose work a change is: whoever wrote any of it does not approve it, however often it was made anew. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Actor } from '../../src/model/actor.ts'
import type { Revision } from '../../src/model/brand.ts'
import { ANN, BEN, code, type Desk, EVE, LESS, MORE, proposed, set, withDesk } from './desk.ts'

const CAT: Actor = { id: 'c'.repeat(32), roles: ['approver'] }
const rebase = async (desk: Desk, number: number, by: Actor) => {
  const draft = await desk.drafts.rebase(desk.publisher.proposal(number)!)
  return proposed(
    await desk.publisher.replace(number, by.id, { ...draft, base: desk.revisions.current().number as Revision }),
  )
}
const narrowings = [LESS, set(['share', 'ip'], [16, 48]), set(['share', 'ip'], [8, 32])]
const widen = (text: string): string => text.replace('  os: pass', '  os: pass\n  gender: pass')

describe('the author of a change', () => {
  for (const times of [1, 2, 3]) {
    test(`stays its author when others make it anew ${times} times, and is on record`, async () => {
      await withDesk(async (desk) => {
        let proposal = proposed(await desk.change(MORE, { actor: BEN, reason: 'x' }))
        for (const narrowing of narrowings.slice(0, times)) {
          await desk.change(narrowing, { actor: EVE })
          proposal = await rebase(desk, proposal.number, EVE)
        }
        deepEqual([proposal.author, proposal.coauthors, proposal.reason], [BEN.id, [EVE.id], 'x'])
        await rejects(desk.publisher.approve(proposal.number, BEN, ''), code('ERR_FOUR_EYES'))
        await rejects(desk.publisher.reject(proposal.number, BEN, ''), code('ERR_FOUR_EYES'))
        await desk.publisher.approve(proposal.number, CAT, '')
        const { author, coauthors, approvals } = desk.revisions.current().publication
        deepEqual([author, coauthors, approvals.map(({ by }) => by)], [BEN.id, [EVE.id], [CAT.id]])
        const last = desk.records.at(-1)!.facts
        deepEqual([last.author, last.coauthors, last.approved_by], [BEN.id, EVE.id, CAT.id])
      })
    })
  }

  test('is also whoever made it anew: an approver who did cannot approve it', async () => {
    await withDesk(async (desk) => {
      const old = proposed(await desk.change(MORE, { actor: EVE, reason: 'x' }))
      await desk.change(LESS)
      const fresh = await rebase(desk, old.number, BEN)
      await rejects(desk.publisher.approve(fresh.number, BEN, ''), code('ERR_FOUR_EYES'))
      equal((await desk.publisher.approve(fresh.number, CAT, '')).proposal.state, 'approved')
    })
  })

  test('who made it anew for themselves alone is named once', async () => {
    await withDesk(async (desk) => {
      const old = proposed(await desk.change(MORE, { actor: ANN, reason: 'x' }))
      await desk.change(LESS)
      const fresh = await rebase(desk, old.number, ANN)
      deepEqual([fresh.author, fresh.coauthors], [ANN.id, undefined])
    })
  })
})

describe('what people say of a proposal', () => {
  test('is kept by name, goes on with it when it is made anew, and ends with it', async () => {
    await withDesk(async (desk) => {
      const old = proposed(await desk.change(MORE, { actor: ANN, reason: 'x' }))
      await desk.publisher.comment(old.number, BEN.id, 'why the hour?')
      await desk.publisher.comment(old.number, ANN.id, 'for reminders')
      await desk.change(LESS)
      const fresh = await rebase(desk, old.number, EVE)
      const said = [
        [BEN.id, 'why the hour?'],
        [ANN.id, 'for reminders'],
      ]
      deepEqual(
        fresh.comments?.map(({ by, text }) => [by, text]),
        said,
      )
      await rejects(desk.publisher.comment(old.number, BEN.id, 'late'), code('ERR_PROPOSAL_ENDED'))
      await desk.publisher.approve(fresh.number, CAT, '')
      await rejects(desk.publisher.comment(fresh.number, BEN.id, 'late'), code('ERR_PROPOSAL_ENDED'))
      deepEqual(desk.publisher.proposal(fresh.number)?.comments?.length, 2)
      ok(!JSON.stringify(desk.records).includes('reminders'), 'never in the ledger')
    })
  })

  test('has an end: 100 of them', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { actor: ANN, reason: 'x' }))
      for (let said = 0; said < 100; said++) await desk.publisher.comment(number, BEN.id, `${said}`)
      await rejects(desk.publisher.comment(number, BEN.id, 'one more'), code('ERR_COMMENTS_FULL'))
    })
  })
})

describe('whoever hands in files', () => {
  test('does not approve what they propose; another person does', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', widen(await desk.file('partners/acme.yaml')))
      const { waiting } = await desk.reload(BEN.id)
      deepEqual([waiting?.author, waiting?.coauthors], ['files', [BEN.id]])
      await rejects(desk.publisher.approve(waiting!.number, BEN, ''), code('ERR_FOUR_EYES'))
      await desk.publisher.approve(waiting!.number, CAT, '')
      deepEqual(desk.revisions.current().publication.coauthors, [BEN.id])
    })
  })

  test('is an author also where a watcher had read the files before, and each who does it after', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', widen(await desk.file('partners/acme.yaml')))
      const { waiting } = await desk.reload()
      equal(waiting?.coauthors, undefined)
      equal((await desk.reload(BEN.id)).waiting?.number, waiting?.number)
      deepEqual((await desk.reload(ANN.id)).waiting?.coauthors, [BEN.id, ANN.id])
      for (const author of [BEN, ANN])
        await rejects(desk.publisher.approve(waiting!.number, author, ''), code('ERR_FOUR_EYES'))
      await desk.publisher.approve(waiting!.number, CAT, '')
      deepEqual(desk.revisions.current().publication.coauthors, [BEN.id, ANN.id])
    })
  })

  test('stays an author when the same files are read again, changed or not, by nobody known', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', widen(await desk.file('partners/acme.yaml')))
      const first = (await desk.reload(BEN.id)).waiting!
      equal((await desk.reload()).waiting?.number, first.number)
      await desk.write('partners/acme.yaml', `${await desk.file('partners/acme.yaml')}# and a word\n`)
      await desk.write(
        'partners/acme.yaml',
        (await desk.file('partners/acme.yaml')).replace('gender: pass', 'gender: pass\n  timezone: pass'),
      )
      const next = (await desk.reload()).waiting!
      ok(next.number > first.number)
      await rejects(desk.publisher.approve(next.number, BEN, ''), code('ERR_FOUR_EYES'))
      await desk.publisher.approve(next.number, CAT, '')
    })
  })

  test('at a signal or by watching nobody is known, and the approver vouches', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', widen(await desk.file('partners/acme.yaml')))
      const { waiting } = await desk.reload()
      deepEqual([waiting?.author, waiting?.coauthors], ['files', undefined])
      await desk.publisher.approve(waiting!.number, BEN, '')
    })
  })
})

describe('a write key', () => {
  const keys = (index: number, key: string, value: readonly string[]) => ({
    file: 'apps.yaml',
    path: ['apps', index, key],
    value,
  })

  test('that is taken out in one revision and put into another app in the next waits for a second person', async () => {
    await withDesk(async (desk) => {
      const text = await desk.file('apps.yaml')
      const [first] = desk.revisions.current().apps
      const moved = first!.writeKeys[0]!
      await desk.write(
        'apps.yaml',
        `${text.trimEnd()}\n  - { id: other, name: Other, write_keys: [other-write-key] }\n`,
      )
      await desk.reload()
      equal(desk.revisions.current().apps.length, 2)
      equal((await desk.change({ edits: [keys(0, 'write_keys', [])] })).kind, 'published')
      const back = { edits: [keys(1, 'write_keys', ['other-write-key', moved])] }
      await rejects(desk.change(back), code('ERR_REASON_MISSING'))
      equal(proposed(await desk.change(back, { reason: 'x' })).change, 'wider')
      // One that nobody has used is one person's edit.
      equal(
        (await desk.change({ edits: [keys(1, 'write_keys', ['other-write-key', 'fresh-write-key'])] })).kind,
        'published',
      )
    })
  })
})
