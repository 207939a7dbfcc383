/** The rules of publishing, with several people: at once, or by two of them; files and the API; durable in every step. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { readdir, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Revision } from '../../src/model/brand.ts'
import { GatewayError } from '../../src/model/errors.ts'
import type { Changes } from '../../src/publish/drafts.ts'
import { RevisionMoved } from '../../src/publish/revision-files.ts'
import { ACME, edit, NOW } from '../config/fixture.ts'
import { until } from '../support/until.ts'
import { ANN, BEN, code, EVE, LESS, levels, MORE, proposed, set, withDesk } from './desk.ts'

describe('publishing by the API', () => {
  test('what narrows is live at once, by one person, on record, and saved back with every comment', async () => {
    await withDesk(async (desk) => {
      const text = await desk.file('partners/acme.yaml')
      await desk.write('partners/acme.yaml', text.replace('  os: pass', '  os: pass   # until the audit'))
      const submitted = await desk.change(LESS, { actor: EVE })
      equal(submitted.kind, 'published')
      equal(desk.revisions.current().number, 2)
      const { author, approvals, parent, change, message } = desk.revisions.current().publication
      deepEqual(
        { author, approvals, parent, change, message },
        { author: EVE.id, approvals: [], parent: 1, change: 'narrower', message: 'a test' },
      )
      equal(levels(desk).os, 1)
      match(await desk.file('partners/acme.yaml'), /^ {2}os: reduced {3}# until the audit$/m)
      deepEqual(
        desk.records.map(({ action }) => action),
        ['published'],
      )
      equal(desk.records[0]?.facts.revision, 2)
      equal((await desk.reload()).changed, false)
    })
  })

  test('what gives more needs a reason, waits, and is live by another person’s word', async () => {
    await withDesk(async (desk) => {
      await rejects(desk.change(MORE), code('ERR_REASON_MISSING'))
      const proposal = proposed(await desk.change(MORE, { reason: 'the campaign needs it' }))
      match(proposal.words, /will newly receive gender of everyone/)
      equal(desk.revisions.current().number, 1)
      equal(levels(desk).gender, undefined)
      await rejects(desk.publisher.approve(proposal.number, ANN, ''), code('ERR_FOUR_EYES'))
      await rejects(desk.publisher.approve(proposal.number, EVE, ''), code('ERR_ROLE'))
      const { revision } = await desk.publisher.approve(proposal.number, BEN, 'seen')
      equal(revision, 2)
      equal(levels(desk).gender, 1)
      deepEqual(desk.revisions.current().publication.approvals, [{ by: BEN.id, at: NOW }])
      match(await desk.file('partners/acme.yaml'), /^ {2}gender: pass$/m)
      await rejects(desk.publisher.approve(proposal.number, BEN, ''), code('ERR_PROPOSAL_ENDED'))
      // On record before it was live.
      deepEqual(
        desk.records.map(({ action }) => action),
        ['proposed', 'published_next', 'published'],
      )
    })
  })

  test('whoever approves reads what `sluice check` warns of in the files of the change, and in no other', async () => {
    const PHONE: Partial<Changes> = {
      edits: [
        { file: 'partners/acme.yaml', path: ['share', 'phone'], value: 'pass' },
        {
          file: 'partners/acme.yaml',
          path: ['when_restricted'],
          value: { send: 'limited', share: { phone: 'pass' } },
        },
      ],
    }
    await withDesk(async (desk, restart) => {
      const { number, warnings } = proposed(await desk.change(PHONE, { reason: 'support calls them' }))
      equal(warnings?.length, 1)
      match(
        warnings?.[0] ?? '',
        /acme\.yaml:\d+:\d+ when_restricted\.share\.phone: pass: acme receives the phone number/,
      )
      const again = await restart()
      deepEqual(again.publisher.proposal(number)?.warnings, warnings)
      await again.publisher.approve(number, BEN, '')
      const renamed = await again.change({
        edits: [{ file: 'apps.yaml', path: ['apps', 0, 'name'], value: 'Our shop' }],
      })
      ok(renamed.kind === 'published')
      deepEqual(renamed.warnings, [])
      const narrowed = await again.change(LESS)
      ok(narrowed.kind === 'published')
      deepEqual(narrowed.warnings, warnings)
      await again.write(
        'partners/acme.yaml',
        edit(await again.file('partners/acme.yaml'), '  ip: [24, 48]', '  ip: [24, 48]\n  gender: pass'),
      )
      deepEqual((await again.reload()).waiting?.warnings?.length, 1)
    })
  })

  test('nothing widens where the ledger cannot record it', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'x' }))
      ;(desk.records as unknown[]).push = () => {
        throw new GatewayError('ERR_LEDGER_UNAVAILABLE')
      }
      await rejects(desk.publisher.approve(number, BEN, ''), code('ERR_LEDGER_UNAVAILABLE'))
      equal(desk.revisions.current().number, 1)
    })
  })

  test('a proposal outlives a restart; once another revision is live it is stale', async () => {
    await withDesk(async (first, restart) => {
      const { number } = proposed(await first.change(MORE, { reason: 'x' }))
      const desk = await restart()
      equal(desk.publisher.proposal(number)?.state, 'waiting')
      await desk.change(LESS)
      ok(desk.publisher.isStale(desk.publisher.proposal(number)!))
      await rejects(desk.publisher.approve(number, BEN, ''), code('ERR_PROPOSAL_STALE'))
      equal((await desk.publisher.withdraw(number, ANN, 'anew')).state, 'withdrawn')
    })
  })

  test('a stale proposal is made again on top of what is live, keeps both changes, and needs a new word', async () => {
    await withDesk(async (desk) => {
      const old = proposed(await desk.change(MORE, { reason: 'x' }))
      await desk.change(LESS)
      const draft = await desk.drafts.rebase(old)
      const fresh = proposed(await desk.publisher.replace(old.number, EVE.id, { ...draft, base: 2 as Revision }))
      equal(desk.publisher.proposal(old.number)?.state, 'superseded')
      await desk.publisher.approve(fresh.number, BEN, '')
      deepEqual([levels(desk).os, levels(desk).gender], [1, 1])
      match(await desk.file('partners/acme.yaml'), /os: reduced\n {2}gender: pass/)
    })
  })

  test('where both changed the same thing a proposal cannot be made again', async () => {
    await withDesk(async (desk) => {
      const old = proposed(await desk.change(set(['share', 'ip'], [32, 48]), { reason: 'x' }))
      await desk.change(set(['share', 'ip'], [16, 48]))
      await rejects(desk.drafts.rebase(old), code('ERR_REBASE_CONFLICT'))
    })
  })

  test('only another person turns down, only the author takes back', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'x' }))
      await rejects(desk.publisher.reject(number, ANN, ''), code('ERR_FOUR_EYES'))
      await rejects(desk.publisher.withdraw(number, BEN, ''), code('ERR_FOUR_EYES'))
      equal((await desk.publisher.reject(number, BEN, 'no')).state, 'rejected')
    })
  })

  test('of two edits to one revision the second is refused', async () => {
    await withDesk(async (desk) => {
      await desk.change(LESS)
      await rejects(
        desk.change(set(['contact'], 'x@acme.example'), { base: 1 }),
        (error) => error instanceof RevisionMoved && error.live === 2,
      )
    })
  })

  test('an edit of the file on disk while a proposal waits is not overwritten: nothing is published', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'x' }))
      await desk.write('partners/acme.yaml', `${await desk.file('partners/acme.yaml')}# somebody was here\n`)
      await rejects(desk.publisher.approve(number, BEN, ''), code('ERR_FILES_CHANGED'))
      equal(desk.revisions.current().number, 1)
    })
  })

  test('a file half edited on disk does not stand in the way of another', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/other.yaml', 'id: other\nthis is: [not done')
      equal((await desk.change(LESS)).kind, 'published')
    })
  })

  test('a rollback is a new revision, and classified like any other change', async () => {
    await withDesk(async (desk) => {
      await desk.change(LESS)
      const by = { base: 2 as Revision, author: ANN.id, message: 'back', reason: '' }
      const back = (reason: string) => desk.publisher.rollBack(1 as Revision, { ...by, reason }, desk.drafts.seenFor)
      await rejects(back(''), code('ERR_REASON_MISSING'))
      const { number } = proposed(await back('the audit is over'))
      await desk.publisher.approve(number, BEN, '')
      equal(desk.revisions.current().number, 3)
      equal(desk.revisions.current().digest, desk.revisions.at(1 as Revision)?.digest)
      equal(await desk.file('partners/acme.yaml'), ACME)
      equal((await desk.reload()).changed, false)
    })
  })

  test('with `source: store` the files are left alone, whatever is published', async () => {
    await withDesk(async (desk) => {
      await desk.change(LESS)
      equal(await desk.file('partners/acme.yaml'), ACME)
      deepEqual([(await desk.reload()).changed, desk.revisions.current().number], [false, 2])
      match((await desk.revisions.texts(2 as Revision))?.['partners/acme.yaml'] ?? '', /os: reduced/)
      // The next edit builds on what was published.
      await desk.change(set(['contact'], 'dpo@acme.example'))
      equal(levels(desk).os, 1)
    }, 'source: store\n')
  })
})

describe('publishing by files', () => {
  test('a change that only narrows is live at once', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', edit(ACME, '  os: pass', '  os: reduced'))
      const { changed, revision, waiting } = await desk.reload()
      deepEqual({ changed, revision, waiting }, { changed: true, revision: 2, waiting: undefined })
      equal(desk.revisions.current().publication.author, 'files')
    })
  })

  test('a change that widens waits, at a restart as well, and is live once approved', async () => {
    await withDesk(async (first, restart) => {
      await first.write('partners/acme.yaml', edit(ACME, '  os: pass', '  os: pass\n  gender: pass'))
      const desk = await restart()
      equal(desk.revisions.current().number, 1)
      const [waiting] = desk.publisher.proposals()
      equal(waiting?.author, 'files')
      // Reading the same files again proposes nothing new.
      await desk.reload()
      equal(desk.publisher.proposals().length, 1)
      await desk.publisher.approve(waiting!.number, BEN, '')
      equal(levels(desk).gender, 1)
      equal((await desk.reload()).changed, false)
    })
  })

  test('of a change both ways the lower of the two is live at once, and the rest waits', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', edit(ACME, '  os: pass', '  os: reduced\n  gender: pass'))
      const { revision, waiting } = await desk.reload()
      equal(revision, 2)
      equal(waiting?.change, 'wider')
      const live = desk.revisions.current()
      const before = desk.revisions.at(1 as Revision)!
      equal((await desk.diff(before, live)).change, 'narrower')
      match(JSON.stringify((await desk.diff(before, live)).differences), /"what":"os","from":"pass","to":"reduced"/)
      await desk.publisher.approve(waiting!.number, BEN, '')
      deepEqual([levels(desk).os, levels(desk).gender], [1, 1])
      equal(desk.revisions.current().contracts[0]?.bounds, undefined)
    })
  })

  test('another address never gets a byte before it is approved', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', edit(ACME, 'https://acme.example/hook', 'https://elsewhere.example/hook'))
      const { changed, waiting } = await desk.reload()
      deepEqual([changed, waiting?.change], [false, 'wider'])
      equal(desk.revisions.current().contracts[0]?.connection.url, 'https://acme.example/hook')
    })
  })

  test('what was turned down is not proposed again by the same files; a further edit is', async () => {
    await withDesk(async (desk) => {
      const wider = edit(ACME, '  os: pass', '  os: pass\n  gender: pass')
      await desk.write('partners/acme.yaml', wider)
      const { waiting } = await desk.reload()
      await desk.publisher.reject(waiting!.number, BEN, 'no')
      deepEqual([(await desk.reload()).turnedDown, desk.publisher.proposals().length], [true, 1])
      await desk.write('partners/acme.yaml', edit(wider, '  gender: pass', '  email: pass'))
      ok((await desk.reload()).waiting !== undefined)
    })
  })

  test('files put back as they were take their proposal with them', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', edit(ACME, '  os: pass', '  os: pass\n  gender: pass'))
      const { waiting } = await desk.reload()
      await desk.write('partners/acme.yaml', ACME)
      equal((await desk.reload()).waiting, undefined)
      equal(desk.publisher.proposal(waiting!.number)?.state, 'superseded')
    })
  })
})

describe('for a time, and for a share', () => {
  const TOMORROW = NOW + 86_400_000

  test('a grant for a time lapses by itself, and is then taken out of the plans', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'a trial', stage: { until: TOMORROW } }))
      await desk.publisher.approve(number, BEN, '')
      equal(desk.revisions.current().contracts[0]?.bounds?.[0]?.when.kind, 'from')
      await desk.publisher.dropLapsed()
      equal(desk.revisions.current().number, 2)
      desk.at = TOMORROW
      await desk.publisher.dropLapsed()
      equal(desk.revisions.current().number, 3)
      equal(desk.revisions.current().digest, desk.revisions.at(1 as Revision)?.digest)
      equal(desk.records.at(-1)?.action, 'lapsed')
    })
  })

  test('its timer may fire a moment early: the clock reaches the end between two readings', async () => {
    await withDesk(async (desk) => {
      const end = NOW + 20
      const { number } = proposed(await desk.change(MORE, { reason: 'a trial', stage: { until: end } }))
      await desk.publisher.approve(number, BEN, '')
      desk.readings.push(end - 1)
      desk.at = end
      await until('the grant to be out of the plans', () => desk.revisions.current().number === 3)
      equal(desk.revisions.current().publication.message, 'a grant lapsed')
      equal(desk.revisions.current().contracts[0]?.bounds, undefined)
    })
  })

  test('a proposal whose time is over cannot be approved', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'a trial', stage: { until: TOMORROW } }))
      desk.at = TOMORROW
      await rejects(desk.publisher.approve(number, BEN, ''), code('ERR_PROPOSAL_STALE'))
    })
  })

  test('a share grows by two people and shrinks by one; edits meanwhile stay staged', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'slowly', stage: { percent: 1 } }))
      await desk.publisher.approve(number, BEN, '')
      const by = () => ({ base: desk.revisions.current().number, author: ANN.id, message: '', reason: 'well so far' })
      const grown = proposed(await desk.publisher.setShare('acme', 10, by()))
      await desk.publisher.approve(grown.number, BEN, '')
      deepEqual(desk.revisions.current().contracts[0]?.bounds?.[0]?.when, { kind: 'outside', percent: 10 })
      equal((await desk.reload()).changed, false)
      equal((await desk.change(LESS)).kind, 'published')
      deepEqual(desk.revisions.current().contracts[0]?.bounds?.[0]?.when, { kind: 'outside', percent: 10 })
      equal((await desk.publisher.setShare('acme', 0, by())).kind, 'published')
      const whole = proposed(await desk.publisher.setShare('acme', 100, by()))
      await desk.publisher.approve(whole.number, BEN, '')
      equal(desk.revisions.current().contracts[0]?.bounds, undefined)
      await rejects(desk.publisher.setShare('acme', 5, by()), code('ERR_NOT_STAGED'))
    })
  })

  test('where data goes cannot be two things at once', async () => {
    await withDesk(async (desk) => {
      const elsewhere = set(['connection', 'url'], 'https://elsewhere.example/')
      await rejects(desk.change(elsewhere, { reason: 'x', stage: { percent: 1 } }), code('ERR_STAGE_IMPOSSIBLE'))
    })
  })
})

describe('a change that cannot be compared', () => {
  test('changes nothing, whoever asks: what waits goes on waiting, and may be asked again', async () => {
    await withDesk(async (desk) => {
      await desk.write('partners/acme.yaml', edit(ACME, '  os: pass', '  os: pass\n  gender: pass'))
      const { waiting } = await desk.reload()
      ok(waiting)
      desk.faults.comparesNothing = true
      const { digest } = desk.revisions.current()
      await rejects(desk.change(LESS), code('ERR_EXAMINER_UNAVAILABLE'))
      await rejects(desk.change(MORE, { reason: 'the campaign needs it' }), code('ERR_EXAMINER_UNAVAILABLE'))
      await rejects(desk.publisher.approve(waiting.number, BEN, ''), code('ERR_EXAMINER_UNAVAILABLE'))
      await desk.write('partners/acme.yaml', edit(ACME, '  os: pass', '  os: reduced\n  gender: pass\n  locale: pass'))
      const read = await desk.reload()
      equal(read.ok, false)
      match(read.problems[0]?.found ?? '', /meaning could not be worked out/)
      equal(desk.revisions.current().digest, digest)
      deepEqual(
        desk.publisher.proposals().map(({ number, state }) => [number, state]),
        [[waiting.number, 'waiting']],
      )
      desk.faults.comparesNothing = false
      equal((await desk.reload()).waiting?.change, 'wider')
      equal(desk.revisions.current().publication.change, 'narrower')
    })
  })

  test('ends a rollout all the same', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'slowly', stage: { percent: 10 } }))
      await desk.publisher.approve(number, BEN, '')
      desk.faults.comparesNothing = true
      await desk.publisher.stopRollout('acme', 'guard_hit')
      deepEqual(desk.revisions.current().contracts[0]?.bounds?.[0]?.when, { kind: 'outside', percent: 0 })
      equal(desk.revisions.current().publication.change, 'narrower')
    })
  })
})

describe('a stop between publishing and saving the files back', () => {
  const NEW = 'partners/acme.yaml'

  test('is made good by the next start: what was approved stays, and its files say so', async () => {
    await withDesk(async (desk, restart) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'the campaign needs it' }))
      desk.faults.stops = 'once it is live'
      void desk.publisher.approve(number, BEN, '')
      await until('the revision to be live', () => desk.revisions.current().number === 2)
      equal(await desk.file(NEW), ACME)
      const again = await restart()
      deepEqual(again.resaved, [{ kind: 'saved', files: [NEW] }])
      equal(again.revisions.current().number, 2)
      equal(levels(again).gender, 1)
      match(await again.file(NEW), /^ {2}gender: pass$/m)
      deepEqual((await restart()).resaved, [])
    })
  })

  test('before it was live leaves the files as they are', async () => {
    await withDesk(async (desk, restart) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'the campaign needs it' }))
      desk.faults.stops = 'before it is live'
      void desk.publisher.approve(number, BEN, '')
      await until('it to be noted', async () => (await readdir(desk.data)).includes('unsaved.json'))
      const again = await restart()
      deepEqual([again.resaved, again.revisions.current().number, await again.file(NEW)], [[], 1, ACME])
      equal((await readdir(again.data)).includes('unsaved.json'), false)
      await again.publisher.approve(number, BEN, '')
      equal(levels(again).gender, 1)
    })
  })

  test('and somebody who puts the old text back by hand is obeyed: it narrows at once', async () => {
    await withDesk(async (desk, restart) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'the campaign needs it' }))
      desk.faults.stops = 'once it is live'
      void desk.publisher.approve(number, BEN, '')
      await until('the revision to be live', () => desk.revisions.current().number === 2)
      await desk.write(NEW, ACME)
      const again = await restart()
      deepEqual(again.resaved, [{ kind: 'touched', files: [NEW] }])
      equal(levels(again).gender, undefined)
      equal(await again.file(NEW), ACME)
    })
  })

  test('of a partner’s first contract makes its file, unless the folder was touched', async () => {
    const beta = { edits: [], files: { 'partners/beta.yaml': ACME.replaceAll('acme', 'beta').replace('Acme', 'Beta') } }
    for (const touch of [false, true]) {
      await withDesk(async (desk, restart) => {
        const { number } = proposed(await desk.change(beta, { reason: 'a new partner' }))
        desk.faults.stops = 'once it is live'
        void desk.publisher.approve(number, BEN, '')
        await until('the revision to be live', () => desk.revisions.current().number === 2)
        if (touch) {
          await desk.write('partners/beta.yaml', beta.files['partners/beta.yaml'])
          await unlink(join(desk.folder, 'partners/beta.yaml'))
        }
        const again = await restart()
        deepEqual(again.resaved, [{ kind: touch ? 'touched' : 'saved', files: ['partners/beta.yaml'] }])
        equal(again.revisions.current().contracts.length, touch ? 1 : 2)
      })
    }
  })

  test('and a note that cannot be read is told and keeps nothing from starting', async () => {
    await withDesk(async (desk, restart) => {
      await writeFile(join(desk.data, 'unsaved.json'), '{')
      const again = await restart()
      deepEqual(
        again.resaved.map(({ kind }) => kind),
        ['failed'],
      )
      equal((await again.change(LESS)).kind, 'published')
      deepEqual((await restart()).resaved, [])
    })
  })

  test('files read while a publish saves them take nothing back', async () => {
    await withDesk(async (desk) => {
      const { number } = proposed(await desk.change(MORE, { reason: 'the campaign needs it' }))
      let read = 0
      desk.faults.afterReading = async () => {
        if (read++ === 0) await desk.publisher.approve(number, BEN, '')
      }
      equal((await desk.reload()).changed, false)
      equal(read, 2)
      equal(desk.revisions.current().number, 2)
      equal(levels(desk).gender, 1)
    })
  })
})
